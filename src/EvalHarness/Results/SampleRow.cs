using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;

namespace EvalHarness.Results;

/// <summary>
/// One row of <c>samples/TASK.parquet</c>: a document with everything that was asked and answered about it. Lists are by request:
/// per choice, or per repeat. Maps are JSON text, because their keys differ from task to task. A column that an older file lacks is
/// read as its default here.
/// </summary>
public sealed record SampleRow
{
    /// <summary>The columns in the order of the file.</summary>
    internal static IReadOnlyList<(string Name, PropertyInfo Property)> Columns { get; } =
    [
        .. typeof(SampleRow).GetProperties()
            .Select(p => (p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name, p))
            .Where(c => c.Name is not null)
            .Select(c => (c.Name!, c.p)),
    ];

    [JsonPropertyName("doc_id")]
    public long DocumentId { get; init; }

    /// <summary>The row of the dataset, as JSON.</summary>
    [JsonPropertyName("document")]
    public string Document { get; init; } = "";

    [JsonPropertyName("context")]
    public string Context { get; init; } = "";

    /// <summary>One per request where they differ (a choice in each question); empty where all share the context.</summary>
    [JsonPropertyName("contexts")]
    public List<string> Contexts { get; init; } = [];

    /// <summary>
    /// <see cref="Prompts.Prompt.MessagesSha256"/> of the conversation that a chat template made the context of: one per request where the
    /// contexts differ, else one; empty where the prompts are texts.
    /// </summary>
    [JsonPropertyName("messages_sha256")]
    public List<string> MessagesSha256 { get; init; } = [];

    /// <summary>What was scored after the context; empty for completions.</summary>
    [JsonPropertyName("continuations")]
    public List<string> Continuations { get; init; } = [];

    /// <summary>The reference answer, as JSON: an index into the choices, text, or a list.</summary>
    [JsonPropertyName("target")]
    public string Target { get; init; } = "";

    [JsonPropertyName("log_likelihoods")]
    public List<double> LogLikelihoods { get; init; } = [];

    [JsonPropertyName("is_greedy")]
    public List<bool> IsGreedy { get; init; } = [];

    /// <summary>Empty for log-likelihoods.</summary>
    [JsonPropertyName("completions")]
    public List<string> Completions { get; init; } = [];

    /// <summary>The reasoning before each completion, which filters do not see; empty where none was split off.</summary>
    [JsonPropertyName("reasoning")]
    public List<string> Reasoning { get; init; } = [];

    /// <summary>Those of each completion's tokens that are reasoning; empty where none are known to be.</summary>
    [JsonPropertyName("reasoning_tokens")]
    public List<long> ReasoningTokens { get; init; } = [];

    /// <summary>Whether the reasoning of each completion did not end; empty where all ended.</summary>
    [JsonPropertyName("reasoning_unfinished")]
    public List<bool> ReasoningUnfinished { get; init; } = [];

    /// <summary>Filter name to the list of filtered completions, as JSON.</summary>
    [JsonPropertyName("answers")]
    public string Answers { get; init; } = "";

    /// <summary>
    /// "METRIC,FILTER" to a number, or to what the metric's aggregation takes, as JSON (see <see cref="ScoreValues"/>); nothing for what
    /// errored.
    /// </summary>
    [JsonPropertyName("scores")]
    public string Scores { get; init; } = "";

    [JsonPropertyName("prompt_tokens")]
    public List<long> PromptTokens { get; init; } = [];

    /// <summary>Those of the prompt's tokens that a server had from earlier requests; empty where it had none.</summary>
    [JsonPropertyName("cached_tokens")]
    public List<long> CachedTokens { get; init; } = [];

    /// <summary>Tokens cut off the beginning of each prompt; empty where none was.</summary>
    [JsonPropertyName("truncated_tokens")]
    public List<long> TruncatedTokens { get; init; } = [];

    [JsonPropertyName("completion_tokens")]
    public List<long> CompletionTokens { get; init; } = [];

