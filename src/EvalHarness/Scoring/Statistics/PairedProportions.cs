using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The difference of two proportions on the same samples, judged by the score method. The method keeps its confidence level if few
/// answers differ, and its interval has a positive width even if no answer differs.
/// </summary>
/// <remarks>Source: Tango 1998, Statistics in Medicine 17, 891-908.</remarks>
/// <param name="Lost">The number of samples that went from right to wrong.</param>
/// <param name="Won">The number of samples that went from wrong to right.</param>
/// <param name="Count">The number of all samples, above 0.</param>
internal readonly record struct PairedProportions(double Lost, double Won, double Count)
{
    /// <summary>The observed drop, which is the share of samples lost minus the share won, -1 to 1.</summary>
    public double Drop => (Lost - Won) / Count;

    /// <summary>Returns the standard normal deviate of the observed drop if the true drop were <paramref name="drop"/>.</summary>
    /// <param name="drop">The assumed true drop, -1 to 1.</param>
    public double Score(double drop)
    {
        double distance = Lost - Won - (Count * drop), deviation = Deviation(drop);
        return deviation > 0 ? distance / deviation : distance == 0 ? 0 : double.CopySign(double.PositiveInfinity, distance);
    }

    /// <summary>Returns the standard deviation of lost minus won if the true drop were <paramref name="drop"/>.</summary>
    private double Deviation(double drop)
    {
        if (drop < 0)
            return new PairedProportions(Won, Lost, Count).Deviation(-drop);
        // The maximum likelihood estimate of the share won, given the drop, is the larger root of a quadratic equation.
        double a = 2 * Count, b = -Lost - Won + ((a - Lost + Won) * drop), c = -Won * drop * (1 - drop);
        double won = (Math.Sqrt(Math.Max(0, (b * b) - (4 * a * c))) - b) / (2 * a);
        return Math.Sqrt(Math.Max(0, Count * ((2 * won) + (drop * (1 - drop)))));
    }

    /// <summary>
    /// Returns the factor by which the number of samples must grow to leave <paramref name="drop"/> outside the interval, provided that
    /// the observed shares are the true ones.
    /// </summary>
    /// <param name="drop">The drop to be excluded, -1 to 1.</param>
    /// <param name="z">The normal quantile that gives the confidence level of the interval.</param>
    /// <param name="power">The normal quantile that gives the share of repetitions in which the drop is to be excluded.</param>
    /// <returns>The factor; infinity if the drop is the observed one.</returns>
    public double Decisive(double drop, double z, double power)
    {
        double own = Math.Sqrt(Lost + Won - (Count * Drop * Drop)), distance = Math.Abs(Lost - Won - (Count * drop));
        double needed = ((z * Deviation(drop)) + (power * own)) / distance;
        return distance == 0 ? double.PositiveInfinity : needed * needed;
    }

    /// <summary>
    /// Returns the smallest true difference that is found with the given power, if beside it as many samples flip in both directions as
    /// do here.
    /// </summary>
    /// <param name="z">The normal quantile that gives the level of the test of no difference.</param>
    /// <param name="power">The normal quantile that gives the share of repetitions in which the difference is to be found.</param>
    /// <returns>The difference, 0 to 1, or null if so few samples find none.</returns>
    /// <remarks>Source: Connor 1987, Biometrics 43, 207-211, equation 5, with half of the flips in each direction.</remarks>
    public double? Detectable(double z, double power)
    {
        double flips = (Lost + Won) / Count, count = Count;
        double low = 0, high = 1 - flips;
        if (!IsFound(high))
            return null;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = IsFound(middle) ? (low, middle) : (middle, high);
        }

        return high;

        bool IsFound(double difference)
        {
            double discordant = flips + difference, own = Math.Max(0, discordant - (difference * difference));
            return difference * Math.Sqrt(count) >= (z * Math.Sqrt(discordant)) + (power * Math.Sqrt(own));
        }
    }

    /// <summary>Returns the probability of at least the observed drop if the true drop is <paramref name="drop"/>.</summary>
    public double Above(double drop) => 1 - Normal.CDF(0, 1, Score(drop));

    /// <summary>Returns the interval of all drops whose score lies within <paramref name="z"/> standard deviations.</summary>
    public Interval Interval(double z) => new(Solve(z), Solve(-z));

    /// <summary>
    /// Returns the drop with the given score by bisection. The score falls monotonically as the assumed drop rises.
    /// </summary>
    private double Solve(double score)
    {
        double low = -1, high = 1;
        for (int i = 0; i < 60; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = Score(middle) > score ? (middle, high) : (low, middle);
        }

        return (low + high) / 2;
    }
}
