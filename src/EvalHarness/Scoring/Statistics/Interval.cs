namespace EvalHarness.Scoring.Statistics;

/// <summary>A confidence interval from <paramref name="Low"/> to <paramref name="High"/>.</summary>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The 97.5% quantile of the normal distribution. 95% of the distribution lie between it and its negative.</summary>
    public const double Normal95 = 1.959963984540054;

    /// <summary>
    /// Returns the 95% interval of a score. It is Wilson's interval if the score is the mean of samples that all score 0 or 1, and
    /// otherwise extends 1.96 standard errors to each side.
    /// </summary>
    /// <param name="value">The score.</param>
    /// <param name="scores">The scores of the samples.</param>
    /// <param name="standardError">The standard error of the score, or null if it has none.</param>
    /// <returns>The interval, or null if the samples have other scores than 0 and 1 and there is no standard error.</returns>
    public static Interval? Of(double value, IReadOnlyList<double> scores, double? standardError)
    {
        if (scores.Count > 0 && scores.All(s => s is 0 or 1) && Math.Abs(scores.Average() - value) < 1e-9)
            return Wilson(value, scores.Count);
        return standardError is { } error ? new Interval(value - (Normal95 * error), value + (Normal95 * error)) : null;
    }

    /// <summary>Returns the same interval as <see cref="Of"/> for a mean whose samples are not available.</summary>
    public static Interval? OfMean(double value, int count, double? standardError) => IsShare(value, count, standardError)
        ? Wilson(value, count)
        : standardError is { } error ? new Interval(value - (Normal95 * error), value + (Normal95 * error)) : null;

    /// <summary>
    /// Says whether a mean is the mean of zeros and ones. Such a mean has the standard error sqrt(value (1 - value) / (count - 1)), and
    /// no other mean of values from 0 to 1 has it.
    /// </summary>
    public static bool IsShare(double value, int count, double? standardError) =>
        count > 1
        && value is >= 0 and <= 1
        && standardError is { } error
        && Math.Abs((error * error * (count - 1)) - (value * (1 - value))) < 1e-9;

    /// <summary>
    /// Returns Wilson's score interval for a proportion, which keeps its confidence level for few samples and for proportions near 0
    /// and 1.
    /// </summary>
    /// <param name="proportion">The proportion, 0 to 1.</param>
    /// <param name="count">The number of samples, 1 or more.</param>
    /// <param name="z">The quantile of the normal distribution that gives the confidence level.</param>
    /// <remarks>
    /// Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209-212; Brown, Cai and DasGupta 2001, Stat. Sci. 16, 101-133, equation 4.
    /// </remarks>
    public static Interval Wilson(double proportion, int count, double z = Normal95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double square = z * z;
        double center = (proportion + (square / (2 * count))) / (1 + (square / count));
        double half = z / (1 + (square / count)) * Math.Sqrt((proportion * (1 - proportion) / count) + (square / (4.0 * count * count)));
        return new Interval(Math.Max(0, center - half), Math.Min(1, center + half));
    }
}
