using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Aggregates one metric over all documents of a task and computes its standard error as lm-evaluation-harness does: by a formula for
/// means, and otherwise by bootstrap, with the same seeds unless that takes too many draws (<see cref="BootstrapMethod"/>).
/// </summary>
/// <remarks>
/// Source: the behaviour of lm-evaluation-harness's aggregations, stderr_for_metric and bootstrap_stderr, and of scikit-learn's
/// f1_score and matthews_corrcoef.
/// </remarks>
internal static class CorpusMetric
{
    /// <summary>The default number of bootstrap iterations, which is that of lm-evaluation-harness.</summary>
    public const int DefaultBootstrapIterations = 100_000;

    /// <param name="aggregation">The name of the aggregation as task files write it.</param>
    /// <param name="function">The equivalent of a Python function that aggregates instead, or null.</param>
    /// <param name="items">One value per document: a number, or the plain value that the aggregation expects.</param>
    /// <param name="bootstrapIterations">The number of bootstrap iterations; 0 for no standard errors.</param>
    /// <exception cref="ArgumentException">The aggregation is not known, or an item has the wrong type.</exception>
    public static CorpusScore Aggregate(
        string aggregation, AggregationFunction? function, IEnumerable<object?> items, int bootstrapIterations)
    {
        CorpusStatistic statistic = CorpusStatistic.Create(aggregation, function);
        foreach (object? item in items)
            statistic.Add(item);
        return Aggregate(statistic, aggregation, function, bootstrapIterations);
    }

    /// <summary>Aggregates the scores that a statistic of this aggregation was given.</summary>
    internal static CorpusScore Aggregate(
        CorpusStatistic statistic, string aggregation, AggregationFunction? function, int bootstrapIterations)
    {
        ErrorMethod? known = function is null ? MetricTable.FindAggregation(aggregation)?.Error : null;
        return statistic.Aggregate(known ?? ErrorMethod.None, bootstrapIterations);
    }
}
