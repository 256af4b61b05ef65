using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Exact confidence limits of a proportion. They hold their level for every proportion and every number of samples, and are wider than
/// needed for few samples.
/// </summary>
/// <remarks>Source: Clopper and Pearson 1934, Biometrika 26, 404-413, as quantiles of the beta distribution.</remarks>
internal static class ClopperPearson
{
    /// <param name="successes">
    /// The number of successes, 0 to <paramref name="count"/>. It can be a fraction, as can the count, if it stands for samples that
    /// depend on each other, or if a sample can be a success in part.
    /// </param>
    /// <param name="count">The number of samples, above 0.</param>
    /// <param name="level">The probability that the interval covers the true proportion, for example 0.95.</param>
    /// <returns>The interval, within 0 to 1.</returns>
    internal static Interval Interval(double successes, double count, double level = 0.95)
    {
        double tail = (1 - level) / 2;
        return new Interval(
            successes <= 0 ? 0 : Beta.InvCDF(successes, count - successes + 1, tail),
            successes >= count ? 1 : Beta.InvCDF(successes + 1, count - successes, 1 - tail));
    }
}
