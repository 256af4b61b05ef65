using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Results;

/// <summary>One response as a line of the journal.</summary>
internal sealed record JournalLine
{
    public required string Task { get; init; }

    public required long DocId { get; init; }

    public required int Index { get; init; }

    [JsonPropertyName("context_sha256")]
    public required string ContextSha256 { get; init; }

    /// <summary>What a conversation can be recognized by without the model's chat template; null for a prompt that is a text.</summary>
    [JsonPropertyName("messages_sha256")]
    public string? MessagesSha256 { get; init; }

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

    public required FinishReason FinishReason { get; init; }

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

    /// <summary>Read only; <see cref="JournalChecksum"/> writes it behind all other fields.</summary>
    public string? Checksum { get; init; }

    [JsonIgnore]
    internal RequestKey Key => new(Task, DocId, Index);

    /// <summary>SHA-256 of the context of a request, in lower-case hexadecimal.</summary>
    internal static string HashOf(Request request) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Context)));

    internal static JournalLine From(Request request, Response response) => new()
    {
        Task = response.Key.Task,
        DocId = response.Key.Document,
        Index = response.Key.Index,
        ContextSha256 = HashOf(request),
        MessagesSha256 = request.Prompt.MessagesSha256(),
        Continuation = (request as LogLikelihoodRequest)?.Continuation,
        LogLikelihood = response.LogLikelihood,
        IsGreedy = response.IsGreedy,
        Text = response.Text,
        Reasoning = response.Reasoning,
        ReasoningTokens = response.ReasoningTokens,
        IsReasoningUnfinished = response.IsReasoningUnfinished,
        FinishReason = response.FinishReason,
        PromptTokens = response.PromptTokens,
        CachedTokens = response.CachedTokens,
        TruncatedTokens = response.TruncatedTokens,
        CompletionTokens = response.CompletionTokens,
        DiscardedTokens = response.DiscardedTokens,
        TokenLogProbabilities = response.TokenLogProbabilities.Count == 0 ? null : response.TokenLogProbabilities,
        Milliseconds = Math.Round(response.Milliseconds, 3),
        Error = response.Error,
    };

    internal Response ToResponse() => new()
    {
        Key = Key,
        FinishReason = FinishReason,
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
