using EvalHarness.Engines;
using EvalHarness.LlamaCpp.Gguf;
using EvalHarness.LlamaCpp.Runtime;
using EvalHarness.Tokens;
using LLama.Native;

namespace EvalHarness.LlamaCpp.Engine;

/// <summary>Describes a loaded GGUF file for the manifest.</summary>
internal static class LlamaDescription
{
    internal static EngineDescription Of(string path, LlamaCppOptions options, LlamaModel model, IReadOnlyList<ModelFile> files) => new()
    {
        Engine = "llama.cpp",
        ModelPath = path,
        ModelName = Path.GetFileName(path),
        Device = "cpu",
        Files = files,
        Versions = LlamaLibrary.Versions,
        Details = DetailsOf(model),
        Settings = new Dictionary<string, string>(TokenSettings.Of(model.Tokenizer, model.Conversations))
        {
            [EngineDescription.Tokenizer] = model.Tokenizer.Name,
            ["model type"] = model.File.Text("general.architecture")!,
            ["quantization"] = $"{FileType(model.File)} ({model.File.TensorTypes})",
            ["context length"] = $"{model.ContextLength}",
            ["window"] = $"{model.Window}",
            ["key-value cache"] = "float32",
            ["prefix reuse"] = !options.PrefixReuse ? "off" : model.CanRewind ? "on" : "off: this model cannot take tokens back",
            ["prompts too long"] = options.TruncateLeft ? "cut at the left" : "errored",
            [EngineDescription.BeginningOfText] =
                model.Tokenizer.Prefix.Count == 0 ? EngineDescription.None : string.Join(' ', model.Tokenizer.Prefix),
            [EngineDescription.ChatTemplate] = model.Conversations.TakesSystemRole switch
            {
                null => EngineDescription.None,
                true => "takes system messages",
                false => EngineDescription.RefusesSystem,
            },
            ["vocabulary"] = $"{model.VocabularySize}",
            ["end of text"] = string.Join(' ', model.EndIds),
        },
    };

    private static ModelDetails DetailsOf(LlamaModel model) => new()
    {
        DataType = model.File.Number("general.file_type") is null ? null : FileType(model.File),
        Parameters = model.File.Tensors.Sum(t => t.Shape.Aggregate(1L, (product, dimension) => product * dimension)),
        MaxLength = model.Window,
        Padding = model.Tokenizer.Special((int?)model.File.Number("tokenizer.ggml.padding_token_id")),
        EndOfText = model.EndIds is [var end, ..] ? model.Tokenizer.Special(end) : null,
        BeginOfText = model.Tokenizer.Special((int?)model.File.Number("tokenizer.ggml.bos_token_id")),
        ChatTemplate = model.Conversations.Source,
    };

    /// <summary>The mixture of types that the file says it is: "Q4_K_M", where its tensors have several.</summary>
    private static string FileType(GgufFile file)
    {
        if (file.Number("general.file_type") is not { } number)
            return "unknown";
        string name = ((LLamaFtype)number).ToString();
        return name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..];
    }
}
