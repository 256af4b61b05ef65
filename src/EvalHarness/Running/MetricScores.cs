using EvalHarness.Scoring.Judging;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>The scores of a task under one filter, metric by metric, in the order of the documents.</summary>
/// <param name="task">The task.</param>
/// <param name="filter">The name of the filter.</param>
/// <param name="weights">What each document stands for; null where all stand for the same.</param>
internal sealed class MetricScores(TaskDefinition task, string filter, IReadOnlyDictionary<long, double>? weights)
{
    private readonly OrderedDictionary<string, MetricAccumulator> _metrics = [];
    private readonly JudgeAudit? _audit = task.Judge is null ? null : new JudgeAudit(task, filter);

    /// <param name="documents">The number of documents that were graded or errored.</param>
    /// <returns>Null where no model grades the task.</returns>
    internal JudgeCard? Card(int documents) => _audit?.Card(documents);

    internal void Add(long document, string metric, object? score)
    {
        if (score is double value)
            _audit?.Add(document, metric, value);
        if (_audit?.Owns(metric) == true)
            return;
        if (!_metrics.TryGetValue(metric, out MetricAccumulator? accumulator))
            _metrics[metric] = accumulator = Accumulator(metric);
        accumulator.Add(score, weights?.GetValueOrDefault(document, 1) ?? 1);
    }

    /// <summary>In the task's own order; then what a grader adds to it. Where every sample errored there is a line all the same.</summary>
    /// <param name="errored">
    /// The number of documents that errored under the filter. A document that was scored may lack a metric all the same.
    /// </param>
    /// <param name="bootstrapIterations">For standard errors of metrics that are no means.</param>
    internal IEnumerable<MetricValue> Aggregate(int errored, int bootstrapIterations)
    {
        string[] own = [.. task.Metrics.Select(m => m.Name)];
        return (_metrics.Count > 0 ? own.Where(_metrics.ContainsKey).Concat(_metrics.Keys.Except(own)) : own)
            .Select(metric => (_metrics.GetValueOrDefault(metric) ?? Accumulator(metric)).Aggregate(bootstrapIterations, errored));
    }

    private MetricAccumulator Accumulator(string metric) => new(MetricTable.Definition(task, metric), metric, filter);
}
