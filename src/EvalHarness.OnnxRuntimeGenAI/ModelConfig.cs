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

    /// <summary>The graph's output of logits.</summary>
    public required string LogitsName { get; init; }

    /// <summary>The graph's inputs of keys and of values, with %d for the layer's number.</summary>
    public required IReadOnlyList<string> CacheNames { get; init; }

    public required IReadOnlyList<int> EndOfTextIds { get; init; }

    public required int? PadId { get; init; }

    public required int? BeginOfTextId { get; init; }

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
                // The runtime takes token 0 where none is named.
                EndOfTextIds = Ids(model, "eos_token_id") is { Count: > 0 } ends ? ends : throw new KeyNotFoundException("eos_token_id is missing."),
                PadId = Ids(model, "pad_token_id") is [var pad, ..] ? pad : null,
                LogitsName = Name(model, "decoder", "outputs", "logits") ?? "logits",
                CacheNames =
                [
                    Name(model, "decoder", "inputs", "past_key_names") ?? "past_key_values.%d.key",
                    Name(model, "decoder", "inputs", "past_value_names") ?? "past_key_values.%d.value",
                ],
                GraphFile = Name(model, "decoder", "filename") ?? "model.onnx",
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

    /// <summary>A string some objects down; null where there is none.</summary>
    private static string? Name(JsonElement element, params string[] path)
    {
        foreach (string key in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(key, out element))
                return null;
        }

        return element.GetString();
    }

    private static List<int> Ids(JsonElement model, string name)
    {
        if (!model.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null)
            return [];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => v.GetInt32())] : [value.GetInt32()];
    }

    private static EvalException Wrong(string message, Exception? inner = null) => new(ExitCode.Model, message, inner);
}
