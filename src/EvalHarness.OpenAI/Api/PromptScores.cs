using System.Globalization;
using System.Text.Json;

namespace EvalHarness.OpenAI.Api;

/// <summary>How a server says what the tokens of a prompt were worth to the model.</summary>
internal enum ScoringWay
{
    /// <summary>It repeats the prompt and has log-probabilities of all tokens (<c>echo</c> with <c>logprobs</c>).</summary>
    Echo,

    /// <summary>vLLM's <c>prompt_logprobs</c>, which are by token id.</summary>
    PromptLogProbabilities,
}

/// <summary>One token of a prompt that a server scored.</summary>
/// <param name="Text">As the server writes it.</param>
/// <param name="LogProbability">ln P(token | tokens before it); null for the first one, before which there is nothing.</param>
/// <param name="IsLikeliest">Whether no token was more likely; null where the server does not say.</param>
internal readonly record struct ScoredToken(string Text, double? LogProbability, bool? IsLikeliest);

/// <summary>Reads the scores of a prompt's tokens.</summary>
internal static class PromptScores
{
    /// <summary>Reads the tokens of the prompt in their order; behind them may stand tokens that were generated.</summary>
    /// <param name="answer">Of /completions.</param>
    /// <param name="way">How it was asked.</param>
    /// <param name="tokens">The tokens that were sent; null where a text was.</param>
    /// <exception cref="AnswerException">There are none in the answer, or they are damaged.</exception>
    internal static IReadOnlyList<ScoredToken> Read(JsonElement answer, ScoringWay way, IReadOnlyList<int>? tokens)
    {
        JsonElement choice = CompletionRoute.Choice(answer);
        return way == ScoringWay.Echo ? Echoed(choice) : ByToken(choice, tokens);
    }

    private static List<ScoredToken> Echoed(JsonElement choice)
    {
        if (choice.Member("logprobs") is not { ValueKind: JsonValueKind.Object } all)
            throw new AnswerException("the answer has no choices[0].logprobs");
        IReadOnlyList<JsonElement> tokens = all.List("tokens"), values = all.List("token_logprobs"), tops = all.List("top_logprobs");
        if (tokens.Count == 0 || values.Count != tokens.Count)
        {
            throw new AnswerException(
                $"the answer has {tokens.Count} logprobs.tokens and {values.Count} logprobs.token_logprobs; expected as many of both");
        }

        var scored = new List<ScoredToken>(tokens.Count);
        for (int i = 0; i < tokens.Count; i++)
        {
            double? value = Number(values[i]);
            scored.Add(new ScoredToken(TextOf(tokens[i]), value, i < tops.Count ? IsLikeliest(tops[i], value) : null));
        }

        return scored;
    }

    private static string TextOf(JsonElement token) => token.ValueKind == JsonValueKind.String ? token.GetString()! : token.GetRawText();

    /// <summary>The likeliest tokens are there with their log-probabilities, the token itself among them or not.</summary>
    private static bool? IsLikeliest(JsonElement top, double? value)
    {
        if (top.ValueKind != JsonValueKind.Object || value is null)
            return null;
        double? most = top.EnumerateObject().Max(t => Number(t.Value));
        return most is null ? null : value >= most;
    }

    private static List<ScoredToken> ByToken(JsonElement choice, IReadOnlyList<int>? tokens)
    {
        IReadOnlyList<JsonElement> positions = choice.List("prompt_logprobs");
        if (positions.Count == 0)
            throw new AnswerException("the answer has no choices[0].prompt_logprobs");
        return [.. positions.Select((p, i) => OfPosition(p, i < tokens?.Count ? tokens[i] : null))];
    }

    /// <summary>The prompt's token and the likeliest ones, by id. Where the prompt's token is not known, it is the first.</summary>
    private static ScoredToken OfPosition(JsonElement position, int? token)
    {
        if (position.ValueKind == JsonValueKind.Null)
            return new ScoredToken("", null, null);
        List<JsonProperty> all = position.ValueKind == JsonValueKind.Object ? [.. position.EnumerateObject()] : [];
        if (all.Count == 0)
            throw new AnswerException("choices[0].prompt_logprobs has a token without log-probabilities");
        string? id = token?.ToString(CultureInfo.InvariantCulture) ?? all[0].Name;
        double? value = all.Where(t => t.Name == id).Select(t => Value(t.Value)).FirstOrDefault()
            ?? throw new AnswerException($"choices[0].prompt_logprobs has no log-probability of token {id}, which was sent");
        string text = all.First(t => t.Name == id).Value.Text("decoded_token") ?? "";
        return new ScoredToken(text, value, value >= all.Max(t => Value(t.Value)));
    }

    private static double? Value(JsonElement token) => token.Member("logprob") is { } number ? Number(number) : null;

    private static double? Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.Number && element.TryGetDouble(out double value) && double.IsFinite(value) ? value : null;
}
