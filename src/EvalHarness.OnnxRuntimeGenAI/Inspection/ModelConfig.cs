using System.Text.Json;
using EvalHarness.Files;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>Values of genai_config.json that the runtime reads but does not expose.</summary>
internal sealed record ModelConfig
{
    public required string Type { get; init; }

    public required int ContextLength { get; init; }

    public required int VocabularySize { get; init; }

    /// <summary>The path of the decoder's graph, relative to the model folder.</summary>
    public required string GraphFile { get; init; }

    /// <summary>The name of the graph's output that gives the logits.</summary>
    public required string LogitsName { get; init; }

    /// <summary>The names of the graph's inputs for keys and for values, in which %d stands for the number of the layer.</summary>
    public required IReadOnlyList<string> CacheNames { get; init; }

    public required IReadOnlyList<int> EndOfTextIds { get; init; }

    public required int? PadId { get; init; }

    public required int? BeginOfTextId { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the folder is missing or has no genai_config.json, or the file lacks a required value.
    /// </exception>
    internal static ModelConfig Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw Wrong($"--model {folder}: there is no such folder; expected an ONNX Runtime GenAI model folder with genai_config.json, "
                + $"or a model of the hub ({Invocation.Command} fetch model ORG/NAME)");
        string file = Path.Combine(folder, "genai_config.json");
        if (!File.Exists(file))
            throw Wrong($"--model {folder}: has no genai_config.json; expected an ONNX Runtime GenAI model folder "
                + "(a plain ONNX or safetensors model must be converted first)");
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            JsonElement model = json.RootElement.GetProperty("model");
            return new ModelConfig
            {
                Type = model.GetProperty("type").GetString() ?? "",
                ContextLength = Whole(model.GetProperty("context_length"), "context_length", low: 1),
                VocabularySize = Whole(model.GetProperty("vocab_size"), "vocab_size", low: 1),
                // Without this check the runtime would end completions at token 0.
                EndOfTextIds = Ids(model, "eos_token_id") is { Count: > 0 } ends
                    ? ends
                    : throw new KeyNotFoundException("eos_token_id is missing."),
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

    /// <summary>The string at a path of nested objects; null if an object on the path, or the string itself, is missing.</summary>
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
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(v => Whole(v, name))] : [Whole(value, name)];
    }

    private static int Whole(JsonElement value, string name, int low = int.MinValue) => WholeNumber.From(value, low)
        ?? throw new FormatException($"{name} is {value.GetRawText()}, expected {WholeNumber.Expected(low)}.");

    private static EvalException Wrong(string message, Exception? inner = null) => new(ExitCode.Model, message, inner);
}
