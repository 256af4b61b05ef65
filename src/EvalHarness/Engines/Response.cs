using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>Says why an answer ended where it did.</summary>
public enum FinishReason
{
    /// <summary>The response is a log-likelihood, so nothing was generated.</summary>
    Scored,

    /// <summary>A stop string appeared. It is not part of the text.</summary>
    Stop,

    /// <summary>The model generated an end-of-text token.</summary>
    EndOfText,

    /// <summary>The completion reached the request's token limit.</summary>
    Length,

    /// <summary>The model's context was full before the completion reached the token limit.</summary>
    ContextFull,

    /// <summary>A content filter of the server withheld the answer, or cut it off.</summary>
    ContentFilter,

    /// <summary>The server says that the model refused to answer. The text is the refusal.</summary>
    Refusal,

    /// <summary>There is no answer, and <see cref="Response.Error"/> says why.</summary>
    Error,
}

/// <summary>An engine's answer to one request.</summary>
public sealed record Response
{
    /// <summary>How the error of a prompt begins that the model's context does not hold.</summary>
    internal const string PromptTooLong = "prompt too long";

    public required RequestKey Key { get; init; }

    public required FinishReason FinishReason { get; init; }

    /// <summary>The number of context tokens the model saw, including the beginning-of-text token if the model expects one.</summary>
    public int PromptTokens { get; init; }

    /// <summary>The number of those tokens that a server had from earlier requests, and charges less for.</summary>
    public int CachedTokens { get; init; }

    /// <summary>The number of tokens that were cut off the beginning of a prompt that was too long.</summary>
    public int TruncatedTokens { get; init; }

    /// <summary>The number of tokens generated, or the number of tokens of the continuation.</summary>
    public int CompletionTokens { get; init; }

    /// <summary>
    /// The number of tokens that a server generated behind a continuation and that nobody asked for: many servers score a prompt only if
    /// they may generate a token, and charge for it.
    /// </summary>
    public int DiscardedTokens { get; init; }

    /// <summary>ln P(continuation | context), summed over the tokens of the continuation. Null for completions.</summary>
    public double? LogLikelihood { get; init; }

    /// <summary>Whether each token of the continuation was the most likely one at its position. Null for completions.</summary>
    public bool? IsGreedy { get; init; }

    /// <summary>
    /// The completion without its stop string, and without the reasoning before the answer where that was split off. Null for
    /// log-likelihoods.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>The reasoning before the answer; null if none was split off.</summary>
    public string? Reasoning { get; init; }

    /// <summary>The number of those <see cref="CompletionTokens"/> that are reasoning; 0 if the engine does not know it.</summary>
    public int ReasoningTokens { get; init; }

    /// <summary>Whether the reasoning began and did not end, so that there is no answer after it.</summary>
    public bool IsReasoningUnfinished { get; init; }

    /// <summary>ln P of each token of the continuation or completion. Empty if the engine does not report them.</summary>
    public IReadOnlyList<double> TokenLogProbabilities { get; init; } = [];

    /// <summary>
    /// The time spent on this request alone, in milliseconds. Work that several requests share is counted for the request that
    /// caused it.
    /// </summary>
    public double Milliseconds { get; init; }

    /// <summary>The reason why there is no answer. Null if there is one.</summary>
    public string? Error { get; init; }

    /// <summary>Creates the response to a request that could not be answered.</summary>
    public static Response Failed(RequestKey key, string error, int promptTokens = 0) => new()
    {
        Key = key,
        FinishReason = FinishReason.Error,
        Error = error,
        PromptTokens = promptTokens,
    };
}
