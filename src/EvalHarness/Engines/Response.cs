using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>Why an answer ended where it did.</summary>
public enum FinishReason
{
    /// <summary>A log-likelihood: nothing was generated.</summary>
    Scored,

    /// <summary>A stop string appeared; it is cut off.</summary>
    Stop,

    /// <summary>The model ended the text.</summary>
    EndOfText,

    /// <summary>The token limit of the request.</summary>
    Length,

    /// <summary>The model's context was full before the token limit.</summary>
    ContextFull,

    /// <summary>There is no answer; see the error.</summary>
    Error,
}

/// <summary>The answer to one request.</summary>
public sealed record Response
{
    public required RequestKey Key { get; init; }

    public required FinishReason FinishReason { get; init; }

    /// <summary>Tokens of the context as the model saw them, with the beginning-of-text token if the model takes one.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Tokens cut off the beginning of a prompt that was too long.</summary>
    public int TruncatedTokens { get; init; }

    /// <summary>Tokens generated, or tokens of the continuation.</summary>
    public int CompletionTokens { get; init; }

    /// <summary>ln P(continuation | context), summed over its tokens; null for completions.</summary>
    public double? LogLikelihood { get; init; }

    /// <summary>Whether each token of the continuation was the likeliest one.</summary>
    public bool? IsGreedy { get; init; }

    /// <summary>The completion, without the stop string.</summary>
    public string? Text { get; init; }

    /// <summary>ln P of each token of the continuation or completion; empty where the engine cannot say.</summary>
    public IReadOnlyList<double> TokenLogProbabilities { get; init; } = [];

    /// <summary>Time spent on this request alone; what it shares with others is counted where it was computed.</summary>
    public double Milliseconds { get; init; }

    /// <summary>Why there is no answer.</summary>
    public string? Error { get; init; }

    public static Response Failed(RequestKey key, string error, int promptTokens = 0) => new()
    {
        Key = key,
        FinishReason = FinishReason.Error,
        Error = error,
        PromptTokens = promptTokens,
    };
}
