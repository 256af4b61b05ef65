namespace EvalHarness.Scoring.Statistics;

/// <summary>Finds the places where a series changes its level.</summary>
/// <remarks>
/// Source: the likelihood ratio of a change at an unknown place, Page 1954, Biometrika 41, 100-115, and Hinkley 1970, Biometrika 57, 1-17;
/// for more than one change binary segmentation, Scott and Knott 1974, Biometrics 30, 507-512.
/// </remarks>
internal static class ChangePoints
{
    /// <summary>How many successive measurements count as a level.</summary>
    public const int ShortestMeasured = 3;

    /// <summary>
    /// The measurements of which the median is taken. With this window two outliers vanish, and a level of
    /// <see cref="ShortestMeasured"/> measurements remains.
    /// </summary>
    private const int Window = (2 * ShortestMeasured) - 1;

    /// <summary>Finds changes of a score whose noise is known; also on the last night.</summary>
    /// <param name="values">The scores in the order of time.</param>
    /// <param name="noise">The noise of each of them.</param>
    /// <returns>The indices of the first value of each new level, in ascending order.</returns>
    public static IReadOnlyList<int> Find(IReadOnlyList<double> values, NightNoise noise) =>
        noise.Variance > 0 ? Find(values, 1, noise.Deviate, StepThreshold.KnownNoise) : [];

    /// <summary>
    /// Finds changes of a measurement whose noise is not known. Outliers are no change: a new level has at least
    /// <see cref="ShortestMeasured"/> measurements. The noise is what the running median of five leaves.
    /// </summary>
    /// <param name="values">The measurements in the order of time.</param>
    /// <param name="smallestNoise">
    /// A standard deviation, above 0, that the noise has at least. It keeps equal measurements from showing every small difference.
    /// </param>
    /// <returns>The indices of the first value of each new level, in ascending order.</returns>
    public static IReadOnlyList<int> FindMeasured(IReadOnlyList<double> values, double smallestNoise)
    {
        if (values.Count < 2 * ShortestMeasured)
            return [];
        double[] smooth = [.. Enumerable.Range(0, values.Count).Select(i => MedianAround(values, i))];
        double squares = smooth.Zip(values, (s, v) => (v - s) * (v - s)).Average();
        double noise = Math.Max(smallestNoise, Math.Sqrt(squares));
        return Find(
            smooth,
            ShortestMeasured,
            (difference, before, after) => Math.Abs(difference) / (noise * Math.Sqrt((1.0 / before) + (1.0 / after))),
            StepThreshold.MeasuredNoise);
    }

    /// <summary>The median of the measurements around one; at the ends, of the first or the last ones.</summary>
    private static double MedianAround(IReadOnlyList<double> values, int at)
    {
        int first = Math.Clamp(at - (Window / 2), 0, values.Count - Window);
        return Enumerable.Range(first, Window).Select(i => values[i]).Order().ElementAt(Window / 2);
    }

    private static IReadOnlyList<int> Find(
        IReadOnlyList<double> values, int shortest, Func<double, int, int, double> deviate, StepThreshold threshold)
    {
        double[] sums = new double[values.Count + 1];
        for (int i = 0; i < values.Count; i++)
            sums[i + 1] = sums[i] + values[i];
        var found = new SortedSet<int>();
        var parts = new Stack<(int From, int To)>([(0, values.Count)]);
        while (parts.TryPop(out (int From, int To) part))
        {
            (int from, int to) = part;
            int best = -1;
            double clearest = to - from < 2 ? double.PositiveInfinity : threshold.For(to - from);
            for (int at = from + shortest; at <= to - shortest; at++)
            {
                double left = (sums[at] - sums[from]) / (at - from), right = (sums[to] - sums[at]) / (to - at);
                double clear = deviate(right - left, at - from, to - at);
                if (clear > clearest)
                    (clearest, best) = (clear, at);
            }

            if (best < 0)
                continue;
            found.Add(best);
            parts.Push((from, best));
            parts.Push((best, to));
        }

        return [.. found];
    }
}
