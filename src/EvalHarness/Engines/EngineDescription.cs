using EvalHarness.Planning;

namespace EvalHarness.Engines;

/// <summary>
/// Describes the engine and the model that answered a run, as the manifest records them. Every property except
/// <see cref="ModelPath"/> and <see cref="Details"/> can influence the scores.
/// </summary>
public sealed record EngineDescription
{
    /// <summary>The key in <see cref="Settings"/> that says which features the model's own chat template supports.</summary>
    public const string ChatTemplate = "chat template";

    /// <summary>Its value for a template without a place for system messages.</summary>
    public const string RefusesSystem = "refuses system messages; they are left out, as in the reference";

    /// <summary>
    /// The key in <see cref="Settings"/> of the ids that the model's tokenizer puts before each text; absent where a server decides.
    /// </summary>
    public const string BeginningOfText = "beginning of text";

    /// <summary>The value of a setting that the model does not have.</summary>
    public const string None = "none";

    /// <summary>The key in <see cref="Settings"/> of the day that the chat template writes as today; absent where it writes none.</summary>
    public const string TemplateDate = "template date";

    /// <summary>
    /// The key in <see cref="Settings"/> that says which tokenizer makes the ids: "tokenizer.json", "genai", "gguf" or the server's.
    /// </summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>
    /// The key in <see cref="Settings"/> of what divides completions into reasoning and answer; absent where nothing does.
    /// </summary>
    public const string ThinkEndToken = "think end token";

    /// <summary>The engine, such as "onnxruntime-genai", "llama.cpp", "openai" or "replay".</summary>
    public required string Engine { get; init; }

    /// <summary>The path of the model as it was given on the command line.</summary>
    public required string ModelPath { get; init; }

    /// <summary>
    /// The name of the model's folder or file, which names the results folder and the model in tables; with an adapter, both names with a
    /// plus sign between them.
    /// </summary>
    public required string ModelName { get; init; }

    public required string Device { get; init; }

    public required IReadOnlyList<ModelFile> Files { get; init; }

    /// <summary>The LoRA adapter that is laid over the model's weights; null for none.</summary>
    public ModelFile? Adapter { get; init; }

    /// <summary>All files whose weights answered: the model's, and the adapter.</summary>
    internal IEnumerable<ModelFile> Weights() => Adapter is null ? Files : Files.Append(Adapter);

    /// <summary>
    /// The bytes of these files; null where none are on this machine, such as those of an endpoint. A file that lies in the model's folder
    /// and is given as its adapter too is one file.
    /// </summary>
    internal long? DiskBytes() =>
        Files.Count == 0 ? null : Weights().DistinctBy(f => (Path.GetFileName(f.Name), f.Sha256)).Sum(f => f.Bytes);

    /// <summary>The version of each library that takes part in answering, by the library's name.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// The measured rates by which the engine chose between batches and shared prefixes. Null if there was no such choice to make.
    /// </summary>
    public GenerationRates? Rates { get; init; }

    /// <summary>The settings in effect, such as the context length, the beginning-of-text handling and the batch size.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>What else is known of the model; null where the engine of a plugin does not say, and in earlier manifests.</summary>
    public ModelDetails? Details { get; init; }
}

/// <summary>One file of a model, identified by its content.</summary>
/// <param name="Name">The path relative to the model folder, with forward slashes.</param>
/// <param name="Bytes">The size in bytes.</param>
/// <param name="Sha256">The SHA-256 hash in lower-case hexadecimal.</param>
public sealed record ModelFile(string Name, long Bytes, string Sha256);
