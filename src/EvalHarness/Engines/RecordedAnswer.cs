using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>One line of a file of recorded answers: a journal's, or one that another program wrote with some fields left out.</summary>
internal sealed record RecordedAnswer
{
    private static readonly JsonSerializerOptions Format = new(ResultsJson.Line) { AllowDuplicateProperties = false };

    /// <summary>Where the line begins in its file, in bytes.</summary>
    [JsonIgnore]
    public long Offset { get; private init; }

    public string? Task { get; init; }

    public long? DocId { get; init; }

    /// <summary>The number of the choice or of the repeat, from 0.</summary>
    public int? Index { get; init; }

    /// <summary>The number of the repeat in recordings whose index counts the prompts of a document.</summary>
    public int? Repeat { get; init; }

    public string? Context { get; init; }

    /// <summary>The hash of the context's UTF-8 bytes, in lower-case hexadecimal.</summary>
    [JsonPropertyName("context_sha256")]
    public string? ContextSha256 { get; init; }

    /// <summary><see cref="Prompt.MessagesSha256"/> of a conversation that the model's chat template rendered.</summary>
    [JsonPropertyName("messages_sha256")]
    public string? MessagesSha256 { get; init; }

    public string? Continuation { get; init; }

    public string? Response { get; init; }

    /// <summary>The reasoning before the response, if the recording keeps it apart; anything but a text says nothing.</summary>
    [JsonConverter(typeof(TextOrNothing))]
    public string? Reasoning { get; init; }

    [JsonConverter(typeof(CountOrNothing))]
    public int ReasoningTokens { get; init; }

    [JsonConverter(typeof(TrueOrNothing))]
    public bool ReasoningUnfinished { get; init; }

    [JsonConverter(typeof(TextOrNothing))]
    public string? FinishReason { get; init; }

    [JsonConverter(typeof(CountOrNothing))]
    public int PromptTokens { get; init; }

    [JsonConverter(typeof(CountOrNothing))]
    public int CachedTokens { get; init; }

    [JsonConverter(typeof(CountOrNothing))]
    public int CompletionTokens { get; init; }

    [JsonPropertyName("loglikelihood")]
    public double? LogLikelihood { get; init; }

    public bool? IsGreedy { get; init; }

    /// <summary>Why there was no answer. A later line may have one, if the run was continued.</summary>
    public string? Error { get; init; }

    /// <summary>
    /// The answers of a line that has those to several choices of a document: each has the fields of a line, without those that all of
    /// them share.
    /// </summary>
    public IReadOnlyList<RecordedAnswer>? Choices { get; init; }

    /// <summary>The request that the line answers; null if the line does not say it.</summary>
    [JsonIgnore]
    public RequestKey? Key =>
        this is { Task: { } task, DocId: { } document, Index: { } index } ? new RequestKey(task, document, index) : null;

    /// <summary>Reads one line.</summary>
    /// <param name="text">The line in UTF-8.</param>
    /// <param name="offset">Where the line begins in its file.</param>
    /// <returns>The answers of the line: one, or those to some choices of a document.</returns>
    /// <exception cref="JsonException">The line is not JSON, or a field is missing or has an impossible value.</exception>
    public static RecordedAnswer[] Read(ReadOnlySpan<byte> text, long offset)
    {
        RecordedAnswer line = JsonSerializer.Deserialize<RecordedAnswer>(text, Format) ?? throw new JsonException("it is null");
        string? hash = line.ContextSha256?.ToLowerInvariant() ?? (line.Context is null ? null : Hash(line.Context));
        if (hash is null)
            throw new JsonException("there is no prompt");
        if (line.Context is not null && hash != Hash(line.Context))
            throw new JsonException("context_sha256 is not the hash of context");
        line = line with
        {
            Offset = offset,
            ContextSha256 = hash,
            MessagesSha256 = line.MessagesSha256?.ToLowerInvariant(),
        };
        if (line.Choices is { } choices)
            return RecordedChoices.Of(line, choices);
        line.Check();
        return [line with { Context = null, Index = line.LogLikelihood is null ? line.Repeat ?? line.Index : line.Index }];
    }

    /// <exception cref="JsonException">There is no answer, or one that is impossible.</exception>
    internal void Check()
    {
        if (Response is null && LogLikelihood is null && Error is null)
            throw new JsonException("there is no answer");
        if (Response is not null && LogLikelihood is not null)
            throw new JsonException("there is a response and a loglikelihood");
        if (LogLikelihood is { } value && !double.IsFinite(value))
            throw new JsonException("loglikelihood is not a finite number");
        if (this is { DocId: < 0 } or { Index: < 0 } or { Repeat: < 0 })
            throw new JsonException("doc_id, index and repeat count from 0, and one of them is negative");
        if (this is { Response: not null, Repeat: { } repeat, Index: { } index } && index != 0 && index != repeat)
            throw new JsonException($"index {index} and repeat {repeat} contradict each other");
    }

    /// <summary>Whether both lines give the same answer.</summary>
    public bool AnswersAs(RecordedAnswer other) =>
        Response == other.Response
        && LogLikelihood.Equals(other.LogLikelihood)
        && IsGreedy == other.IsGreedy
        && Error == other.Error
        && (Continuation ?? "") == (other.Continuation ?? "");

    /// <summary>Whether both lines give the same answer to the same prompt.</summary>
    public bool SaysTheSameAs(RecordedAnswer other) =>
        AnswersAs(other) && ContextSha256 == other.ContextSha256 && MessagesSha256 == other.MessagesSha256;

    /// <summary>Why a line that says that it answers the request does not; null if it does.</summary>
    public string? Misfit(Request request, PromptHashes hashes)
    {
        if (!hashes.Fit(this))
        {
            string recorded = hashes.Messages is null
                ? $"context_sha256 {PromptHashes.Short(ContextSha256)}{(MessagesSha256 is null ? "" : " of a conversation")}"
                : $"messages_sha256 {PromptHashes.Short(MessagesSha256)}";
            return $"the recorded prompt of {request.Key} is another: the line has {recorded}, the request {hashes}; "
                + "use the task, data, shots, seed and chat options of the recording";
        }

        string continuation = (request as LogLikelihoodRequest)?.Continuation ?? "";
        if (continuation != (Continuation ?? ""))
        {
            return $"the recorded continuation of {request.Key} is another: the line has {JsonSerializer.Serialize(Continuation)}, "
                + $"the request {JsonSerializer.Serialize(continuation)}; use the task and data of the recording";
        }

        (bool isAsked, bool isRecorded) = (request is GenerateRequest, Response is not null);
        return Error is null && isAsked != isRecorded
            ? $"{Kind(isRecorded)} is recorded for {request.Key}, and {Kind(isAsked)} is asked"
            : null;
    }

    internal static string Kind(bool generated) => generated ? "a response" : "a log-likelihood";

    internal static string Hash(string context)
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetByteCount(context));
        try
        {
            int length = Encoding.UTF8.GetBytes(context, bytes);
            return Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan(0, length)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
