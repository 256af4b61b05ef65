namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Compares two models on the same samples. Because the scores are subtracted sample by sample, the difficulty of the samples cancels
/// out, and smaller differences become visible than by comparing two averages.
/// </summary>
internal static class Paired
{
    /// <summary>
    /// The sum of the 97.5% and the 80% quantile of the normal distribution. A difference of this many standard errors is significant
    /// at the 5% level in four of five repetitions.
    /// </summary>
    private const double Power80 = Interval.Normal95 + 0.8416212335729143;

    /// <summary>Returns the standard error of the mean of differences, or null for fewer than two differences.</summary>
    /// <param name="differences">The candidate's score minus the base's score, one per sample.</param>
    /// <param name="clusters">
    /// For each sample the number of its cluster from 0, such as a subject, within which errors may be correlated. Null if the samples
    /// are independent.
    /// </param>
    /// <remarks>Source: Miller 2024, Adding Error Bars to Evals, arXiv:2411.00640, sections 2.2 (clusters) and 4.2 (pairs).</remarks>
    public static double? StandardError(IReadOnlyList<double> differences, IReadOnlyList<int>? clusters)
    {
        int n = differences.Count;
        if (clusters is null || n < 2)
            return Aggregation.MeanStandardError(differences);
        double mean = differences.Average();
        double[] sums = new double[clusters.Max() + 1];
        for (int i = 0; i < n; i++)
            sums[clusters[i]] += differences[i] - mean;
        // The variance of the mean plus all covariances within clusters. As in the paper, only the variance is divided by n-1.
        double within = sums.Sum(s => s * s) - differences.Sum(d => (d - mean) * (d - mean));
        double alone = Aggregation.MeanStandardError(differences)!.Value;
        return Math.Sqrt(Math.Max(0, (alone * alone) + (within / ((double)n * n))));
    }

    /// <summary>
    /// Returns the p-value of the exact two-sided McNemar test: the probability of flips at least as one-sided as these if both
    /// directions were equally likely.
    /// </summary>
    /// <param name="rightToWrong">The number of samples that the base answers right and the candidate wrong.</param>
    /// <param name="wrongToRight">The number of samples that the base answers wrong and the candidate right.</param>
    /// <remarks>
    /// Source: McNemar 1947, Psychometrika 12, 153-157. The exact form is a binomial test with n = flips and p = 1/2.
    /// </remarks>
    public static double McNemar(int rightToWrong, int wrongToRight)
    {
        int flips = rightToWrong + wrongToRight, fewer = Math.Min(rightToWrong, wrongToRight);
        // The terms are computed as logarithms, because 2^-flips underflows from 1,075 flips on.
        double logTerm = -flips * Math.Log(2), tail = 0;
        for (int k = 0; k <= fewer; k++)
        {
            tail += Math.Exp(logTerm);
            logTerm += Math.Log(flips - k) - Math.Log(k + 1);
        }

        return Math.Min(1, 2 * tail);
    }

    /// <summary>
    /// Returns the smallest true difference that is significant at the 5% level in four of five repetitions with this standard error.
    /// </summary>
    /// <remarks>Source: Miller 2024, section 5.</remarks>
    public static double SmallestVisible(double standardError) => Power80 * standardError;

    /// <summary>
    /// Adjusts the p-values of several tests, so that a threshold of 5% gives a false positive in at most one of twenty families of
    /// tests.
    /// </summary>
    /// <remarks>Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.</remarks>
    public static IReadOnlyList<double> Holm(IReadOnlyList<double> pValues)
    {
        int[] order = [.. Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i])];
        double[] adjusted = new double[pValues.Count];
        double largest = 0;
        for (int rank = 0; rank < order.Length; rank++)
            adjusted[order[rank]] = largest = Math.Max(largest, Math.Min(1, pValues[order[rank]] * (order.Length - rank)));
        return adjusted;
    }
}
