using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Nightly.Gating;

/// <summary>An estimate of how much worse something became, and how sure that is.</summary>
internal abstract record GateTest
{
    /// <summary>The normal quantile of 0.8: a test with this power finds a difference in four of five repetitions.</summary>
    protected const double Power80 = 0.8416212335729143;

    /// <summary>Larger is worse.</summary>
    internal abstract double Estimate { get; }

    /// <summary>Probability of at least this estimate if the truth were just allowed.</summary>
    internal abstract double Above(double allowed);

    /// <param name="level">Level of each side: 0.025 for a 95% interval.</param>
    internal abstract Interval Interval(double level);

    /// <summary>
    /// By how much the number of rows must be multiplied to decide in four of five repetitions, if the estimate is the truth; infinite
    /// where no number does.
    /// </summary>
    internal abstract double Decisive(double allowed, double level);
}

/// <summary>Rows that are right or wrong in both runs.</summary>
internal sealed record ProportionsTest(PairedProportions Pairs) : GateTest
{
    internal override double Estimate => Pairs.Drop;

    internal override double Above(double allowed) => Pairs.Above(allowed);

    internal override Interval Interval(double level) => Pairs.Interval(Normal.InvCDF(0, 1, 1 - level));

    internal override double Decisive(double allowed, double level) =>
        Math.Max(1, Pairs.Decisive(allowed, Normal.InvCDF(0, 1, 1 - level), Power80));
}

/// <summary>A mean with its standard error, above 0.</summary>
/// <param name="Mean">Larger is worse.</param>
/// <param name="StandardError">Above 0.</param>
/// <param name="Freedom">Degrees of freedom of the error.</param>
internal sealed record MeanTest(double Mean, double StandardError, double Freedom) : GateTest
{
    internal override double Estimate => Mean;

    internal override double Above(double allowed) => 1 - StudentT.CDF(0, 1, Freedom, (Mean - allowed) / StandardError);

    internal override Interval Interval(double level)
    {
        double half = StudentT.InvCDF(0, 1, Freedom, 1 - level) * StandardError;
        return new Interval(Mean - half, Mean + half);
    }

    internal override double Decisive(double allowed, double level)
    {
        double needed = (Normal.InvCDF(0, 1, 1 - level) + Power80) * StandardError / Math.Abs(Mean - allowed);
        return Math.Max(1, needed * needed);
    }
}

/// <summary>A proportion that must not be too small; its estimate is the negative of it.</summary>
internal sealed record ShareTest(double Share, int Count) : GateTest
{
    internal override double Estimate => -Share;

    internal override double Above(double allowed)
    {
        double variance = -allowed * (1 + allowed) / Count;
        return variance > 0 ? 1 - Normal.CDF(0, 1, (-Share - allowed) / Math.Sqrt(variance)) : -Share > allowed ? 0 : 1;
    }

    internal override Interval Interval(double level)
    {
        Interval interval = Scoring.Statistics.Interval.Wilson(Share, Count, Normal.InvCDF(0, 1, 1 - level));
        return new Interval(-interval.High, -interval.Low);
    }

    internal override double Decisive(double allowed, double level)
    {
        double z = Normal.InvCDF(0, 1, 1 - level) + Power80;
        double needed = z * Math.Sqrt(Math.Max(Share * (1 - Share), 1.0 / Count) / Count) / Math.Abs(-Share - allowed);
        return Math.Max(1, needed * needed);
    }
}
