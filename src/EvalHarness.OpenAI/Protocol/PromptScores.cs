using System.Text.Json;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>ln P of each token of a prompt, and whether it was the most likely one, as a server gives them.</summary>
internal sealed class PromptScores
{
    private readonly double?[] _logProbabilities;
    private readonly bool?[] _isTop;

    private PromptScores(double?[] logProbabilities, bool?[] isTop, IReadOnlyList<int> offsets, IReadOnlyList<string> texts) =>
        (_logProbabilities, _isTop, Offsets, Texts) = (logProbabilities, isTop, offsets, texts);

    /// <summary>The number of tokens, those behind the prompt included.</summary>
    internal int Count => _logProbabilities.Length;

    /// <summary>Where each token begins in the prompt, in characters; empty where the server does not say it.</summary>
    internal IReadOnlyList<int> Offsets { get; }

    /// <summary>The texts of the tokens; empty where the server does not give them.</summary>
    internal IReadOnlyList<string> Texts { get; }

    /// <summary>Null for the first token, which nothing stands before.</summary>
    internal double? LogProbability(int token) => _logProbabilities[token];

    /// <summary>Null where the server did not say which token was the most likely one.</summary>
    internal bool? IsTop(int token) => _isTop[token];

    /// <summary>Reads "logprobs" of an echoed prompt.</summary>
    /// <returns>Null if the choice has none.</returns>
    internal static PromptScores? OfEcho(JsonElement choice)
    {
        if (!choice.TryGetProperty("logprobs", out JsonElement logprobs)
            || logprobs.ValueKind != JsonValueKind.Object
            || !logprobs.TryGetProperty("token_logprobs", out JsonElement values)
            || values.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        double?[] numbers = [.. values.EnumerateArray().Select(Number)];
        JsonElement[] tops = List(logprobs, "top_logprobs");
        bool? IsTop(int i) => i < tops.Length && numbers[i] is { } own ? Reaches(own, tops[i]) : null;
        return new PromptScores(
            numbers,
            [.. Enumerable.Range(0, numbers.Length).Select(IsTop)],
            [.. List(logprobs, "text_offset").Select(o => o.TryGetInt32(out int offset) ? offset : -1)],
            [.. List(logprobs, "tokens").Select(t => t.ValueKind == JsonValueKind.String ? t.GetString()! : "")]);
    }

    /// <summary>Reads vLLM's "prompt_logprobs": for each token null, or a map from ids to log-probabilities with ranks.</summary>
    /// <returns>Null if the choice has none, or none for one of the tokens.</returns>
    internal static PromptScores? OfPromptLogProbabilities(JsonElement choice, IReadOnlyList<int> ids)
    {
        JsonElement[] entries = List(choice, "prompt_logprobs");
        if (entries.Length < ids.Count || ids.Count == 0)
            return null;
        var numbers = new double?[ids.Count];
        var isTop = new bool?[ids.Count];
        for (int i = 1; i < ids.Count; i++)
        {
            if (entries[i].ValueKind != JsonValueKind.Object
                || !entries[i].TryGetProperty($"{ids[i]}", out JsonElement own)
                || LogProbability(own) is not { } number)
            {
                return null;
            }

            numbers[i] = number;
            isTop[i] = entries[i].EnumerateObject().All(other => LogProbability(other.Value) is not { } value || value <= number);
        }

        return new PromptScores(numbers, isTop, [], []);
    }

    private static double? LogProbability(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && entry.TryGetProperty("logprob", out JsonElement value) ? Number(value) : Number(entry);

    private static bool? Reaches(double own, JsonElement tops)
    {
        if (tops.ValueKind != JsonValueKind.Object)
            return null;
        double[] others = [.. tops.EnumerateObject().Select(t => Number(t.Value)).OfType<double>()];
        return others.Length == 0 ? null : own >= others.Max();
    }

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    private static JsonElement[] List(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
}
