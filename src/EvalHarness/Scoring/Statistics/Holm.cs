namespace EvalHarness.Scoring.Statistics;

/// <summary>Corrects p-values for the number of tests.</summary>
/// <remarks>Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.</remarks>
internal static class Holm
{
    /// <summary>
    /// Adjusts the p-values of several tests, so that a threshold of 5% gives a false positive in at most one of twenty families of
    /// tests.
    /// </summary>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> pValues)
    {
        int[] order = [.. Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i])];
        double[] adjusted = new double[pValues.Count];
        double largest = 0;
        for (int rank = 0; rank < order.Length; rank++)
            adjusted[order[rank]] = largest = Math.Max(largest, Math.Min(1, pValues[order[rank]] * (order.Length - rank)));
        return adjusted;
    }
}
