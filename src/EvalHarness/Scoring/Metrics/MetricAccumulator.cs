using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Takes the scores that the documents of a task have in one metric under one filter, one after the other, and aggregates them. It keeps
/// of each document what its aggregation needs (<see cref="CorpusStatistic"/>), and the weight only where documents differ in it.
/// </summary>
/// <param name="definition">How the metric is aggregated.</param>
/// <param name="metric">The name of the metric.</param>
/// <param name="filter">The name of the filter pipeline.</param>
internal sealed class MetricAccumulator(MetricDefinition definition, string metric, string filter)
{
    private readonly CorpusStatistic _statistic = CorpusStatistic.Create(definition.Aggregation, definition.Function);

    private double _weight;
    private List<double>? _weights;
    private bool _onlyDoubles = true;

    /// <summary>The number of scores.</summary>
    internal int Count => _statistic.Count;

    /// <param name="score">Of the next document, as its grade has it: a number, or the plain value that the aggregation expects.</param>
    /// <param name="weight">What the document stands for; 1 where all were asked, or with the same probability.</param>
    /// <exception cref="ArgumentException">The score has the wrong type.</exception>
    internal void Add(object? score, double weight = 1)
    {
        if (Count == 0)
            _weight = weight;
        if (_weights is null && weight != _weight)
            _weights = [.. Enumerable.Repeat(_weight, Count)];
        _weights?.Add(weight);
        _onlyDoubles &= score is double;
        _statistic.Add(score);
    }

    /// <param name="bootstrapIterations">The number of draws for standard errors of metrics that are no means; 0 for no errors.</param>
    /// <param name="errored">The number of documents of the task that could not be scored.</param>
    internal MetricValue Aggregate(int bootstrapIterations, int errored)
    {
        CorpusScore score = _weights is null
            ? CorpusMetric.Aggregate(_statistic, definition.Aggregation, definition.Function, bootstrapIterations)
            : definition is { Aggregation: "mean", Function: null } && _onlyDoubles
                ? Weighted(((NumberStatistic)_statistic).Values, _weights)
                : new CorpusScore(null);
        return new MetricValue
        {
            Metric = metric,
            Filter = filter,
            Value = score.Value,
            StandardError = score.StandardError,
            StandardErrorMethod = score.Method,
            StandardErrorDraws = score.Draws,
            Count = Count,
            Errored = errored,
            HigherIsBetter = definition.HigherIsBetter,
        };
    }

    private static CorpusScore Weighted(IReadOnlyList<double> values, IReadOnlyList<double> weights)
    {
        (double mean, double? error) = Aggregation.WeightedMean(values, weights);
        return new CorpusScore(mean, error);
    }
}
