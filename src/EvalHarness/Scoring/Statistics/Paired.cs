namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Two models on the same samples. Their difference is judged sample by sample: what is hard for both cancels out, and a difference shows
/// that two separate averages would hide.
/// </summary>
public static class Paired
{
    /// <summary>Sum of the 97.5% and the 80% point of the normal distribution: seen at 5% in four of five repetitions.</summary>
    private const double Power80 = Interval.Normal95 + 0.8416212335729143;

    /// <summary>Standard error of the mean of differences; null for fewer than two.</summary>
    /// <param name="differences">Candidate minus base, one per sample.</param>
    /// <param name="clusters">
    /// For each sample the group that it was drawn with (a subject): samples of a group may err together. Null where there are none.
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
        // The mean's variance plus all covariances within clusters; n-1 where samples stand alone, as in the formula.
        double within = sums.Sum(s => s * s) - differences.Sum(d => (d - mean) * (d - mean));
        double alone = Aggregation.MeanStandardError(differences)!.Value;
        return Math.Sqrt(Math.Max(0, (alone * alone) + (within / ((double)n * n))));
    }

    /// <summary>
    /// Probability of flips at least as one-sided as these if either direction were equally likely: the exact two-sided McNemar test.
    /// </summary>
    /// <remarks>Source: McNemar 1947, Psychometrika 12, 153-157; exact form: binomial with n = flips and p = 1/2.</remarks>
    public static double McNemar(int rightToWrong, int wrongToRight)
    {
        int flips = rightToWrong + wrongToRight, fewer = Math.Min(rightToWrong, wrongToRight);
        // In logarithms: 2^-flips underflows from 1,075 flips on.
        double logTerm = -flips * Math.Log(2), tail = 0;
        for (int k = 0; k <= fewer; k++)
        {
            tail += Math.Exp(logTerm);
            logTerm += Math.Log(flips - k) - Math.Log(k + 1);
        }

        return Math.Min(1, 2 * tail);
    }

    /// <summary>The smallest difference that samples with this error show at the 5% level in four of five repetitions.</summary>
    /// <remarks>Source: Miller 2024, section 5.</remarks>
    public static double SmallestVisible(double standardError) => Power80 * standardError;

    /// <summary>p-values of several tests, each raised so that one in twenty families, not tests, has a false alarm.</summary>
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
