using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>A score from 0 to 1 and its noise, told as a number of rows.</summary>
/// <param name="Value">The score, 0 to 1.</param>
/// <param name="Rows">
/// How many independent rows, each right or wrong, have a share of right ones with the same noise. It can be a fraction.
/// </param>
internal readonly record struct UncertainScore(double Value, double Rows)
{
    /// <summary>Returns a score whose noise is known by its standard error.</summary>
    /// <param name="value">The score, 0 to 1.</param>
    /// <param name="standardError">The standard error of the score, 0 or more.</param>
    /// <param name="degreesOfFreedom">The degrees of freedom of that error, 1 or more.</param>
    /// <param name="rows">
    /// The rows to take where the error is 0, as it is when all rows have the same score. No mean of so many scores from 0 to 1 has more
    /// noise than a share of right rows.
    /// </param>
    /// <remarks>
    /// Source: the effective sample size and its correction for few degrees of freedom are those of Korn and Graubard 1998, Survey
    /// Methodology 24, 193-201. For a share of right rows the effective size is the number of the rows.
    /// </remarks>
    public static UncertainScore Of(double value, double standardError, int degreesOfFreedom, double rows)
    {
        double variance = value * (1 - value), square = standardError * standardError;
        double effective = square > 0 && variance > 0 ? (variance / square) + 1 : rows;
        double ratio = Statistics.Interval.Normal95 / StudentT.InvCDF(0, 1, degreesOfFreedom, 0.975);
        return new UncertainScore(value, effective * ratio * ratio);
    }

    /// <summary>Returns Wilson's interval of the score.</summary>
    /// <param name="z">The quantile of the normal distribution that gives the confidence level.</param>
    public Interval Interval(double z) => Statistics.Interval.Wilson(Value, (int)Math.Clamp(Math.Round(Rows), 1, int.MaxValue), z);
}
