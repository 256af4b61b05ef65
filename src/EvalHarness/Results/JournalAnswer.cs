using System.Text.Json.Serialization;
using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Results;

/// <summary>What a line of the journal says of one request: all of the line, or a choice of it.</summary>
internal record JournalAnswer
{
    /// <summary>Empty, to be read.</summary>
    public JournalAnswer()
    {
    }

    /// <summary>
    /// What is written of every request, and all that is written of a choice: its finish reason follows from whether it has an error.
    /// </summary>
    internal JournalAnswer(Request request, Response response)
    {
        Index = response.Key.Index;
        Continuation = (request as LogLikelihoodRequest)?.Continuation;
        LogLikelihood = response.LogLikelihood;
        IsGreedy = response.IsGreedy;
        PromptTokens = response.PromptTokens;
        CachedTokens = response.CachedTokens;
        TruncatedTokens = response.TruncatedTokens;
        CompletionTokens = response.CompletionTokens;
        DiscardedTokens = response.DiscardedTokens;
        TokenLogProbabilities = response.TokenLogProbabilities.Count == 0 ? null : response.TokenLogProbabilities;
        Milliseconds = Math.Round(response.Milliseconds, 3);
        Error = response.Error;
    }

    /// <summary>The number of the choice or of the repeat, from 0; null in a line that has <see cref="JournalLine.Choices"/>.</summary>
    [JsonPropertyOrder(-2)]
    public int? Index { get; init; }

    public string? Continuation { get; init; }

    [JsonPropertyName("loglikelihood")]
    public double? LogLikelihood { get; init; }

    public bool? IsGreedy { get; init; }

    [JsonPropertyName("response")]
    public string? Text { get; init; }

    public string? Reasoning { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ReasoningTokens { get; init; }

    [JsonPropertyName("reasoning_unfinished")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsReasoningUnfinished { get; init; }

    /// <summary>Null for a choice, which is scored, or has an error.</summary>
    public FinishReason? FinishReason { get; init; }

    public int PromptTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int CachedTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int TruncatedTokens { get; init; }

    public int CompletionTokens { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int DiscardedTokens { get; init; }

    [JsonPropertyName("token_logprobs")]
    public IReadOnlyList<double>? TokenLogProbabilities { get; init; }

    [JsonPropertyName("ms")]
    public double Milliseconds { get; init; }

    public string? Error { get; init; }

    internal Response ToResponse(RequestKey key) => new()
    {
        Key = key,
        FinishReason = FinishReason ?? (Error is null ? Engines.FinishReason.Scored : Engines.FinishReason.Error),
        PromptTokens = PromptTokens,
        CachedTokens = CachedTokens,
        TruncatedTokens = TruncatedTokens,
        CompletionTokens = CompletionTokens,
        DiscardedTokens = DiscardedTokens,
        LogLikelihood = LogLikelihood,
        IsGreedy = IsGreedy,
        Text = Text,
        Reasoning = Reasoning,
        ReasoningTokens = ReasoningTokens,
        IsReasoningUnfinished = IsReasoningUnfinished,
        TokenLogProbabilities = TokenLogProbabilities ?? [],
        Milliseconds = Milliseconds,
        Error = Error,
    };
}
