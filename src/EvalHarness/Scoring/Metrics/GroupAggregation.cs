using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Scoring.Metrics;

/// <summary>A group's metrics from those of its tasks.</summary>
public static class GroupAggregation
{
    /// <param name="group">The group; its leaves give the order in which sums run.</param>
    /// <param name="metricsOf">A task's metrics by name.</param>
    /// <param name="countOf">A task's documents by name: the weights, as in the reference.</param>
    public static IReadOnlyList<MetricValue> Aggregate(SelectedGroup group, Func<string, IReadOnlyList<MetricValue>> metricsOf, Func<string, int> countOf)
    {
        var aggregated = new List<MetricValue>();
        foreach (GroupMetric metric in group.Group.Metrics)
        {
            IEnumerable<string> filters = metric.Filters ?? [.. group.Leaves.SelectMany(l => metricsOf(l)).Where(m => m.Metric == metric.Metric).Select(m => m.Filter).Distinct().Order(StringComparer.Ordinal)];
            foreach (string filter in filters)
            {
                (MetricValue Value, int Size)[] parts = [.. group.Leaves
                    .Select(leaf => (Value: metricsOf(leaf).FirstOrDefault(m => m.Metric == metric.Metric && m.Filter == filter), Size: countOf(leaf)))
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
        // A task whose samples all errored has no value and no weight; its samples are counted as errored.
        (MetricValue Value, int Size)[] valued = [.. parts.Where(p => p.Value.Value is not null)];
        int[] sizes = [.. valued.Select(p => p.Value.Errored == 0 ? p.Size : p.Value.Count)];
        double? pooled = valued.Length == 0 ? null : Aggregation.PooledStandardError([.. valued.Select(p => p.Value.StandardError)], sizes);
        return new MetricValue
        {
            Metric = metric.Metric,
            Filter = filter,
            Value = valued.Length == 0 ? null : Aggregation.GroupMean([.. valued.Select(p => p.Value.Value!.Value)], sizes, metric.WeightBySize),
            StandardError = valued.Length == 0 ? null : metric.WeightBySize ? pooled : Aggregation.MeanOfMeansStandardError([.. valued.Select(p => p.Value.StandardError)]),
            ReferenceStandardError = metric.WeightBySize ? null : pooled,
            Count = parts.Sum(p => p.Value.Count),
            Errored = parts.Sum(p => p.Value.Errored),
            HigherIsBetter = parts[0].Value.HigherIsBetter,
        };
    }
}
