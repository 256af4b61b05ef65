using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Quantiles of Student's t. They are searched by hand, because the library's search fails for few degrees of freedom and small levels.
/// </summary>
internal static class StudentQuantile
{
    /// <summary>Bisection steps, after which no digit of a double changes any more.</summary>
    private const int Steps = 100;

    /// <param name="freedom">The degrees of freedom, above 0.</param>
    /// <param name="level">The probability above the quantile, above 0 and at most 0.5.</param>
    /// <returns>The quantile, 0 or more.</returns>
    internal static double Upper(double freedom, double level)
    {
        double low = 0, high = 1;
        while (Above(high) > level)
            high *= 2;
        for (int i = 0; i < Steps; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Above(middle) > level ? (middle, high) : (low, middle);
        }

        return high;

        // The lower tail has all its digits where the upper one is 1 minus almost 1.
        double Above(double quantile) => StudentT.CDF(0, 1, freedom, -quantile);
    }
}
