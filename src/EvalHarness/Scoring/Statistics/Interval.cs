using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>A confidence interval from <paramref name="Low"/> to <paramref name="High"/>.</summary>
/// <param name="Low">The lower bound.</param>
/// <param name="High">The upper bound.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>The 97.5% quantile of the normal distribution. 95% of the distribution lie between it and its negative.</summary>
    public const double Normal95 = 1.959963984540054;

    /// <summary>The level of each side of a 95% interval.</summary>
    internal const double Level95 = 0.025;

    /// <summary>
    /// Returns the interval of a score, the same in every table. A share of rows that are right has Wilson's interval. Any other mean has
    /// Student's, which for scores from 0 to 1 is at least as wide as Wilson's for as many right or wrong rows as would have the same
    /// standard error, and does not leave 0 to 1.
    /// </summary>
    /// <param name="value">The score.</param>
    /// <param name="count">The number of rows that entered it, 1 or more.</param>
    /// <param name="standardError">The standard error of the score, or null if it has none.</param>
    /// <param name="level">The level of each side; 0.025 for a 95% interval.</param>
    /// <param name="isMeanOfTasks">Whether it is the mean over a group's tasks, each with the same weight.</param>
    /// <returns>The interval, or null if there is no standard error and the score is not that of a single right or wrong row.</returns>
    public static Interval? OfMean(double value, int count, double? standardError, double level = Level95, bool isMeanOfTasks = false)
    {
        double z = level == Level95 ? Normal95 : Normal.InvCDF(0, 1, 1 - level);
        if (IsShare(value, count, standardError))
            return Wilson(value, count, z);
        if (standardError is not { } error || count < 2)
            return null;
        Interval student = Around(value, StudentQuantile.Upper(count - 1, level) * error);
        // The pooled variance of a group's rows is at most twice that of its score, as tasks have two rows or more. For the same reason the
        // variance of a mean over tasks is at most half of that of a single right or wrong row.
        bool bounded = IsBounded(value, count, error / Math.Sqrt(2))
            || (isMeanOfTasks && value is >= 0 and <= 1 && error * error <= value * (1 - value) / 2);
        return bounded ? student.Hull(Wilson(value, EffectiveCount(value, count, error), z)).Clamp(0, 1) : student;
    }

    /// <summary>
    /// Says whether a mean is the mean of zeros and ones. Such a mean has the standard error sqrt(value (1 - value) / (count - 1)), and
    /// no other mean of values from 0 to 1 has it.
    /// </summary>
    public static bool IsShare(double value, int count, double? standardError) => count == 1
        ? value is 0 or 1
        : value is >= 0 and <= 1
            && standardError is { } error
            && Math.Abs((error * error * (count - 1)) - (value * (1 - value))) < 1e-9;

    /// <summary>
    /// Says whether a mean can be that of values from 0 to 1, which cannot have a larger standard error than zeros and ones.
    /// </summary>
    internal static bool IsBounded(double value, int count, double standardError) =>
        value is >= 0 and <= 1 && standardError * standardError * (count - 1) <= (value * (1 - value)) + 1e-9;

    /// <summary>
    /// Returns the number of right or wrong rows that would have the same standard error. Near 0 and 1 one row more that is entirely wrong,
    /// or right, is counted, so that a few small losses are not taken for all that can happen.
    /// </summary>
    internal static double EffectiveCount(double value, int count, double standardError)
    {
        double fromMiddle = 1 - (2 * value), row = fromMiddle * fromMiddle / count;
        return Math.Max(1, ((value * (1 - value)) + row) / ((standardError * standardError) + (row * row)));
    }

    /// <summary>
    /// Returns Wilson's score interval for a proportion, which keeps its confidence level for few samples and for proportions near 0
    /// and 1.
    /// </summary>
    /// <param name="proportion">The proportion, 0 to 1.</param>
    /// <param name="count">The number of samples, 1 or more; it can be a fraction if it is an effective number.</param>
    /// <param name="z">The quantile of the normal distribution that gives the confidence level.</param>
    /// <remarks>
    /// Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209-212; Brown, Cai and DasGupta 2001, Stat. Sci. 16, 101-133, equation 4.
    /// </remarks>
    public static Interval Wilson(double proportion, double count, double z = Normal95)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        double square = z * z;
        double center = (proportion + (square / (2 * count))) / (1 + (square / count));
        double half = z / (1 + (square / count)) * Math.Sqrt((proportion * (1 - proportion) / count) + (square / (4.0 * count * count)));
        return new Interval(Math.Max(0, center - half), Math.Min(1, center + half));
    }

    internal static Interval Around(double value, double half) => new(value - half, value + half);

    internal Interval Hull(Interval other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));

    internal Interval Clamp(double low, double high) => new(Math.Max(low, Low), Math.Min(high, High));
}
