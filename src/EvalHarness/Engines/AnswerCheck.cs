using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>
/// Whether a response can be an answer to its request at all. Engines are held to it before a response is recorded, and a record before
/// it is used, so that each response that was recorded can be used again.
/// </summary>
internal static class AnswerCheck
{
    /// <summary>
    /// How far above 0 a log-likelihood may lie: a log-softmax in single precision rounds ln 1 to a few 1e-7 per token, and a text has
    /// thousands of tokens.
    /// </summary>
    private const double Rounding = 1e-3;

    /// <summary>
    /// The response as it is kept: an engine that gives NaN, or no number at all, has failed; that is no wrong answer.
    /// </summary>
    internal static Response Checked(Request request, Response given) => given.Error is null && Problem(request, given) is { } problem
        ? Response.Failed(given.Key, $"the engine gave {problem}")
        : given;

    /// <summary>What the response has, or lacks, that no answer to the request can; null where nothing is wrong.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="response">A response without an error.</param>
    public static string? Problem(Request request, Response response) => request is GenerateRequest
        ? response switch
        {
            { Text: null } => "no response text, which the request asks for",
            { LogLikelihood: not null } => "a log-likelihood, where the request asks for a text",
            _ => ProblemOfValues(response),
        }
        : response switch
        {
            { LogLikelihood: null } => "no log-likelihood, which the request asks for",
            { Text: not null } => "a response text, where the request asks for a log-likelihood",
            { IsGreedy: null } when request is LogLikelihoodRequest => "no is_greedy, which a continuation has",
            _ => ProblemOfValues(response),
        };

    private static string? ProblemOfValues(Response response)
    {
        static bool IsLogProbability(double value) => double.IsFinite(value) && value <= Rounding;
        static string Wrong(string name, double value) =>
            FormattableString.Invariant($"the {name} {value}; expected a finite number, 0 or less");
        if (response.LogLikelihood is { } likelihood && !IsLogProbability(likelihood))
            return Wrong("log-likelihood", likelihood);
        foreach (double one in response.TokenLogProbabilities)
        {
            if (!IsLogProbability(one))
                return Wrong("log-probability of a token", one);
        }

        if (response.PromptTokens < 0 || response.CompletionTokens < 0 || response.TruncatedTokens < 0
            || response.CachedTokens < 0 || response.ReasoningTokens < 0 || response.DiscardedTokens < 0)
            return "a negative number of tokens";
        if (!double.IsFinite(response.Milliseconds) || response.Milliseconds < 0)
            return FormattableString.Invariant($"a time of {response.Milliseconds} ms; expected a finite number, 0 or more");
        return response.FinishReason == FinishReason.Error || !Enum.IsDefined(response.FinishReason)
            ? $"the finish reason {response.FinishReason}, which an answer does not have"
            : null;
    }
}
