namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// How many standard deviations the clearest difference in a series must exceed to be called a step, by the length of the series: the
/// longer it is, the more places there are at which chance may make a difference.
/// </summary>
internal sealed class StepThreshold
{
    private readonly (double LogLength, double Deviates)[] _points;

    private StepThreshold(params (int Length, double Deviates)[] points) =>
        _points = [.. points.Select(p => (Math.Log(p.Length), p.Deviates))];

    /// <summary>
    /// For noise that is known. Each value is the 99.1% quantile of the clearest difference in normal noise (4,000,000 series of length 2
    /// to 12,000 of length 3,000; the errors of the quantiles are below 0.01 up to 1,000). <c>study history</c> of the benchmarks counts
    /// how many unchanged series exceed it.
    /// </summary>
    public static StepThreshold KnownNoise { get; } = new(
        (2, 2.62),
        (3, 2.83),
        (4, 2.95),
        (6, 3.09),
        (10, 3.22),
        (14, 3.30),
        (20, 3.37),
        (30, 3.44),
        (50, 3.52),
        (90, 3.60),
        (180, 3.67),
        (365, 3.74),
        (1_000, 3.80),
        (3_000, 3.83));

    /// <summary>
    /// For noise that is estimated from the series, with levels of at least three values. Each value is just above the 99.1% quantile in
    /// uniform noise, which is larger than in normal noise and in noise with outliers (400,000 series of length 6 to 10,000 of length
    /// 1,000).
    /// </summary>
    public static StepThreshold MeasuredNoise { get; } = new(
        (6, 2.95),
        (7, 4.00),
        (8, 4.35),
        (10, 4.57),
        (14, 4.60),
        (20, 4.63),
        (30, 4.65),
        (50, 4.71),
        (90, 4.82),
        (180, 4.93),
        (365, 5.08),
        (1_000, 5.18));

    /// <summary>
    /// Returns the threshold for a series, interpolated in the logarithm of its length. A longer series than the longest one of the table
    /// has that one's, a shorter one the shortest one's.
    /// </summary>
    /// <param name="length">The number of values, 2 or more.</param>
    public double For(int length)
    {
        double log = Math.Log(length);
        int next = Array.FindIndex(_points, p => p.LogLength >= log);
        if (next <= 0)
            return next < 0 ? _points[^1].Deviates : _points[0].Deviates;
        ((double low, double from), (double high, double to)) = (_points[next - 1], _points[next]);
        return from + ((to - from) * (log - low) / (high - low));
    }
}
