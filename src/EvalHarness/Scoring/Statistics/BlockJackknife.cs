using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// Computes the errors of statistics of values that depend on their neighbours, such as the losses of the tokens of a text. The values
/// are cut into blocks, and each block is left out once. What remains differs from block to block as much as the dependence within
/// blocks makes it differ. Intervals are 95% and use Student's t with one degree of freedom less than there are blocks.
/// </summary>
/// <remarks>Source: Künsch 1989, The jackknife and the bootstrap for general stationary observations, Ann. Stat. 17, 1217-1241.</remarks>
internal sealed class BlockJackknife
{
    private readonly double[] _total;
    private readonly double[][] _without;
    private readonly double _quantile;

    /// <param name="blocks">For each of two or more blocks its sums, for example of its values and of their squares.</param>
    internal BlockJackknife(IReadOnlyList<double[]> blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks.Count, 2);
        _total = [.. Enumerable.Range(0, blocks[0].Length).Select(i => blocks.Sum(b => b[i]))];
        _without = [.. blocks.Select(b => b.Select((sum, i) => _total[i] - sum).ToArray())];
        _quantile = StudentT.InvCDF(0, 1, blocks.Count - 1, 0.975);
    }

    /// <param name="statistic">Computes the statistic of the sums over some blocks.</param>
    internal double StandardError(Func<double[], double> statistic) => Spread([.. _without.Select(statistic)]);

    private static double Spread(double[] replicates)
    {
        double mean = replicates.Average();
        return Math.Sqrt((replicates.Length - 1.0) / replicates.Length * replicates.Sum(r => (r - mean) * (r - mean)));
    }

    /// <summary>Returns the interval of a statistic whose distribution is nearly symmetric.</summary>
    internal Interval Interval(Func<double[], double> statistic)
    {
        double value = statistic(_total), half = _quantile * StandardError(statistic);
        return new Interval(value - half, value + half);
    }

    /// <summary>
    /// Returns the interval of the mean of values that are 0 or more and of which few are large. It is computed for the inverse cube root
    /// of the mean: a mean with its own standard error is skewed to the left by twice the skewness of the mean, and this transformation
    /// takes that away where the skewness is twice the coefficient of variation, as it is for the gamma distribution.
    /// </summary>
    /// <returns>
    /// The interval, or null if the blocks are so far apart that there is no upper bound, or if the mean without a block is not above 0.
    /// </returns>
    /// <remarks>Source: the idea of Hall 1992, On the removal of skewness by transformation, J. R. Stat. Soc. B 54, 221-228.</remarks>
    internal Interval? SkewedInterval(Func<double[], double> mean)
    {
        double value = mean(_total);
        double[] replicates = [.. _without.Select(mean)];
        if (replicates.All(r => r == value))
            return new Interval(value, value);
        if (value <= 0 || replicates.Any(r => r <= 0))
            return null;
        double root = Math.Pow(value, -1.0 / 3), half = _quantile * Spread([.. replicates.Select(r => Math.Pow(r, -1.0 / 3))]);
        return root > half ? new Interval(Math.Pow(root + half, -3), Math.Pow(root - half, -3)) : null;
    }

    /// <summary>
    /// Returns the interval of a share, within 0 to 1: the exact interval for as many independent values as would give the share its
    /// standard error. Where no block differs from another, values count as independent.
    /// </summary>
    /// <param name="share">The share, 0 to 1.</param>
    /// <param name="count">The number of values.</param>
    /// <remarks>Source: Korn and Graubard 1998, Survey Methodology 24, 193-201.</remarks>
    internal Interval ShareInterval(Func<double[], double> share, int count)
    {
        double value = share(_total), error = StandardError(share);
        double independent = error > 0 ? value * (1 - value) / (error * error) : count;
        double quantiles = StudentT.InvCDF(0, 1, count - 1, 0.975) / _quantile;
        independent = Math.Min(count, independent * quantiles * quantiles);
        return ClopperPearson.Interval(value * independent, independent);
    }
}
