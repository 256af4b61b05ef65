using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>
/// Reads the key metric_list of a task file. Keys that are not given have the defaults of lm-evaluation-harness.
/// </summary>
internal static class MetricReader
{
    private static readonly HashSet<string> Own = ["metric", "aggregation", "higher_is_better", "hf_evaluate"];

    /// <summary>The metric of Hugging Face's evaluate that is the same as the one of lm-evaluation-harness with this name.</summary>
    private const string SameInEvaluate = "exact_match";

    /// <param name="file">The task file.</param>
    /// <param name="type">The output type of the task, which determines the default metrics.</param>
    /// <param name="processed">Whether the task has the key process_results.</param>
    /// <param name="functions">Finds the metrics and aggregations that are functions.</param>
    /// <returns>The metrics, and the name of the grader that computes them.</returns>
    internal static (IReadOnlyList<MetricDefinition> Metrics, string Grader) Read(
        TaskFile file, OutputType type, bool processed, FunctionResolver functions)
    {
        string grader = processed ? "process_results" : type switch
        {
            OutputType.MultipleChoice => "multiple_choice",
            OutputType.GenerateUntil => "generation",
            _ => "log_likelihood",
        };
        IReadOnlyList<object?> entries = TaskReader.List(file, "metric_list");
        if (entries.Count == 0)
            return ([.. MetricTable.Metrics.Where(m => m.StandardFor.Contains(type)).Select(Default)], grader);
        var metrics = new List<MetricDefinition>();
        foreach (object? entry in entries)
        {
            (MetricDefinition metric, string? own) = Read(
                file, entry, type == OutputType.GenerateUntil && !processed, functions);
            metrics.RemoveAll(m => m.Name == metric.Name);
            metrics.Add(metric);
            grader = own ?? grader;
        }

        return (metrics, grader);
    }

    private static MetricDefinition Default(Metric metric) =>
        new(metric.Name, metric.Aggregation, metric.HigherIsBetter, new Dictionary<string, object?>());

    /// <param name="file">The task file.</param>
    /// <param name="entry">An entry of metric_list.</param>
    /// <param name="computed">
    /// Whether the metric is computed by the function that its name stands for. All other tasks compute a fixed set of metrics, or those
    /// of process_results, so that an entry only chooses one and says how it is aggregated.
    /// </param>
    /// <param name="functions">Finds the metrics and aggregations that are functions.</param>
    private static (MetricDefinition Metric, string? Grader) Read(
        TaskFile file, object? entry, bool computed, FunctionResolver functions)
    {
        if (entry is not IReadOnlyDictionary<string, object?> map)
            throw file.Error("metric_list", "expected entries with the key metric");
        var options = map.Where(m => !Own.Contains(m.Key)).ToDictionary();
        MetricFunction? own = null;
        string name;
        switch (map.GetValueOrDefault("metric"))
        {
            case string text:
                name = text;
                break;
            case FunctionReference function:
                own = functions.Metric(function, file.Place("metric_list"), options);
                name = function.Name[(function.Name.LastIndexOf('.') + 1)..];
                break;
            default:
                throw file.Error("metric_list", "an entry lacks the key metric");
        }

        if (map.GetValueOrDefault("hf_evaluate") is true && computed && name != SameInEvaluate)
        {
            throw file.Error(
                "metric_list",
                $"{name}: hf_evaluate: this metric of Hugging Face's evaluate is Python; of those that score completions, only "
                + $"{SameInEvaluate} has an equivalent here");
        }

        Metric? standard = MetricTable.Find(name);
        AggregationFunction? aggregate = null;
        string aggregation;
        switch (map.GetValueOrDefault("aggregation"))
        {
            case FunctionReference function:
                aggregate = functions.Aggregation(function, file.Place("metric_list"), name);
                aggregation = function.Name;
                break;
            case string text when MetricTable.FindAggregation(text) is not null:
                aggregation = text;
                break;
            case null:
                aggregation = standard?.Aggregation ?? "mean";
                break;
            case var other:
                throw file.Error(
                    "metric_list",
                    $"{name}: aggregation '{other}' is not known; "
                    + $"expected one of {string.Join(", ", MetricTable.Aggregations.Select(a => a.Name))}");
        }

        bool higherIsBetter = map.GetValueOrDefault("higher_is_better") is bool written ? written : standard?.HigherIsBetter ?? true;
        var metric = new MetricDefinition(name, aggregation, higherIsBetter, options)
        {
            Function = aggregate,
            Computed = own,
        };
        // An equivalent can be a whole grader; a function that runs itself is asked by the one of the task.
        return (metric, own is { RunsPython: true } ? null : own?.Grader);
    }
}
