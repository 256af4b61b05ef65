using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Metrics;

/// <summary>Computes the metrics of a group from those of its tasks.</summary>
internal static class GroupAggregation
{
    /// <param name="group">The group. Sums run over its tasks in the order of its leaves.</param>
    /// <param name="metricsOf">Returns the metrics of the task with the given name.</param>
    /// <param name="countOf">
    /// Returns the number of documents of the task with the given name, which is the task's weight, as in lm-evaluation-harness.
    /// </param>
    public static IReadOnlyList<MetricValue> Aggregate(
        SelectedGroup group, Func<string, IReadOnlyList<MetricValue>> metricsOf, Func<string, int> countOf)
    {
        var aggregated = new List<MetricValue>();
        foreach (GroupMetric metric in group.Group.Metrics)
        {
            IEnumerable<string> filters = metric.Filters ?? [.. group.Leaves
                .SelectMany(leaf => metricsOf(leaf))
                .Where(m => m.Metric == metric.Metric)
                .Select(m => m.Filter)
                .Distinct()
                .Order(StringComparer.Ordinal)];
            foreach (string filter in filters)
            {
                MetricValue? Find(string leaf) =>
                    metricsOf(leaf).FirstOrDefault(m => m.Metric == metric.Metric && m.Filter == filter);
                (MetricValue Value, int Size)[] parts = [.. group.Leaves
                    .Select(leaf => (Value: Find(leaf), Size: countOf(leaf)))
                    .Where(p => p.Value is not null)
                    .Select(p => (p.Value!, p.Size))];
                if (parts.Length > 0)
                    aggregated.Add(Combine(metric, filter, parts));
            }
        }

        return aggregated;
    }

    private static MetricValue Combine(GroupMetric metric, string filter, (MetricValue Value, int Size)[] parts)
    {
        // A task whose samples all errored has no value and no weight, but its samples are counted as errored.
        (MetricValue Value, int Size)[] valued = [.. parts.Where(p => p.Value.Value is not null)];
        int[] sizes = [.. valued.Select(p => p.Value.Errored == 0 ? p.Size : p.Value.Count)];
        double[] values = [.. valued.Select(p => p.Value.Value!.Value)];
        double?[] errors = [.. valued.Select(p => p.Value.StandardError)];
        bool empty = valued.Length == 0;
        double? pooled = empty ? null : Aggregation.PooledStandardError(errors, sizes);
        return new MetricValue
        {
            Metric = metric.Metric,
            Filter = filter,
            Value = empty ? null : Aggregation.GroupMean(values, sizes, metric.WeightBySize),
            StandardError = empty ? null : metric.WeightBySize ? pooled : Aggregation.MeanOfMeansStandardError(errors),
            ReferenceStandardError = metric.WeightBySize ? null : pooled,
            Count = parts.Sum(p => p.Value.Count),
            Errored = parts.Sum(p => p.Value.Errored),
            HigherIsBetter = parts[0].Value.HigherIsBetter,
        };
    }
}
