using System.Text.Json.Serialization;
using EvalHarness.Engines;
using EvalHarness.Scoring.Judging;

namespace EvalHarness.Results;

/// <summary>The block "evalharness" of results.json: the table's lines, what went wrong, and what the run cost.</summary>
public sealed record HarnessReport
{
    /// <summary>What is said of a run with <see cref="PredictOnly"/>.</summary>
    internal const string NotGraded = "the answers are saved and were not graded (--predict-only)";

    public int FormatVersion { get; init; } = Manifest.CurrentFormatVersion;

    public required IReadOnlyList<ScoreRow> Rows { get; init; }

    /// <summary>Documents of each task that have no score under at least one filter.</summary>
    public IReadOnlyDictionary<string, int> Errored { get; init; } = new Dictionary<string, int>();

    /// <summary>Why the first of these has none, by task; tasks without such documents are left out.</summary>
    public IReadOnlyDictionary<string, string> FirstError { get; init; } = new Dictionary<string, string>();

    /// <summary>What each task cost, in all starts together.</summary>
    public IReadOnlyDictionary<string, RunCost> Work { get; init; } = new Dictionary<string, RunCost>();

    /// <summary>The tokens of each task's responses, those of earlier starts included.</summary>
    public IReadOnlyDictionary<string, TokenCount> Tokens { get; init; } = new Dictionary<string, TokenCount>();

    /// <summary>
    /// How long the completions of each task are, and how many a limit cut off; tasks that generate nothing are left out.
    /// </summary>
    public IReadOnlyDictionary<string, GenerationFigures> Generation { get; init; } = new Dictionary<string, GenerationFigures>();

    /// <summary>How far the grades of a model that grades can be trusted, by task and filter; null where none grades.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<JudgeCard>? Judges { get; init; }

    /// <summary>The name of that model.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Judge { get; init; }

    /// <summary>The tokens of its answers, those of earlier starts included.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TokenCount? JudgeTokens { get; init; }

    /// <summary>Work of the engine in all starts together.</summary>
    public EngineUsage Usage { get; init; } = new();

    /// <summary>Where the time of all starts went.</summary>
    public RunTimes Seconds { get; init; } = new();

    /// <summary>What the run cost; null without <c>--prices</c>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Spending? Spending { get; init; }

    /// <summary>What makes shards others than the pinned ones, a sentence for each; empty where all are those, or none is pinned.</summary>
    public IReadOnlyList<string> UnpinnedShards { get; init; } = [];

    /// <summary>Which tokenizer made the ids, "tokenizer.json" or "genai"; null where no tokenizer did.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Whether the answers were saved and not graded (<c>--predict-only</c>), so that there are no metrics.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool PredictOnly { get; init; }

    /// <summary>The tasks and groups that <c>--decide</c> stopped or left undecided; null where all documents were asked anyway.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<RunDecision>? Decisions { get; init; }

    /// <summary>How much of a run this is, where parts of it are missing; null for a whole run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PartialCount? Partial { get; init; }

    [JsonIgnore]
    public RunCost Cost => new(Usage, Seconds);

    internal static HarnessReport Of(RunResults run) => new()
    {
        FormatVersion = run.Manifest.FormatVersion,
        Rows = [.. ScoreRow.Table(run)],
        Errored = run.Tasks.ToDictionary(t => t.Task.Name, t => t.Errored),
        FirstError = run.Tasks.Where(t => t.FirstError is not null).ToDictionary(t => t.Task.Name, t => t.FirstError!),
        Work = run.Tasks.ToDictionary(t => t.Task.Name, t => new RunCost(t.Usage, t.Times)),
        Generation = run.Tasks.Where(t => t.Generation is not null).ToDictionary(t => t.Task.Name, t => t.Generation!),
        Tokens = run.Tasks.ToDictionary(t => t.Task.Name, t => t.Tokens),
        Judges = run.Tasks.SelectMany(t => t.Judges).ToArray() is { Length: > 0 } cards ? cards : null,
        Judge = run.Manifest.Judge?.ModelName,
        JudgeTokens = run.JudgeTokens,
        Usage = run.Usage,
        Seconds = run.Times,
        Spending = run.Spending,
        UnpinnedShards = [.. run.Manifest.Departures],
        PredictOnly = run.Manifest.Options.PredictOnly,
        Decisions = run.Decisions.Count == 0 ? null : run.Decisions,
        Tokenizer = run.Manifest.Model.Settings.GetValueOrDefault(EngineDescription.Tokenizer),
    };
}

/// <summary>How much of a run in parts is there so far.</summary>
/// <param name="Documents">Documents that are graded.</param>
/// <param name="OfDocuments">Documents of the whole run.</param>
/// <param name="Parts">Parts that are finished.</param>
/// <param name="OfParts">Parts of the whole run.</param>
public sealed record PartialCount(int Documents, int OfDocuments, int Parts, int OfParts)
{
    public override string ToString() => $"partial: {Documents} of {OfDocuments} documents, {Parts} of {OfParts} parts are finished; "
        + "these are no results of the run";
}
