using System.Text.Json;

namespace EvalHarness.OnnxRuntimeGenAI;

/// <summary>What genai_config.json says and the runtime does not tell.</summary>
internal sealed record ModelConfig
{
    public required string Type { get; init; }

    public required int ContextLength { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>The decoder's graph, relative to the folder.</summary>
    public required string GraphFile { get; init; }

    /// <summary>The graph's output of logits. Asking the runtime for one that there is not ends the process.</summary>
    public required string LogitsName { get; init; }

    public required IReadOnlyList<int> EndOfTextIds { get; init; }

    public required int? PadId { get; init; }

    public required int? BeginOfTextId { get; init; }

    /// <summary>
    /// Bytes of the key-value cache for one token at 16 bits a value, the least that a model takes; 0 where the config does not say.
    /// </summary>
    public required long CacheBytesPerToken { get; init; }

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: no model folder, or a config that says too little.</exception>
    internal static ModelConfig Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw Wrong($"--model {folder}: there is no such folder; expected an ONNX Runtime GenAI model folder with genai_config.json, or a model of the hub ({Invocation.Command} fetch model ORG/NAME)");
        string file = Path.Combine(folder, "genai_config.json");
        if (!File.Exists(file))
            throw Wrong($"--model {folder}: has no genai_config.json; expected an ONNX Runtime GenAI model folder (a plain ONNX or safetensors model must be converted first)");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement model = json.RootElement.GetProperty("model");
            return new ModelConfig
            {
                Type = model.GetProperty("type").GetString() ?? "",
                ContextLength = model.GetProperty("context_length").GetInt32(),
                VocabularySize = model.GetProperty("vocab_size").GetInt32(),
                EndOfTextIds = Ids(model, "eos_token_id"),
                PadId = Ids(model, "pad_token_id") is [var pad, ..] ? pad : null,
                LogitsName = model.TryGetProperty("decoder", out JsonElement decoder) && decoder.TryGetProperty("outputs", out JsonElement outputs) && outputs.TryGetProperty("logits", out JsonElement logits)
                    ? logits.GetString()!
                    : "logits",
                GraphFile = decoder.ValueKind == JsonValueKind.Object && decoder.TryGetProperty("filename", out JsonElement graph) ? graph.GetString()! : "model.onnx",
                CacheBytesPerToken = decoder.ValueKind == JsonValueKind.Object
                    ? 2L * 2 * Size(decoder, "num_hidden_layers") * Size(decoder, "num_key_value_heads") * Size(decoder, "head_size")
                    : 0,
                BeginOfTextId = Ids(model, "bos_token_id") is [var bos, ..] ? bos : null,
            };
        }
        catch (JsonException e)
        {
            throw Wrong($"{file}: not valid JSON at line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}: {e.Message}", e);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Wrong($"{file}: {e.Message} Expected model with type, context_length, vocab_size, eos_token_id", e);
        }
    }

    private static int Size(JsonElement decoder, string name) => decoder.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : 0;

    private static List<int> Ids(JsonElement model, string name)
    {
        if (!model.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return [];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : [value.GetInt32()];
    }

    private static EvalException Wrong(string message, Exception? inner = null) => new(ExitCode.Model, message, inner);
}
