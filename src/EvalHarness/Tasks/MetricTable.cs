using static EvalHarness.Tasks.OutputType;

namespace EvalHarness.Tasks;

/// <summary>How the standard error of an aggregation is computed.</summary>
internal enum ErrorMethod
{
    /// <summary>The aggregation has none.</summary>
    None,

    /// <summary>By the formula for a mean.</summary>
    Formula,

    /// <summary>By bootstrap.</summary>
    Bootstrap,

    /// <summary>By bootstrap with at most 100 iterations, because the aggregation is slow.</summary>
    ShortBootstrap,
}

/// <summary>A way to make one number of the values of all documents.</summary>
/// <param name="Name">The name in task files.</param>
/// <param name="Error">How its standard error is computed.</param>
internal sealed record MetricAggregation(string Name, ErrorMethod Error);

/// <summary>A metric that a grader of this program computes.</summary>
/// <param name="Name">The name in task files and results.</param>
/// <param name="Aggregation">The aggregation unless the task file names another one.</param>
/// <param name="HigherIsBetter">The direction unless the task file says otherwise.</param>
/// <param name="For">The output types whose grader computes it; none for a metric that needs a grader of its own.</param>
/// <param name="StandardFor">The output types whose tasks have the metric unless they name others.</param>
internal sealed record Metric(string Name, string Aggregation, bool HigherIsBetter, OutputType[] For, params OutputType[] StandardFor)
{
    /// <summary>Whether each choice is also scored after an empty context.</summary>
    internal bool NeedsUnconditional { get; init; }
}

/// <summary>
/// All metrics and aggregations that are known by name. Reading task files, making requests, grading and aggregating all use this table.
/// </summary>
/// <remarks>Source: lm-evaluation-harness's registry of metrics and aggregations, for names, directions and defaults.</remarks>
internal static class MetricTable
{
    private static readonly OutputType[] Own = [];

    /// <summary>In the order in which the standard metrics of an output type are reported.</summary>
    internal static IReadOnlyList<Metric> Metrics { get; } =
    [
        new("perplexity", "perplexity", false, [LogLikelihood], LogLikelihood),
        new("acc", "mean", true, [MultipleChoice, LogLikelihood], MultipleChoice, LogLikelihood),
        new("acc_norm", "mean", true, [MultipleChoice], MultipleChoice),
        new("acc_bytes", "mean", true, [MultipleChoice]),
        new("acc_mutual_info", "mean", true, [MultipleChoice]) { NeedsUnconditional = true },
        new("exact_match", "mean", true, [MultipleChoice, GenerateUntil], GenerateUntil),
        new("f1", "f1", true, [MultipleChoice]),
        new("mcc", "matthews_corrcoef", true, [MultipleChoice]),
        new("brier_score", "brier_score", false, [MultipleChoice]),
        new("likelihood", "mean", true, Own),
        new("word_perplexity", "weighted_perplexity", false, [RollingLogLikelihood], RollingLogLikelihood),
        new("byte_perplexity", "weighted_perplexity", false, [RollingLogLikelihood], RollingLogLikelihood),
        new("bits_per_byte", "bits_per_byte", false, [RollingLogLikelihood], RollingLogLikelihood),
        new("bleu", "bleu", true, [GenerateUntil]),
        new("chrf", "chrf", true, [GenerateUntil]),
        new("ter", "ter", true, [GenerateUntil]),
        new("pass_at_k", "mean", true, Own),
        new("bypass", "bypass", true, [MultipleChoice, LogLikelihood, RollingLogLikelihood, GenerateUntil]),
    ];

    internal static IReadOnlyList<MetricAggregation> Aggregations { get; } =
    [
        new("bits_per_byte", ErrorMethod.None),
        new("bleu", ErrorMethod.ShortBootstrap),
        new("brier_score", ErrorMethod.None),
        new("bypass", ErrorMethod.None),
        new("chrf", ErrorMethod.ShortBootstrap),
        new("f1", ErrorMethod.Bootstrap),
        new("matthews_corrcoef", ErrorMethod.Bootstrap),
        new("mean", ErrorMethod.Formula),
        new("median", ErrorMethod.Bootstrap),
        new("nanmean", ErrorMethod.Bootstrap),
        new("perplexity", ErrorMethod.Bootstrap),
        new("ter", ErrorMethod.ShortBootstrap),
        new("weighted_perplexity", ErrorMethod.None),
    ];

    internal static Metric? Find(string name) => Metrics.FirstOrDefault(m => m.Name == name);

    internal static MetricAggregation? FindAggregation(string name) => Aggregations.FirstOrDefault(a => a.Name == name);

    /// <summary>
    /// How a metric of a task's results is aggregated: as the metric_list of the task says, like the metric whose function it comes from
    /// (pass@1 of pass_at_k), and otherwise by the mean.
    /// </summary>
    /// <remarks>Source: the behaviour of lm-evaluation-harness where it computes a task's aggregations.</remarks>
    internal static MetricDefinition Definition(TaskDefinition task, string metric) =>
        task.Metrics.FirstOrDefault(m => m.Name == metric)
        ?? (task.ProcessResults is null ? task.Metrics.FirstOrDefault(m => m.Name == "pass_at_k" || m.Computed?.Compute is not null) : null)
        ?? new MetricDefinition(metric, "mean", HigherIsBetter: true, new Dictionary<string, object?>());

    /// <summary>Checks that the grader of a task's output type computes all metrics that the task names.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Task"/>: it does not know one.</exception>
    internal static void Check(TaskDefinition task, string grader)
    {
        string[] known = [.. Metrics.Where(m => m.For.Contains(task.OutputType)).Select(m => m.Name)];
        // In the reference each of its metrics hands target and answer on to an aggregation, and a task's own knows what to do with them.
        bool HandsOn(MetricDefinition metric) =>
            task.OutputType == GenerateUntil && metric.Function is not null && Find(metric.Name) is not null;
        if (task.Metrics.FirstOrDefault(m => !known.Contains(m.Name) && m.Computed?.Compute is null && !HandsOn(m)) is not { } unknown)
            return;
        throw new EvalException(
            ExitCode.Task,
            $"{task.Source}: task {task.Name}: metric {unknown.Name} is not known to {grader}; known are {string.Join(", ", known)}");
    }
}
