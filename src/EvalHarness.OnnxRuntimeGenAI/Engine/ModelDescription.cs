using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Engine;

/// <summary>Describes a loaded model for the manifest: its files, the versions of the runtime, and the settings of the engine.</summary>
internal static class ModelDescription
{
    private const string Append = "second append", Rewind = "rewind", Batches = "batches";

    /// <summary>The name of a model in a folder that was given on the command line, or under another name.</summary>
    internal static string NameOf(string folder, string? givenAs) => givenAs is { } name
        ? Path.GetFileName(name.Split('@')[0])
        : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>The name in tables of a model with an adapter.</summary>
    /// <param name="model">The name of the model.</param>
    /// <param name="adapterFile">The path of the adapter.</param>
    internal static string NameWith(string model, string adapterFile) => $"{model}+{AdapterFile.NameOf(adapterFile)}";

    /// <summary>Describes a base that runs with an adapter.</summary>
    /// <param name="plain">The base.</param>
    /// <param name="model">The base with the adapter.</param>
    /// <param name="adapter">The adapter.</param>
    /// <param name="file">The adapter's file.</param>
    internal static EngineDescription Of(EngineDescription plain, LoadedModel model, AdapterFile adapter, ModelFile file) => plain with
    {
        ModelName = NameWith(plain.ModelName, adapter.Path),
        Adapter = file,
        Settings = new Dictionary<string, string>(plain.Settings)
        {
            [Append] = Word(model.Capabilities.Append),
            [Rewind] = Word(model.Capabilities.Rewind),
            [Batches] = WordForBatches(model),
            ["adapter"] = model.Proof!.Moves ? "moves the logits of a probe text" : "changes nothing on a probe text",
        },
    };

    internal static EngineDescription Of(
        string folder, GenAiOptions options, LoadedModel model, IReadOnlyList<ModelFile> files) =>
        new()
        {
            Engine = "onnxruntime-genai",
            ModelPath = options.GivenAs ?? folder,
            ModelName = NameOf(folder, options.GivenAs),
            Device = options.Device,
            Files = files,
            Rates = options.Rates,
            Details = FolderDetails.Of(folder, options, model),
            Versions = new Dictionary<string, string>
            {
                ["Microsoft.ML.OnnxRuntimeGenAI"] = GenAiRuntime.Version,
                ["ONNX Runtime"] = GenAiRuntime.OnnxRuntimeVersion,
                ["runtime flavour"] = Provider.BuiltFor,
            },
            Settings = new Dictionary<string, string>(TokenSettings.Of(model.Tokenizer, model.Conversations))
            {
                [EngineDescription.Tokenizer] = model.Tokenizer.Name,
                ["tokenizer check"] = model.TokenizerCheck.Used,
                ["special tokens"] = model.TokenizerCheck.SpecialTokens is { Count: > 0 } lines ? string.Join("; ", lines) : "agree",
                ["model type"] = model.Config.Type,
                ["context length"] = $"{model.Config.ContextLength}",
                ["window"] = $"{model.Window}",
                ["batch size"] = options.BatchSize is { } size ? $"{size}" : "auto",
                ["prefix reuse"] = options.PrefixReuse ? "on" : "off",
                ["prompts too long"] = options.TruncateLeft ? "cut at the left" : "errored",
                [EngineDescription.BeginningOfText] =
                    model.Tokenizer.Prefix.Count == 0 ? EngineDescription.None : string.Join(' ', model.Tokenizer.Prefix),
                [EngineDescription.ChatTemplate] = model.Conversations.TakesSystemRole switch
                {
                    null => EngineDescription.None,
                    true => "takes system messages",
                    false => EngineDescription.RefusesSystem,
                },
                [Append] = Word(model.Capabilities.Append),
                [Rewind] = Word(model.Capabilities.Rewind),
                ["logits"] = model.Capabilities.AllRows ? "all rows" : "last row",
                [Batches] = WordForBatches(model),
                ["vocabulary"] = $"{model.Config.VocabularySize}",
                ["end of text"] = string.Join(' ', model.Config.EndOfTextIds),
            },
        };

    private static string Word(bool isRight) => isRight ? "right" : "refused or wrong";

    private static string WordForBatches(LoadedModel model) =>
        model.Config.PadId is null ? "none, for want of pad_token_id" : Word(model.Capabilities.Batch);
}
