namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Computes means and standard errors. Values are summed in document order without compensation, as lm-evaluation-harness does, so
/// that equal scores give equal results down to the last digit.
/// </summary>
/// <remarks>
/// Source: the behaviour of lm-evaluation-harness's mean, mean_stderr, aggregate_subtask_metrics and pooled_sample_stderr.
/// </remarks>
internal static class Aggregation
{
    public static double Mean(IReadOnlyList<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum / values.Count;
    }

    /// <summary>
    /// Returns the sample standard deviation divided by the square root of n, or null for fewer than two values.
    /// </summary>
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

    /// <summary>
    /// Returns the weighted mean and its standard error, by the linearized variance of a ratio. The error is null for fewer than two
    /// values.
    /// </summary>
    /// <remarks>Source: Särndal, Swensson and Wretman 1992, Model Assisted Survey Sampling, 5.7 (the weighted sample mean).</remarks>
    public static (double Mean, double? StandardError) WeightedMean(IReadOnlyList<double> values, IReadOnlyList<double> weights)
    {
        double total = weights.Sum(), mean = values.Zip(weights, (v, w) => v * w).Sum() / total;
        double squares = values.Zip(weights, (v, w) => w * w * (v - mean) * (v - mean)).Sum();
        double correction = (double)values.Count / (values.Count - 1);
        return (mean, values.Count < 2 ? null : Math.Sqrt(squares * correction) / total);
    }

    /// <summary>Returns the mean over tasks, which are weighted by their sizes or have equal weights.</summary>
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

    /// <summary>
    /// Returns the standard error of a mean over tasks with equal weights, or null if a task has none. The errors of the tasks are
    /// independent, so their variances add up.
    /// </summary>
    public static double? MeanOfMeansStandardError(IReadOnlyList<double?> standardErrors) => standardErrors.Any(e => e is null)
        ? null
        : Math.Sqrt(standardErrors.Sum(e => e!.Value * e.Value)) / standardErrors.Count;

    /// <summary>
    /// Returns the standard error of the tasks' pooled samples, or null if a task has none. It is the error of a mean weighted by
    /// size; lm-evaluation-harness prints it for every group.
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
