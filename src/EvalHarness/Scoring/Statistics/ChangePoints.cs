namespace EvalHarness.Scoring.Statistics;

/// <summary>Finds the places where a series changes its level.</summary>
/// <remarks>
/// Source: binary segmentation, Scott and Knott 1974, Biometrics 30, 507-512. The noise is estimated from successive differences,
/// which a step hardly affects.
/// </remarks>
internal static class ChangePoints
{
    /// <summary>
    /// The number of standard deviations that a step must exceed. In pure noise the largest of a thousand candidates stays below 4 in 19
    /// of 20 series. The limit is higher, because a report shows many series.
    /// </summary>
    private const double Clear = 5;

    /// <summary>The smallest number of successive values that count as a level if the values scatter.</summary>
    private const int Shortest = 3;

    /// <param name="values">The values in the order of time.</param>
    /// <returns>The indices of the first value of each new level, in ascending order.</returns>
    public static IReadOnlyList<int> Find(IReadOnlyList<double> values)
    {
        if (values.Count < 2)
            return [];
        double noise = Noise(values);
        double[] sums = new double[values.Count + 1];
        for (int i = 0; i < values.Count; i++)
            sums[i + 1] = sums[i] + values[i];
        var found = new SortedSet<int>();
        Split(sums, noise, 0, values.Count, found);
        return [.. found];
    }

    /// <summary>
    /// Estimates the standard deviation of the values from the differences of neighbours. It is 0 if most neighbours are equal.
    /// </summary>
    private static double Noise(IReadOnlyList<double> values)
    {
        double[] differences = [.. values.Zip(values.Skip(1), (a, b) => Math.Abs(b - a)).Order()];
        // The median of absolute normal deviates is 0.6745 standard deviations, and a difference has twice the variance of a value.
        return differences[differences.Length / 2] / 0.6745 / Math.Sqrt(2);
    }

    private static void Split(double[] sums, double noise, int from, int to, SortedSet<int> found)
    {
        int side = noise == 0 ? 1 : Shortest, best = -1;
        double clearest = 0, whole = sums[to] - sums[from];
        for (int at = from + side; at <= to - side; at++)
        {
            double left = (sums[at] - sums[from]) / (at - from), right = (sums[to] - sums[at]) / (to - at);
            double clear = Math.Abs(right - left) / Math.Sqrt((1.0 / (at - from)) + (1.0 / (to - at)));
            if (clear > clearest)
                (clearest, best) = (clear, at);
        }

        // Rounding makes the means of equal values differ in their last digits, and that difference must not count as a step.
        double rounding = 1e-9 * Math.Max(1, Math.Abs(whole) / (to - from));
        if (best < 0 || clearest <= Math.Max(Clear * noise, rounding))
            return;
        found.Add(best);
        Split(sums, noise, from, best, found);
        Split(sums, noise, best, to, found);
    }
}
