namespace EvalHarness.Scoring.Statistics;

/// <summary>A confidence interval.</summary>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The 97.5% point of the normal distribution: 95% lie between it and its negative.</summary>
    public const double Normal95 = 1.959963984540054;

    /// <summary>Wilson's where the value is the mean of scores that are all 0 or 1, else the value and 1.96 standard errors to each side.</summary>
    /// <param name="value">The score.</param>
    /// <param name="scores">Of the samples.</param>
    /// <param name="standardError">Of the score; null where it has none.</param>
    /// <returns>Null where nothing is known: other scores than 0 and 1, and no standard error.</returns>
    public static Interval? Of(double value, IReadOnlyList<double> scores, double? standardError)
    {
        if (scores.Count > 0 && scores.All(s => s is 0 or 1) && Math.Abs(scores.Average() - value) < 1e-9)
            return Wilson(value, scores.Count);
        return standardError is { } error ? new Interval(value - (Normal95 * error), value + (Normal95 * error)) : null;
    }

    /// <summary>As <see cref="Of"/>, where the scores themselves are not at hand.</summary>
    public static Interval? OfMean(double value, int count, double? standardError) => IsShare(value, count, standardError)
        ? Wilson(value, count)
        : standardError is { } error ? new Interval(value - (Normal95 * error), value + (Normal95 * error)) : null;

    /// <summary>Whether a mean is one of zeros and ones: such a mean has this standard error, and no other mean within 0 and 1 has.</summary>
    public static bool IsShare(double value, int count, double? standardError) =>
        count > 1 && value is >= 0 and <= 1 && standardError is { } error && Math.Abs((error * error * (count - 1)) - (value * (1 - value))) < 1e-9;

    /// <summary>Wilson's score interval for a proportion: holds its level for few samples and near 0 and 1.</summary>
    /// <param name="proportion">0 to 1.</param>
    /// <param name="count">Samples, 1 or more.</param>
    /// <param name="z">Quantile of the normal distribution.</param>
    /// <remarks>Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209-212; Brown, Cai, DasGupta 2001, Stat. Sci. 16, 101-133, equation 4.</remarks>
    public static Interval Wilson(double proportion, int count, double z = Normal95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double square = z * z;
        double center = (proportion + (square / (2 * count))) / (1 + (square / count));
        double half = z / (1 + (square / count)) * Math.Sqrt((proportion * (1 - proportion) / count) + (square / (4.0 * count * count)));
        return new Interval(Math.Max(0, center - half), Math.Min(1, center + half));
    }
}
