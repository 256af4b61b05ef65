using EvalHarness.Files;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tasks;

/// <summary>
/// Reads the key metric_list of a task file. Keys that are not given have the defaults of lm-evaluation-harness.
/// </summary>
internal static class MetricReader
{
    private static readonly HashSet<string> Own = ["metric", "aggregation", "higher_is_better", "hf_evaluate"];

    /// <summary>The aggregation and direction of each metric that lm-evaluation-harness knows by name.</summary>
    private static readonly Dictionary<string, (string Aggregation, bool HigherIsBetter)> Defaults = new()
    {
        ["acc"] = ("mean", true),
        ["acc_bytes"] = ("mean", true),
        ["acc_mutual_info"] = ("mean", true),
        ["acc_norm"] = ("mean", true),
        ["bits_per_byte"] = ("bits_per_byte", false),
        ["bleu"] = ("bleu", true),
        ["brier_score"] = ("brier_score", false),
        ["bypass"] = ("bypass", true),
        ["byte_perplexity"] = ("weighted_perplexity", false),
        ["chrf"] = ("chrf", true),
        ["exact_match"] = ("mean", true),
        ["f1"] = ("f1", true),
        ["likelihood"] = ("mean", true),
        ["mcc"] = ("matthews_corrcoef", true),
        ["pass_at_k"] = ("mean", true),
        ["perplexity"] = ("perplexity", false),
        ["ter"] = ("ter", true),
        ["word_perplexity"] = ("weighted_perplexity", false),
    };

    /// <summary>The aggregations that a file can name. <see cref="Scoring.Metrics.CorpusMetric"/> computes them.</summary>
    private static readonly HashSet<string> Aggregations =
    [
        "bits_per_byte", "bleu", "brier_score", "bypass", "chrf", "f1", "matthews_corrcoef", "mean", "median", "nanmean",
        "perplexity", "ter", "weighted_perplexity",
    ];

    /// <param name="file">The task file.</param>
    /// <param name="type">The output type of the task, which determines the default metrics.</param>
    /// <param name="processed">Whether the task has the key process_results.</param>
    /// <returns>The metrics, and the name of the grader that computes them.</returns>
    internal static (IReadOnlyList<MetricDefinition> Metrics, string Grader) Read(TaskFile file, OutputType type, bool processed)
    {
        string grader = processed ? "process_results" : type switch
        {
            OutputType.MultipleChoice => "multiple_choice",
            OutputType.GenerateUntil => "generation",
            _ => "log_likelihood",
        };
        IReadOnlyList<object?> entries = TaskReader.List(file, "metric_list");
        if (entries.Count == 0)
            return ([.. Standard(type).Select(Default)], grader);
        var metrics = new List<MetricDefinition>();
        foreach (object? entry in entries)
        {
            (MetricDefinition metric, string? own) = Read(file, entry, processed);
            metrics.RemoveAll(m => m.Name == metric.Name);
            metrics.Add(metric);
            grader = own ?? grader;
        }

        return (metrics, grader);
    }

    private static MetricDefinition Default(string name) =>
        new(name, Defaults[name].Aggregation, Defaults[name].HigherIsBetter, new Dictionary<string, object?>());

    private static string[] Standard(OutputType type) => type switch
    {
        OutputType.MultipleChoice => ["acc", "acc_norm"],
        OutputType.LogLikelihood => ["perplexity", "acc"],
        OutputType.RollingLogLikelihood => ["word_perplexity", "byte_perplexity", "bits_per_byte"],
        _ => ["exact_match"],
    };

    private static (MetricDefinition Metric, string? Grader) Read(TaskFile file, object? entry, bool processed)
    {
        if (entry is not IReadOnlyDictionary<string, object?> map)
            throw file.Error("metric_list", "expected entries with the key metric");
        string? grader = null;
        string name;
        switch (map.GetValueOrDefault("metric"))
        {
            case string text:
                name = text;
                break;
            case FunctionReference function:
                grader = TaskReader.Resolve<MetricFunction>(function, file.Place("metric_list")).Grader;
                name = function.Name[(function.Name.LastIndexOf('.') + 1)..];
                break;
            default:
                throw file.Error("metric_list", "an entry lacks the key metric");
        }

        if (map.GetValueOrDefault("hf_evaluate") is true && !processed)
        {
            throw file.Error(
                "metric_list",
                $"{name}: hf_evaluate: metrics of Hugging Face's evaluate are Python; there is no equivalent of them here");
        }

        bool known = Defaults.TryGetValue(name, out (string Aggregation, bool HigherIsBetter) standard);
        AggregationFunction? aggregate = null;
        string aggregation;
        switch (map.GetValueOrDefault("aggregation"))
        {
            case FunctionReference function:
                aggregate = TaskReader.Resolve<AggregationFunction>(function, file.Place("metric_list"));
                aggregation = function.Name;
                break;
            case string text when Aggregations.Contains(text):
                aggregation = text;
                break;
            case null when known:
                aggregation = standard.Aggregation;
                break;
            case null:
                aggregation = "mean";
                break;
            case var other:
                throw file.Error(
                    "metric_list",
                    $"{name}: aggregation '{other}' is not known; expected one of {string.Join(", ", Aggregations)}");
        }

        bool higherIsBetter = map.GetValueOrDefault("higher_is_better") is bool written ? written : !known || standard.HigherIsBetter;
        var options = map.Where(m => !Own.Contains(m.Key)).ToDictionary();
        return (new MetricDefinition(name, aggregation, higherIsBetter, options, aggregate), grader);
    }
}
