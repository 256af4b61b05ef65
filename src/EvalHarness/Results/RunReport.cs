using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>
/// A run's results.json. It has lm-evaluation-harness's layout, so that scripts for that program's files read it, and a block
/// "evalharness" with what that layout has no place for.
/// </summary>
/// <remarks>
/// Source: result_schema.py of lm-evaluation-harness. Blocks that are null do not stand in the file: an imported run has only some of
/// them.
/// </remarks>
public sealed record RunReport
{
    /// <summary>Metrics of every group and task, by name.</summary>
    public required IReadOnlyDictionary<string, ReportEntry> Results { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ReportEntry>? Groups { get; init; }

    /// <summary>The tasks of each group, those of its subgroups included.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? GroupSubtasks { get; init; }

    /// <summary>Each task's file as written; <see cref="Config(string)"/> reads it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, FreeValue>? Configs { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, FreeValue>? Versions { get; init; }

    /// <summary>Shots per prompt, by task.</summary>
    [JsonPropertyName("n-shot")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? NumFewShot { get; init; }

    /// <summary>By task and metric.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, bool>>? HigherIsBetter { get; init; }

    /// <summary>Documents of each task.</summary>
    [JsonPropertyName("n-samples")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, DocumentCount>? DocumentCounts { get; init; }

    /// <summary>What the run was asked to do, in lm-evaluation-harness's words. The manifest has all of it.</summary>
    [JsonPropertyName("config")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, FreeValue>? Settings { get; init; }

    /// <summary>Commit of the folder that the run was started in; null outside a repository.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? GitHash { get; init; }

    /// <summary>When the run was first started, in seconds since 1970-01-01 UTC.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Date { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelName { get; init; }

    /// <summary>A number as text, as lm-evaluation-harness writes it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TotalEvaluationTimeSeconds { get; init; }

    [JsonPropertyName("evalharness")]
    public required HarnessReport Harness { get; init; }

    /// <summary>The lines of the table that the terminal shows: groups at their depth, each followed by its tasks.</summary>
    [JsonIgnore]
    public IReadOnlyList<ScoreRow> Rows => Harness.Rows;

    public static RunReport Of(RunResults run) => new()
    {
        Results = ByName([.. run.Groups.Select(ReportEntry.Of), .. run.Tasks.Select(ReportEntry.Of)]),
        Groups = ByName(run.Groups.Select(ReportEntry.Of)),
        GroupSubtasks = run.Groups.ToDictionary(g => g.Group.Group.Name, g => g.Group.Leaves),
        Configs = run.Tasks.ToDictionary(t => t.Task.Name, TaskConfig.Written),
        Versions = new Dictionary<string, FreeValue>(
        [
            .. run.Groups.Select(g => KeyValuePair.Create(g.Group.Group.Name, new FreeValue(g.Group.Group.Version))),
            .. run.Tasks.Select(t => KeyValuePair.Create(t.Task.Name, new FreeValue(t.Task.Version))),
        ]),
        NumFewShot = run.Tasks.ToDictionary(t => t.Task.Name, t => t.Run.NumFewShot),
        HigherIsBetter = run.Tasks.ToDictionary(t => t.Task.Name, Directions),
        DocumentCounts = run.Tasks.ToDictionary(t => t.Task.Name, t => new DocumentCount(t.Run.Available, t.Count)),
        Settings = SettingsOf(run.Manifest),
        GitHash = run.Manifest.Git?.Commit,
        Date = run.Manifest.Sessions[0].Started.ToUnixTimeMilliseconds() / 1000.0,
        ModelName = run.Manifest.Model.ModelName,
        TotalEvaluationTimeSeconds = $"{run.Times.Total:0.###}",
        Harness = HarnessReport.Of(run),
    };

    /// <param name="text">Of results.json.</param>
    /// <exception cref="JsonException">The text is no JSON, lacks what every version wrote, or has a value of another kind.</exception>
    internal static RunReport Read(string text)
    {
        RunReport report = JsonSerializer.Deserialize<RunReport>(text, ResultsJson.Strict)
            ?? throw new JsonException("it holds nothing but null");
        return report.Rows.Contains(null!) ? throw new JsonException("evalharness: rows: a row is null") : report;
    }

    /// <summary>The text of results.json, without a line feed at its end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ResultsJson.Indented);

    /// <returns>The tasks of a group; a task's own name for a task.</returns>
    public IReadOnlyList<string> Leaves(string name) => Members(name) ?? [name];

    /// <returns>The tasks of a group; null for a task.</returns>
    public IReadOnlyList<string>? Members(string group) => GroupSubtasks?.GetValueOrDefault(group);

    /// <returns>What the task's file says; nothing where the run was imported.</returns>
    public TaskConfig Config(string task) => new(Configs?.GetValueOrDefault(task) ?? default);

    /// <returns>Shots per prompt of a task; null where the run was imported.</returns>
    public int? Shots(string task) => NumFewShot is { } shots && shots.TryGetValue(task, out int number) ? number : null;

    /// <returns>Documents that the task has without a limit; null for a group.</returns>
    public int? Available(string task) => DocumentCounts?.GetValueOrDefault(task)?.Original;

    private static Dictionary<string, ReportEntry> ByName(IEnumerable<ReportEntry> entries) => entries.ToDictionary(e => e.Name);

    private static IReadOnlyDictionary<string, bool> Directions(TaskResult task) =>
        task.Metrics.DistinctBy(m => m.Metric).ToDictionary(m => m.Metric, m => m.HigherIsBetter);

    private static Dictionary<string, FreeValue> SettingsOf(Manifest manifest)
    {
        RunOptions options = manifest.Options;
        var seeds = RunSeeds.Parse(options.Seed);
        var settings = new Dictionary<string, FreeValue>
        {
            ["model"] = new(manifest.Model.Engine),
            ["model_args"] = new(manifest.Model.ModelPath),
            ["batch_size"] = new(options.BatchSize is { } size ? (long)size : "auto"),
            ["device"] = new(manifest.Model.Device),
            ["limit"] = new(options.Limit is >= 1 and var count ? (object)(long)count : options.Limit),
            ["random_seed"] = new(seeds.Python),
            ["numpy_seed"] = new(seeds.NumPy),
            ["torch_seed"] = new(seeds.Torch),
            ["fewshot_seed"] = new(seeds.FewShot),
        };
        if (options.Metadata is { } metadata)
            settings["metadata"] = new(TaskMetadata.Parse(metadata));
        if (options.PredictOnly)
            settings["predict_only"] = new(true);
        return settings;
    }
}

/// <param name="Original">Documents that the task has.</param>
/// <param name="Effective">Documents that were evaluated.</param>
public sealed record DocumentCount(int Original, int Effective);
