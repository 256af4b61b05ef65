using System.Text.Json.Nodes;
using EvalHarness.OpenAI.Api;

namespace EvalHarness.OpenAI.Engine;

/// <summary>How a server is asked what the tokens of a prompt are worth, and whether what it says is enough.</summary>
internal static class ScoringFields
{
    /// <summary>One token is generated behind the prompt, because many servers refuse none.</summary>
    internal const int Generated = 1;

    internal static JsonObject Of(ScoringWay way)
    {
        var fields = new JsonObject { ["max_tokens"] = Generated, ["temperature"] = 0 };
        if (way == ScoringWay.Echo)
            (fields["echo"], fields["logprobs"]) = (true, 1);
        else
            fields["prompt_logprobs"] = 1;
        return fields;
    }

    /// <summary>What the server reads the tokens of a text as, where that is another text; null where it fits, or is not said.</summary>
    /// <param name="scored">What the server says.</param>
    /// <param name="count">The number of tokens that were sent.</param>
    /// <param name="text">What they are the tokens of: letters and spaces.</param>
    internal static string? OtherText(IReadOnlyList<ScoredToken> scored, int count, string text)
    {
        // Tokens begin words with a sign for the space where they are not decoded. The first token's text can be missing.
        string read = string.Concat(scored.Take(count).Select(t => t.Text)).Replace('Ġ', ' ').Replace('▁', ' ');
        string end = read.TrimStart();
        bool fits = read.EndsWith(text, StringComparison.Ordinal)
            || (end.Length >= text.Length / 2 && text.EndsWith(end, StringComparison.Ordinal));
        return end.Length == 0 || fits ? null : read;
    }

    /// <summary>What is missing in the scores of a prompt; null if nothing is.</summary>
    /// <param name="scored">What the server says.</param>
    /// <param name="tokens">The prompt; null where it was sent as text.</param>
    internal static string? Problem(IReadOnlyList<ScoredToken> scored, IReadOnlyList<int>? tokens)
    {
        if (tokens is not null && (scored.Count < tokens.Count || scored.Count > tokens.Count + Generated))
            return $"the server scored {scored.Count} tokens where {tokens.Count} were sent";
        int last = tokens?.Count ?? scored.Count - Generated;
        for (int i = 1; i < last; i++)
        {
            if (scored[i].LogProbability is null)
                return $"the answer has no log-probability of token {i + 1} of the prompt";
            if (scored[i].IsLikeliest is null)
                return "the answer does not say which token was the most likely one (top_logprobs), which is_greedy needs";
        }

        return last < 2 ? $"the answer has scores of {last} tokens; expected those of the whole prompt" : null;
    }
}
