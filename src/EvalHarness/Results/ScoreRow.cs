using System.Text.Json.Serialization;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Results;

/// <summary>One line of the table at the end of a run: a metric of a task or group under a filter.</summary>
public sealed record ScoreRow
{
    /// <summary>Name of the task or group.</summary>
    public required string Name { get; init; }

    /// <summary>Shown instead of the name.</summary>
    public required string Alias { get; init; }

    /// <summary>How many groups it stands under: 0 for groups and tasks that stand alone.</summary>
    public required int Depth { get; init; }

    /// <summary>As the task's file has it: a number or text.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public FreeValue Version { get; init; }

    public required string Filter { get; init; }

    /// <summary>Shots per prompt; null for groups and for imported tasks.</summary>
    [JsonPropertyName("n_shot")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public int? NumFewShot { get; init; }

    public required string Metric { get; init; }

    public required bool HigherIsBetter { get; init; }

    /// <summary>Null where every sample errored.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? Value { get; init; }

    /// <summary>Null where it cannot be estimated (fewer than two samples).</summary>
    [JsonPropertyName("stderr")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? StandardError { get; init; }

    /// <summary>See <see cref="MetricValue.ReferenceStandardError"/>; null where it is the same error.</summary>
    [JsonPropertyName("stderr_reference")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public double? ReferenceStandardError { get; init; }

    /// <inheritdoc cref="MetricValue.StandardErrorMethod"/>
    [JsonPropertyName("stderr_method")]
    public BootstrapMethod? StandardErrorMethod { get; init; }

    /// <inheritdoc cref="MetricValue.StandardErrorDraws"/>
    [JsonPropertyName("stderr_draws")]
    public int? StandardErrorDraws { get; init; }

    /// <summary>Samples that entered the value.</summary>
    [JsonPropertyName("n")]
    public required int Count { get; init; }

    /// <summary>Samples that could not be answered or graded, and entered nothing.</summary>
    public required int Errored { get; init; }

    /// <summary>The 95% interval that every table shows; null where the score has none.</summary>
    [JsonIgnore]
    public Interval? Interval => Value is { } value
        ? Scoring.Statistics.Interval.OfMean(value, Count, StandardError, isMeanOfTasks: IsMeanOfTasks)
        : null;

    /// <summary>
    /// Whether it is the mean over a group's tasks, each with the same weight. Where no standard errors were computed, it is not known, and
    /// false.
    /// </summary>
    [JsonIgnore]
    public bool IsMeanOfTasks => ReferenceStandardError is not null;

    /// <summary>"METRIC,FILTER", the key of the scores in the sample files.</summary>
    [JsonIgnore]
    public string Key => $"{Metric},{Filter}";

    internal static ScoreRow Of(MetricValue metric, string name, string alias, int depth, object? version, int? shots) => new()
    {
        Name = name,
        Alias = alias,
        Depth = depth,
        Version = new FreeValue(version),
        Filter = metric.Filter,
        NumFewShot = shots,
        Metric = metric.Metric,
        HigherIsBetter = metric.HigherIsBetter,
        Value = metric.Value,
        StandardError = metric.StandardError,
        ReferenceStandardError = metric.ReferenceStandardError,
        StandardErrorMethod = metric.StandardErrorMethod,
        StandardErrorDraws = metric.StandardErrorDraws,
        Count = metric.Count,
        Errored = metric.Errored,
    };

    /// <summary>The whole table: groups at their depth, each followed by its tasks, then the tasks that stand alone.</summary>
    internal static IEnumerable<ScoreRow> Table(RunResults run)
    {
        var shown = new HashSet<string>();
        foreach (GroupResult group in run.Groups)
        {
            int depth = group.Group.Depth;
            foreach (MetricValue metric in group.Metrics)
                yield return Of(metric, group.Group.Group.Name, group.Group.Group.Alias, depth, group.Group.Group.Version, shots: null);
            // The tasks of a group of groups stand under the inner ones.
            if (run.Groups.Any(g => g != group && g.Group.Depth > depth && g.Group.Leaves.All(group.Group.Leaves.Contains)))
                continue;
            foreach (TaskResult task in run.Tasks.Where(t => group.Group.Leaves.Contains(t.Task.Name) && shown.Add(t.Task.Name)))
            {
                foreach (ScoreRow row in Of(task, depth + 1))
                    yield return row;
            }
        }

        foreach (ScoreRow row in run.Tasks.Where(t => shown.Add(t.Task.Name)).SelectMany(t => Of(t, depth: 0)))
            yield return row;
    }

    private static IEnumerable<ScoreRow> Of(TaskResult task, int depth) =>
        task.Metrics.Select(m => Of(m, task.Task.Name, task.Task.Alias, depth, task.Task.Version, task.Run.NumFewShot));
}
