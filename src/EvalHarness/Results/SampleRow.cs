using System.Text.Json.Serialization;

namespace EvalHarness.Results;

/// <summary>
/// One row of <c>samples/TASK.parquet</c>: a document with everything that was asked and answered about it. Lists are by request:
/// per choice, or per repeat. Maps are JSON text, because their keys differ from task to task.
/// </summary>
public sealed record SampleRow
{
    [JsonPropertyName("doc_id")]
    public required long DocumentId { get; init; }

    /// <summary>The row of the dataset, as JSON.</summary>
    [JsonPropertyName("document")]
    public required string Document { get; init; }

    [JsonPropertyName("context")]
    public required string Context { get; init; }

    /// <summary>One per request where they differ (a choice in each question); empty where all share the context.</summary>
    [JsonPropertyName("contexts")]
    public required List<string> Contexts { get; init; }

    /// <summary>What was scored after the context; empty for completions.</summary>
    [JsonPropertyName("continuations")]
    public required List<string> Continuations { get; init; }

    /// <summary>The reference answer, as JSON: an index into the choices, text, or a list.</summary>
    [JsonPropertyName("target")]
    public required string Target { get; init; }

    [JsonPropertyName("log_likelihoods")]
    public required List<double> LogLikelihoods { get; init; }

    [JsonPropertyName("is_greedy")]
    public required List<bool> IsGreedy { get; init; }

    /// <summary>Empty for log-likelihoods.</summary>
    [JsonPropertyName("completions")]
    public required List<string> Completions { get; init; }

    /// <summary>Filter name to the list of filtered completions, as JSON.</summary>
    [JsonPropertyName("answers")]
    public required string Answers { get; init; }

    /// <summary>"metric,filter" to number, or to what the metric's aggregation takes, as JSON; nothing for what errored.</summary>
    [JsonPropertyName("scores")]
    public required string Scores { get; init; }

    [JsonPropertyName("prompt_tokens")]
    public required List<long> PromptTokens { get; init; }

    /// <summary>Tokens cut off the beginning of each prompt; empty where none was.</summary>
    [JsonPropertyName("truncated_tokens")]
    public required List<long> TruncatedTokens { get; init; }

    [JsonPropertyName("completion_tokens")]
    public required List<long> CompletionTokens { get; init; }

    /// <summary>ln P of each token of each continuation or completion, one request after the other; completion_tokens divides them.</summary>
    [JsonPropertyName("token_logprobs")]
    public required List<double> TokenLogProbabilities { get; init; }

    [JsonPropertyName("finish_reasons")]
    public required List<string> FinishReasons { get; init; }

    /// <summary>Time of the model for this document alone.</summary>
    [JsonPropertyName("milliseconds")]
    public required double Milliseconds { get; init; }

    /// <summary>By completion, why the program that it is part of ended; empty where nothing is run. Untrusted text.</summary>
    [JsonPropertyName("verdicts")]
    public required List<string> Verdicts { get; init; }

    /// <summary>Remarks of the grader.</summary>
    [JsonPropertyName("detail")]
    public required string Detail { get; init; }

    /// <summary>Why the document has no score; empty if it has.</summary>
    [JsonPropertyName("error")]
    public required string Error { get; init; }
}
