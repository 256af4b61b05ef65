using System.Reflection;
using System.Text.Json.Serialization;

namespace EvalHarness.Results;

/// <summary>
/// One row of <c>samples/TASK.parquet</c>: a document with everything that was asked and answered about it. Lists are by request:
/// per choice, or per repeat; one that is empty here is null in the file. A column that an older file lacks is read as its default here.
/// </summary>
public sealed partial record SampleRow
{
    /// <summary>The column that says how to read the target.</summary>
    internal const string TargetFlag = "target_is_json";

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

    /// <summary>
    /// The row of the dataset, as JSON text: datasets have other columns each, and as a struct they would make another type of the files of
    /// each task, which could then not be read together.
    /// </summary>
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

    /// <summary>
    /// The reference answer: a text as it is, and an index into the choices, a list or anything else as JSON (<see cref="TargetIsJson"/>);
    /// null where there is none.
    /// </summary>
    [JsonPropertyName("target")]
    public string? Target { get; init; }

    /// <summary>Whether the target is JSON, so that the text 2 stays apart from the index 2; null where there is no target.</summary>
    [JsonPropertyName(TargetFlag)]
    public bool? TargetIsJson { get; init; }

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

    /// <summary>What each filter made of the completions; empty for log-likelihoods.</summary>
    [JsonPropertyName("answers")]
    public IReadOnlyList<SampleAnswers> Answers { get; init; } = [];

    /// <summary>By metric and filter, each pair once; empty for what errored under all of them.</summary>
    [JsonPropertyName("scores")]
    public IReadOnlyList<SampleScore> Scores { get; init; } = [];

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

    /// <summary>By request, ln P of each token of the continuation or completion; empty where no request has them.</summary>
    [JsonPropertyName("token_logprobs")]
    public IReadOnlyList<IReadOnlyList<double>> TokenLogProbabilities { get; init; } = [];

    [JsonPropertyName("finish_reasons")]
    public List<string> FinishReasons { get; init; } = [];

    /// <summary>Time of the model for this document alone.</summary>
    [JsonPropertyName("milliseconds")]
    public double Milliseconds { get; init; }

    /// <summary>By completion, why the program that it is part of ended; empty where nothing is run. Untrusted text.</summary>
    [JsonPropertyName("verdicts")]
    public List<string> Verdicts { get; init; } = [];

    /// <summary>Remarks of the grader; null where it had none.</summary>
    [JsonPropertyName("detail")]
    public string? Detail { get; init; }

    /// <summary>Why the document has no score; null if it has one.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; init; }

    /// <summary>The context of each request, or one that all share.</summary>
    [JsonIgnore]
    internal IReadOnlyList<string> AllContexts => Contexts.Count > 0 ? Contexts : [Context];

    /// <summary>
    /// How many of the continuations, from the first on, follow the question. Some metrics also score each choice after an empty context,
    /// and those stand in the second half.
    /// </summary>
    [JsonIgnore]
    internal int ChoiceCount
    {
        get
        {
            int all = Continuations.Count, half = all / 2;
            bool isTwice = all % 2 == 0 && half > 1 && Contexts.Count == all && Contexts.Skip(half).All(c => c.Length == 0)
                && Continuations.Take(half).SequenceEqual(Continuations.Skip(half));
            return isTwice ? half : all;
        }
    }

    /// <summary>Runs of earlier versions did not record what tells conversations apart; theirs are compared by their texts.</summary>
    internal bool HasMessagesAs(SampleRow other) => MessagesSha256.Count > 0 && other.MessagesSha256.Count > 0;

    /// <summary>
    /// Whether two runs asked the same. Conversations are compared by their messages, because each model's own chat template makes another
    /// text of them, and prompts that are texts as they are.
    /// </summary>
    internal bool AsksTheSameAs(SampleRow other) =>
        (HasMessagesAs(other) ? MessagesSha256.SequenceEqual(other.MessagesSha256) : AllContexts.SequenceEqual(other.AllContexts))
        && Continuations.SequenceEqual(other.Continuations);
}
