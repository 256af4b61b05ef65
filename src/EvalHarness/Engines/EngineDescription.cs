using EvalHarness.Planning;

namespace EvalHarness.Engines;

/// <summary>What answered, as the manifest records it. All of it but <see cref="ModelPath"/> decides the numbers.</summary>
public sealed record EngineDescription
{
    /// <summary>Key in <see cref="Settings"/>: what the model's own chat template takes.</summary>
    public const string ChatTemplate = "chat template";

    /// <summary>"onnxruntime-genai" or "replay".</summary>
    public required string Engine { get; init; }

    /// <summary>As given on the command line.</summary>
    public required string ModelPath { get; init; }

    /// <summary>For the results folder and tables: the model folder's own name.</summary>
    public required string ModelName { get; init; }

    public required string Device { get; init; }

    public required IReadOnlyList<ModelFile> Files { get; init; }

    /// <summary>Libraries by name, with version.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>What choices between batches and shared prefixes rest on; null where none was to be made.</summary>
    public GenerationRates? Rates { get; init; }

    /// <summary>What was in effect: context length, beginning-of-text handling, capabilities, batch size.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}

/// <param name="Name">Relative to the model folder, with forward slashes.</param>
/// <param name="Bytes">Size.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
public sealed record ModelFile(string Name, long Bytes, string Sha256);
