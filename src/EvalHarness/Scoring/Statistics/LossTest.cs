using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// An estimate of a loss, which is how much worse something is than something else, and how sure that is. A loss below 0 is a gain.
/// </summary>
internal abstract record LossTest
{
    /// <summary>The normal quantile of 0.8: a test with this power finds a difference in four of five repetitions.</summary>
    protected const double Power80 = 0.8416212335729143;

    /// <summary>The estimated loss.</summary>
    internal abstract double Estimate { get; }

    /// <summary>Returns the probability of at least this estimate if the true loss were <paramref name="allowed"/>.</summary>
    internal abstract double Above(double allowed);

    /// <summary>Returns the probability of at most this estimate if the true loss were <paramref name="allowed"/>.</summary>
    internal virtual double Below(double allowed) => 1 - Above(allowed);

    /// <summary>The two-sided p-value of "there is no loss and no gain".</summary>
    internal double P => Math.Min(1, 2 * Math.Min(Above(0), Below(0)));

    /// <summary>Returns the interval of the losses that the test does not reject.</summary>
    /// <param name="level">The level of each side; 0.025 for a 95% interval.</param>
    internal abstract Interval Interval(double level);

    /// <summary>
    /// Returns the factor by which the number of rows must grow to decide in four of five repetitions whether more than
    /// <paramref name="allowed"/> was lost, if the estimate is the truth. It is infinite if no number of rows decides.
    /// </summary>
    internal abstract double Decisive(double allowed, double level);

    /// <summary>
    /// Returns the smallest true difference that such a test finds at the 5% level, two-sided, in at least four of five repetitions, or
    /// null if it finds none.
    /// </summary>
    internal abstract double? Detectable { get; }
}

/// <summary>Rows that are right or wrong in both runs of one task.</summary>
internal sealed record ProportionsTest(PairedProportions Pairs) : LossTest
{
    internal override double Estimate => Pairs.Drop;

    internal override double Above(double allowed) => Pairs.Above(allowed);

    internal override Interval Interval(double level) => Pairs.Interval(Normal.InvCDF(0, 1, 1 - level));

    internal override double Decisive(double allowed, double level) =>
        Math.Max(1, Pairs.Decisive(allowed, Normal.InvCDF(0, 1, 1 - level), Power80));

    internal override double? Detectable => Pairs.Detectable(Statistics.Interval.Normal95, Power80);
}

/// <summary>A mean loss with a standard error, judged by Student's t.</summary>
/// <param name="Mean">The mean loss.</param>
/// <param name="StandardError">Its standard error, 0 or more.</param>
/// <param name="Freedom">The degrees of freedom of the standard error, above 0.</param>
internal sealed record MeanTest(double Mean, double StandardError, double Freedom) : LossTest
{
    internal override double Estimate => Mean;

    internal override double Above(double allowed) => StandardError > 0
        ? 1 - StudentT.CDF(0, 1, Freedom, (Mean - allowed) / StandardError)
        : Mean > allowed ? 0 : Mean < allowed ? 1 : 0.5;

    internal override Interval Interval(double level)
    {
        Interval interval = Statistics.Interval.Around(Mean, StudentQuantile.Upper(Freedom, level) * StandardError);
        return IsBounded ? interval.Clamp(-1, 1) : interval;
    }

    internal override double Decisive(double allowed, double level)
    {
        if (StandardError == 0)
            return Mean == allowed ? double.PositiveInfinity : 1;
        double quantiles = StudentQuantile.Upper(Freedom, level) + StudentQuantile.Upper(Freedom, 0.2);
        double needed = quantiles * StandardError / Math.Abs(Mean - allowed);
        return Math.Max(1, needed * needed);
    }

    /// <summary>The change of the mean that a single changed row makes; 0 if it is not known.</summary>
    internal double Row { get; init; }

    /// <summary>Whether no loss is larger than 1, because scores lie between 0 and 1.</summary>
    internal bool IsBounded { get; init; }

    /// <remarks>
    /// The power of Student's test by quantiles of t: Julious 2004, Statistics in Medicine 23, 1921-1986, equation 2. A loss is made of
    /// rows that change, so it adds to the variance itself.
    /// </remarks>
    internal override double? Detectable
    {
        get
        {
            if (StandardError == 0)
                return null;
            double quantiles = StudentQuantile.Upper(Freedom, Statistics.Interval.Level95) + StudentQuantile.Upper(Freedom, 0.2);
            double own = quantiles * quantiles * Row, error = 2 * quantiles * StandardError;
            double difference = (own + Math.Sqrt((own * own) + (error * error))) / 2;
            return IsBounded && difference > 1 ? null : difference;
        }
    }
}