    /// <summary>
    /// ln P of each token of each continuation or completion, one request after the other; the numbers in completion_tokens divide them.
    /// </summary>
    [JsonPropertyName("token_logprobs")]
    public List<double> TokenLogProbabilities { get; init; } = [];

    [JsonPropertyName("finish_reasons")]
    public List<string> FinishReasons { get; init; } = [];

    /// <summary>Time of the model for this document alone.</summary>
    [JsonPropertyName("milliseconds")]
    public double Milliseconds { get; init; }

    /// <summary>By completion, why the program that it is part of ended; empty where nothing is run. Untrusted text.</summary>
    [JsonPropertyName("verdicts")]
    public List<string> Verdicts { get; init; } = [];

    /// <summary>Remarks of the grader.</summary>
    [JsonPropertyName("detail")]
    public string Detail { get; init; } = "";

    /// <summary>Why the document has no score; empty if it has one.</summary>
    [JsonPropertyName("error")]
    public string Error { get; init; } = "";

    /// <summary>The scores that are numbers, by "METRIC,FILTER". What an aggregation takes instead of a number is left out.</summary>
    public IReadOnlyDictionary<string, double> NumericScores()
    {
        using var scores = JsonDocument.Parse(Scores);
        return scores.RootElement.EnumerateObject()
            .Where(s => s.Value.ValueKind == JsonValueKind.Number)
            .ToDictionary(s => s.Name, s => s.Value.GetDouble());
    }

    /// <summary>All scores, by metric and filter, as graders give them.</summary>
    internal IEnumerable<(string Metric, string Filter, object? Score)> AllScores()
    {
        using var scores = JsonDocument.Parse(Scores);
        foreach (JsonProperty score in scores.RootElement.EnumerateObject())
        {
            int comma = score.Name.LastIndexOf(',');
            yield return (score.Name[..comma], score.Name[(comma + 1)..], ScoreValues.Read(score.Value));
        }
    }

    /// <summary>The context of each request, or one that all share.</summary>
    [JsonIgnore]
    internal IReadOnlyList<string> AllContexts => Contexts.Count > 0 ? Contexts : [Context];

    /// <summary>Runs of earlier versions did not record what tells conversations apart; theirs are compared by their texts.</summary>
    internal bool HasMessagesAs(SampleRow other) => MessagesSha256.Count > 0 && other.MessagesSha256.Count > 0;

    /// <summary>
    /// Whether two runs asked the same. Conversations are compared by their messages, because each model's own chat template makes another
    /// text of them, and prompts that are texts as they are.
    /// </summary>
    internal bool AsksTheSameAs(SampleRow other) =>
        (HasMessagesAs(other) ? MessagesSha256.SequenceEqual(other.MessagesSha256) : AllContexts.SequenceEqual(other.AllContexts))
        && Continuations.SequenceEqual(other.Continuations);

    private static readonly JsonSerializerOptions Exact =
        new(ResultsJson.Line) { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The row as bytes for a temporary file, from which <see cref="FromBytes"/> makes the same row.</summary>
    internal byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, Exact);

    /// <param name="bytes">What <see cref="ToBytes"/> gave.</param>
    internal static SampleRow FromBytes(ReadOnlySpan<byte> bytes) => JsonSerializer.Deserialize<SampleRow>(bytes, Exact)!;

    /// <summary>Every column by its name in the file, as plain values (see <see cref="Data.Document"/>).</summary>
    public IReadOnlyDictionary<string, object?> ToColumns() => new OrderedDictionary<string, object?>(
        Columns.Select(c => KeyValuePair.Create(c.Name, Plain(c.Property.GetValue(this)))));

    private static object? Plain(object? value) =>
        value is IEnumerable list and not string ? list.Cast<object?>().ToList() : value;

    /// <summary>The row as JSON over several lines.</summary>
    public string ToJson() => JsonSerializer.Serialize(new FreeValue(ToColumns()), ResultsJson.Indented);
}
