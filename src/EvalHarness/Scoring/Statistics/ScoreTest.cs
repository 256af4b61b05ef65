using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>A score that must not be too small. The loss is the negative of the score.</summary>
/// <param name="Value">The score.</param>
/// <param name="Count">The number of rows, 1 or more.</param>
/// <param name="StandardError">The standard error of the score, or null for a single right or wrong row.</param>
internal sealed record ScoreTest(double Value, int Count, double? StandardError) : LossTest
{
    /// <summary>Bisection steps, after which a p-value is known to 1e-9.</summary>
    private const int Steps = 30;

    /// <summary>Whether it is the mean over a group's tasks, each with the same weight.</summary>
    internal bool IsMeanOfTasks { get; init; }

    private bool IsShare => Statistics.Interval.IsShare(Value, Count, StandardError);

    private int Right => (int)Math.Round(Value * Count);

    internal override double Estimate => -Value;

    /// <summary>Returns null if the score has no interval, so that nothing can be said of it.</summary>
    internal static ScoreTest? Of(double value, int count, double? standardError, bool isMeanOfTasks = false) =>
        count > 0 && Statistics.Interval.OfMean(value, count, standardError, isMeanOfTasks: isMeanOfTasks) is not null
            ? new(value, count, standardError) { IsMeanOfTasks = isMeanOfTasks }
            : null;

    /// <remarks>
    /// For shares the binomial test, because Wilson's interval lies below 95% for 8 of 10 right rows, which a true share of 95% gives in
    /// 9 of 100 runs. For other scores the level of the interval that ends at the allowed score.
    /// </remarks>
    internal override double Above(double allowed) =>
        IsShare ? AtMost(Right, -allowed) : Level(l => Score(l).High >= -allowed);

    internal override double Below(double allowed) =>
        !IsShare ? Level(l => Score(l).Low <= -allowed)
        : Right == 0 ? 1
        : 1 - AtMost(Right - 1, -allowed);

    /// <summary>The probability of at most so many right rows if each is right with a probability; 0 if that lies above 1.</summary>
    private double AtMost(int right, double probability) => probability > 1 ? 0
        : probability == 1 ? right >= Count ? 1 : 0
        : probability <= 0 ? 1
        : Binomial.CDF(probability, Count, right);

    internal override Interval Interval(double level)
    {
        Interval score = Score(level);
        return new Interval(-score.High, -score.Low);
    }

    private Interval Score(double level) =>
        Statistics.Interval.OfMean(Value, Count, StandardError, level, IsMeanOfTasks)!.Value;

    /// <summary>Returns the largest level at which the interval still contains the allowed score, 0 to 1.</summary>
    private static double Level(Func<double, bool> contains)
    {
        // An interval at a level above 0.5 would end on the other side of the score.
        if (contains(0.5))
            return 1;
        double low = 0, high = 0.5;
        for (int i = 0; i < Steps; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = contains(middle) ? (middle, high) : (low, middle);
        }

        return low;
    }

    internal override double Decisive(double allowed, double level)
    {
        double distance = Math.Abs(-Value - allowed), z = Normal.InvCDF(0, 1, 1 - level) + Power80;
        double error = Math.Max(StandardError ?? 0, 1.0 / Count), needed = z * error / distance;
        return distance == 0 ? double.PositiveInfinity : Math.Max(1, needed * needed);
    }

    internal override double? Detectable => null;
}
