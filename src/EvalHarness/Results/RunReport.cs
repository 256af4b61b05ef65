using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Pythonic;
using EvalHarness.Scoring.Metrics;
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
public sealed partial record RunReport
{
    /// <summary>Metrics of every group and task, by name.</summary>
    public required IReadOnlyDictionary<string, ReportEntry> Results { get; init; }

    /// <summary>Those of the groups that have metrics; null where there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ReportEntry>? Groups { get; init; }

    /// <summary>
    /// The tasks and groups one level below each group. Earlier versions wrote the tasks at all levels; <see cref="Leaves"/> reads both.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? GroupSubtasks { get; init; }

    /// <summary>Each task's file as written; <see cref="Config(string)"/> reads it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, FreeValue>? Configs { get; init; }

    /// <summary>Of tasks as their files have them, of groups as text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, FreeValue>? Versions { get; init; }

    /// <summary>Shots per prompt, by task, and by group where its tasks have the same number.</summary>
    [JsonPropertyName("n-shot")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? NumFewShot { get; init; }

    /// <summary>By task or group and metric; null where the tasks of a group differ.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, bool?>>? HigherIsBetter { get; init; }

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

    /// <summary>A number as text, as lm-evaluation-harness writes it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TotalEvaluationTimeSeconds { get; init; }

    [JsonPropertyName("evalharness")]
    public required HarnessReport Harness { get; init; }

    /// <summary>The lines of the table that the terminal shows: groups at their depth, each followed by its tasks.</summary>
    [JsonIgnore]
    public IReadOnlyList<ScoreRow> Rows => Harness.Rows;

    public static RunReport Of(RunResults run) => new RunReport
    {
        Results = ByName([.. run.Groups.Select(ReportEntry.Of), .. run.Tasks.Select(ReportEntry.Of)]),
        Groups = run.Groups.Any(HasMetrics) ? ByName(run.Groups.Where(HasMetrics).Select(ReportEntry.Of)) : null,
        GroupSubtasks = run.Groups.ToDictionary(g => g.Group.Group.Name, g => g.Group.Children),
        Configs = run.Tasks.ToDictionary(t => t.Task.Name, TaskConfig.Written),
        Versions = new Dictionary<string, FreeValue>(
        [
            .. run.Groups.Select(g => KeyValuePair.Create(g.Group.Group.Name, new FreeValue(Python.Str(g.Group.Group.Version)))),
            .. run.Tasks.Select(t => KeyValuePair.Create(t.Task.Name, new FreeValue(t.Task.Version))),
        ]),
        NumFewShot = Shots(run),
        HigherIsBetter = Directions(run),
        DocumentCounts = run.Tasks.ToDictionary(t => t.Task.Name, t => new DocumentCount(t.Run.Available, t.Count)),
        Settings = LayoutSettings.Of(run.Manifest),
        GitHash = run.Manifest.Git?.Commit,
        Date = run.Manifest.Sessions[0].Started.ToUnixTimeMilliseconds() / 1000.0,
        TotalEvaluationTimeSeconds = $"{run.Times.Total:0.###}",
        Harness = HarnessReport.Of(run),
    }.WithModel(run.Manifest);

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

    /// <returns>The tasks of a group at all levels; null for a task.</returns>
    public IReadOnlyList<string>? Members(string group)
    {
        if (GroupSubtasks?.ContainsKey(group) is not true)
            return null;
        // A damaged file may name a group among its own members.
        var seen = new HashSet<string>();
        return [.. Below(group).Distinct()];

        IEnumerable<string> Below(string name) => !seen.Add(name) ? []
            : GroupSubtasks.TryGetValue(name, out IReadOnlyList<string>? children) ? children.SelectMany(Below)
            : [name];
    }

    /// <summary>
    /// How many groups each row stands under, of those among these rows: a group that has no score, or is left out, has no row that its
    /// tasks could stand below.
    /// </summary>
    /// <param name="rows">Rows of this report.</param>
    internal IReadOnlyList<int> Depths(IReadOnlyList<ScoreRow> rows)
    {
        (int Depth, HashSet<string> Tasks)[] groups =
        [
            .. rows.DistinctBy(r => r.Name)
                .Select(r => (r.Depth, Tasks: Members(r.Name)?.ToHashSet()))
                .Where(g => g.Tasks is not null)
                .Select(g => (g.Depth, g.Tasks!)),
        ];
        return [.. rows.Select(r => Math.Min(r.Depth, groups.Count(g => g.Depth < r.Depth && Leaves(r.Name).All(g.Tasks.Contains))))];
    }

    /// <returns>What the task's file says; nothing where the run was imported.</returns>
    public TaskConfig Config(string task) => new(Configs?.GetValueOrDefault(task) ?? default);

    /// <returns>Shots per prompt of a task; null where the run was imported.</returns>
    public int? Shots(string task) => NumFewShot is { } shots && shots.TryGetValue(task, out int number) ? number : null;

    /// <returns>Documents that the task has without a limit; null for a group.</returns>
    public int? Available(string task) => DocumentCounts?.GetValueOrDefault(task)?.Original;

    private static Dictionary<string, ReportEntry> ByName(IEnumerable<ReportEntry> entries) => entries.ToDictionary(e => e.Name);

    private static bool HasMetrics(GroupResult group) => group.Group.Group.Metrics.Count > 0;

    private static Dictionary<string, int> Shots(RunResults run)
    {
        var shots = run.Tasks.ToDictionary(t => t.Task.Name, t => t.Run.NumFewShot);
        foreach (SelectedGroup group in run.Groups.Select(g => g.Group))
        {
            if (group.Leaves.Select(task => shots[task]).Distinct().ToArray() is [var same])
                shots.Add(group.Group.Name, same);
        }

        return shots;
    }

    private static Dictionary<string, IReadOnlyDictionary<string, bool?>> Directions(RunResults run)
    {
        var directions = run.Tasks.ToDictionary(t => t.Task.Name, t => (IReadOnlyDictionary<string, bool?>)Directions(t.Metrics));
        foreach (SelectedGroup group in run.Groups.Select(g => g.Group))
        {
            directions.Add(group.Group.Name, group.Leaves
                .SelectMany(task => directions[task])
                .GroupBy(m => m.Key)
                .ToDictionary(m => m.Key, m => m.Select(one => one.Value).Distinct().ToArray() is [var same] ? same : null));
        }

        return directions;
    }

    private static Dictionary<string, bool?> Directions(IEnumerable<MetricValue> metrics) =>
        metrics.DistinctBy(m => m.Metric).ToDictionary(m => m.Metric, m => (bool?)m.HigherIsBetter);
}

/// <param name="Original">Documents that the task has.</param>
/// <param name="Effective">Documents that were evaluated.</param>
public sealed record DocumentCount(int Original, int Effective);
