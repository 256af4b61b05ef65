using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Files;
using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Results;

/// <summary>
/// The metrics of a task or group as lm-evaluation-harness's "results" has them: a key "METRIC,FILTER" with the value and a key
/// "METRIC_stderr,FILTER" with its standard error. Readers here take them from <see cref="ScoreRow"/>.
/// </summary>
public sealed record ReportEntry
{
    /// <summary>lm-evaluation-harness's word for a number that there is not.</summary>
    private const string NoNumber = "N/A";

    public required string Name { get; init; }

    public required string Alias { get; init; }

    /// <summary>Documents.</summary>
    [JsonPropertyName("sample_len")]
    public required int Count { get; init; }

    /// <summary>Documents behind each metric of a group, by "METRIC,FILTER"; null for a task.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, int>? SampleCount { get; init; }

    [JsonInclude]
    [JsonExtensionData]
    internal Dictionary<string, JsonElement>? Metrics { get; init; }

    internal static ReportEntry Of(TaskResult task) => Of(task.Task.Name, task.Task.Alias, task.Count, task.Metrics);

    internal static ReportEntry Of(GroupResult group) =>
        Of(group.Group.Group.Name, group.Group.Group.Alias, group.Count, group.Metrics) with
        {
            // As for the values, the last one counts where a group states a metric twice.
            SampleCount = group.Metrics.Count == 0
                ? null
                : group.Metrics.GroupBy(m => $"{m.Metric},{m.Filter}").ToDictionary(m => m.Key, m => m.Last().Count),
        };

    internal static ReportEntry Of(string name, string alias, int count, IEnumerable<MetricValue> metrics)
    {
        var numbers = new Dictionary<string, JsonElement>();
        foreach (MetricValue metric in metrics)
        {
            numbers[$"{metric.Metric},{metric.Filter}"] = Number(metric.Value);
            numbers[$"{metric.Metric}_stderr,{metric.Filter}"] = Number(metric.ReferenceStandardError ?? metric.StandardError);
        }

        return new ReportEntry { Name = name, Alias = alias, Count = count, Metrics = numbers };
    }

    /// <summary>A whole number keeps its decimal point, because that program tells numbers and counts apart by it.</summary>
    private static JsonElement Number(double? value) =>
        JsonSerializer.SerializeToElement(new FreeValue(value is { } number ? number : NoNumber), ResultsJson.Line);
}
