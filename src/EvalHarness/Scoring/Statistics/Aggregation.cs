namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Means and standard errors. Sums run in document order without compensation, because the reference's do: with the same scores
/// the same last digit comes out.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's mean, mean_stderr, aggregate_subtask_metrics, pooled_sample_stderr.</remarks>
public static class Aggregation
{
    public static double Mean(IReadOnlyList<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum / values.Count;
    }

    /// <summary>Sample standard deviation over the root of n; null for fewer than two values.</summary>
    public static double? MeanStandardError(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
            return null;
        double mean = Mean(values);
        double squares = 0;
        foreach (double value in values)
            squares += (value - mean) * (value - mean);
        return Math.Sqrt(squares / (values.Count - 1)) / Math.Sqrt(values.Count);
    }

    /// <summary>Mean over tasks, weighted by their sizes, or each task once.</summary>
    public static double GroupMean(IReadOnlyList<double> values, IReadOnlyList<int> sizes, bool weightBySize)
    {
        double sum = 0;
        long total = 0;
        for (int i = 0; i < values.Count; i++)
        {
            int size = weightBySize ? sizes[i] : 1;
            sum += values[i] * size;
            total += size;
        }

        return sum / total;
    }

    /// <summary>Of a mean over tasks that weigh the same: the tasks' errors are independent, so their variances add.</summary>
    public static double? MeanOfMeansStandardError(IReadOnlyList<double?> standardErrors) => standardErrors.Any(e => e is null)
        ? null
        : Math.Sqrt(standardErrors.Sum(e => e!.Value * e.Value)) / standardErrors.Count;

    /// <summary>
    /// Pooled standard error: right for means weighted by size, and what the reference prints for every group.
    /// </summary>
    public static double? PooledStandardError(IReadOnlyList<double?> standardErrors, IReadOnlyList<int> sizes)
    {
        if (standardErrors.Any(e => e is null))
            return null;
        double sum = 0;
        long total = 0;
        for (int i = 0; i < sizes.Count; i++)
        {
            double error = standardErrors[i]!.Value;
            sum += (sizes[i] - 1) * (error * error) * sizes[i];
            total += sizes[i];
        }

        return Math.Sqrt(sum / (total - sizes.Count) / total);
    }
}
