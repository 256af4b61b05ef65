using System.Text.Json.Serialization;
using EvalHarness.Results;
using Parquet.Serialization;

namespace EvalHarness.Tests.Results;

/// <summary>Writes samples as version 1 of their files had them, without what that version wrote them with.</summary>
internal static class EarlierSamples
{
    /// <summary>The columns of version 1 that are read otherwise now, and some that are not.</summary>
    internal sealed record Row
    {
        [JsonPropertyName("doc_id")]
        public required long DocumentId { get; init; }

        [JsonPropertyName("document")]
        public string Document { get; init; } = "{}";

        [JsonPropertyName("context")]
        public string Context { get; init; } = "";

        [JsonPropertyName("continuations")]
        public List<string> Continuations { get; init; } = [];

        [JsonPropertyName("target")]
        public string Target { get; init; } = "";

        [JsonPropertyName("log_likelihoods")]
        public List<double> LogLikelihoods { get; init; } = [];

        [JsonPropertyName("is_greedy")]
        public List<bool> IsGreedy { get; init; } = [];

        [JsonPropertyName("completions")]
        public List<string> Completions { get; init; } = [];

        [JsonPropertyName("answers")]
        public string Answers { get; init; } = "{}";

        [JsonPropertyName("scores")]
        public string Scores { get; init; } = "{}";

        [JsonPropertyName("prompt_tokens")]
        public List<long> PromptTokens { get; init; } = [];

        [JsonPropertyName("completion_tokens")]
        public List<long> CompletionTokens { get; init; } = [];

        [JsonPropertyName("token_logprobs")]
        public List<double> TokenLogProbabilities { get; init; } = [];

        [JsonPropertyName("detail")]
        public string Detail { get; init; } = "";

        [JsonPropertyName("error")]
        public string Error { get; init; } = "";
    }

    internal static async Task WriteAsync(string file, params IEnumerable<Row> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using FileStream stream = File.Create(file);
        await ParquetSerializer.SerializeAsync(rows, stream);
    }

    /// <summary>What version 1 wrote of a row.</summary>
    internal static Row Of(SampleRow row) => new()
    {
        DocumentId = row.DocumentId,
        Document = row.Document,
        Context = row.Context,
        Continuations = row.Continuations,
        Target = row.TargetJson(),
        LogLikelihoods = row.LogLikelihoods,
        IsGreedy = row.IsGreedy,
        Completions = row.Completions,
        Answers = row.AnswersJson(),
        Scores = $"{{{string.Join(',', row.Scores.Select(s => $"\"{s.Key}\":{s.Items ?? new FreeValue(s.Value).ToJson()}"))}}}",
        PromptTokens = row.PromptTokens,
        CompletionTokens = row.CompletionTokens,
        TokenLogProbabilities = [.. row.TokenLogProbabilities.SelectMany(t => t)],
        Detail = row.Detail ?? "",
        Error = row.Error ?? "",
    };
}
