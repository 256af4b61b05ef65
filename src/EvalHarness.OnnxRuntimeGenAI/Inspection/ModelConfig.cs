using System.Text.Json;
using System.Text.Json.Nodes;
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

    /// <summary>
    /// The last tokens that the key-value caches of layers with a sliding window hold; 0 if all caches hold the whole sequence. Such a
    /// cache must not be smaller, also for shorter sequences.
    /// </summary>
    public int Window { get; private init; }

    /// <summary>
    /// JSON to lay over genai_config.json, which makes those caches as long as the others; null if all caches are. The runtime refuses to
    /// rewind caches that tokens have left. The attention stays the same, because the graph limits it to the window.
    /// </summary>
    public string? LongCaches { get; private init; }

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
            int context = Whole(model.GetProperty("context_length"), "context_length", low: 1);
            JsonObject? window = WindowOfCaches(model);
            return new ModelConfig
            {
                Window = window?["window_size"]!.GetValue<int>() ?? 0,
                LongCaches = window is null ? null : Lengthened(window, context),
                Type = model.GetProperty("type").GetString() ?? "",
                ContextLength = context,
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

    /// <summary>
    /// The sliding_window block if it makes caches shorter. With the other kinds of sliding the runtime cuts the input too, and its caches
    /// are others.
    /// </summary>
    private static JsonObject? WindowOfCaches(JsonElement model) =>
        model.TryGetProperty("decoder", out JsonElement decoder)
        && decoder.TryGetProperty("sliding_window", out JsonElement element)
        && JsonObject.Create(element.Clone()) is { } window
        && element.TryGetProperty("window_size", out JsonElement size)
        && Whole(size, "window_size") > 0
        && window["slide_key_value_cache"]?.GetValue<bool>() == false
        && window["slide_inputs"]?.GetValue<bool>() == false
            ? window
            : null;

    /// <summary>The runtime forgets the values of the block that an overlay leaves out, so all of them are given again.</summary>
    private static string Lengthened(JsonObject window, int context)
    {
        window["cache_slack"] = context;
        var decoder = new JsonObject { ["sliding_window"] = window };
        return new JsonObject { ["model"] = new JsonObject { ["decoder"] = decoder } }.ToJsonString();
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
