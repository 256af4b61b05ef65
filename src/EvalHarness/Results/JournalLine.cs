using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Prompts;

namespace EvalHarness.Results;

/// <summary>
/// A line of the journal: one response, or the log-likelihoods of several choices of a document after one and the same context, whose hash
/// then stands there once.
/// </summary>
internal sealed record JournalLine : JournalAnswer
{
    private static readonly JsonSerializerOptions Format = new(ResultsJson.Strict) { AllowDuplicateProperties = false };

    /// <summary>Empty, to be read.</summary>
    public JournalLine()
    {
    }

    private JournalLine(Request request, Response response)
        : base(request, response)
    {
    }

    [JsonPropertyOrder(-4)]
    public required string Task { get; init; }

    [JsonPropertyOrder(-3)]
    public required long DocId { get; init; }

    [JsonPropertyName("context_sha256")]
    [JsonPropertyOrder(-1)]
    public required string ContextSha256 { get; init; }

    /// <summary>What a conversation can be recognized by without the model's chat template; null for a prompt that is a text.</summary>
    [JsonPropertyName("messages_sha256")]
    [JsonPropertyOrder(-1)]
    public string? MessagesSha256 { get; init; }

    /// <summary>Null for a line with one response.</summary>
    public IReadOnlyList<JournalAnswer>? Choices { get; init; }

    /// <summary>Read only; <see cref="JournalChecksum"/> writes it behind all other fields.</summary>
    public string? Checksum { get; init; }

    /// <summary>SHA-256 of the context of a request, in lower-case hexadecimal.</summary>
    internal static string HashOf(Request request) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request.Context)));

    /// <summary>The line in UTF-8, without a checksum.</summary>
    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ResultsJson.Line);

    /// <summary>Null where the bytes are no line of a journal.</summary>
    internal static JournalLine? Parse(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var line = JsonSerializer.Deserialize<JournalLine>(bytes, Format);
            bool isWhole = line is { Choices: null, Index: not null, FinishReason: not null }
                || (line is { Choices.Count: > 0, Index: null, FinishReason: null }
                    && line.Choices.All(c => c.Index is not null)
                    && line.Choices.DistinctBy(c => c.Index).Count() == line.Choices.Count);
            return isWhole ? line : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static JournalLine From(Request request, Response response) => new(request, response)
    {
        Task = response.Key.Task,
        DocId = response.Key.Document,
        ContextSha256 = HashOf(request),
        MessagesSha256 = request.Prompt.MessagesSha256(),
        Text = response.Text,
        Reasoning = response.Reasoning,
        ReasoningTokens = response.ReasoningTokens,
        IsReasoningUnfinished = response.IsReasoningUnfinished,
        FinishReason = response.FinishReason,
    };

    /// <param name="choices">Choices of one document with one and the same context, at least one, each with its response.</param>
    internal static JournalLine From(IReadOnlyList<(LogLikelihoodRequest Request, Response Response)> choices) => new()
    {
        Task = choices[0].Request.Key.Task,
        DocId = choices[0].Request.Key.Document,
        ContextSha256 = HashOf(choices[0].Request),
        MessagesSha256 = choices[0].Request.Prompt.MessagesSha256(),
        Choices = [.. choices.Select(c => new JournalAnswer(c.Request, c.Response))],
    };

    /// <summary>What the line says, request by request.</summary>
    internal IReadOnlyList<JournalAnswer> Answers => Choices ?? [this];

    internal RequestKey KeyOf(JournalAnswer answer) => new(Task, DocId, answer.Index!.Value);
}
