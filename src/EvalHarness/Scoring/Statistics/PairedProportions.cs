using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The difference of two proportions on the same samples, by the score method: holds its level where few answers differ, and where none
/// does the interval is as wide as so many samples allow, not zero.
/// </summary>
/// <remarks>Source: Tango 1998, Statistics in Medicine 17, 891-908.</remarks>
/// <param name="Lost">Samples that went from right to wrong. A fraction where clusters make samples count for less.</param>
/// <param name="Won">Samples that went from wrong to right.</param>
/// <param name="Count">All samples, above 0.</param>
public readonly record struct PairedProportions(double Lost, double Won, double Count)
{
    /// <summary>Share lost, minus share won.</summary>
    public double Drop => (Lost - Won) / Count;

    /// <summary>Standard normal deviate of this drop if the true one were <paramref name="drop"/>.</summary>
    /// <param name="drop">-1 to 1.</param>
    public double Score(double drop)
    {
        double distance = Lost - Won - (Count * drop), deviation = Deviation(drop);
        return deviation > 0 ? distance / deviation : distance == 0 ? 0 : double.CopySign(double.PositiveInfinity, distance);
    }

    /// <summary>Standard deviation of lost minus won if the true drop were <paramref name="drop"/>.</summary>
    private double Deviation(double drop)
    {
        if (drop < 0)
            return new PairedProportions(Won, Lost, Count).Deviation(-drop);
        // The likeliest share won, given the drop: the larger root of a square equation.
        double a = 2 * Count, b = -Lost - Won + ((a - Lost + Won) * drop), c = -Won * drop * (1 - drop);
        double won = (Math.Sqrt(Math.Max(0, (b * b) - (4 * a * c))) - b) / (2 * a);
        return Math.Sqrt(Math.Max(0, Count * ((2 * won) + (drop * (1 - drop)))));
    }

    /// <summary>How many times as many samples leave <paramref name="drop"/> outside the interval, if these shares are the true ones.</summary>
    /// <param name="drop">-1 to 1.</param>
    /// <param name="z">Deviates of the interval.</param>
    /// <param name="power">Deviates of the share of repetitions that is to find it.</param>
    /// <returns>Infinite where the drop is the true one.</returns>
    public double Decisive(double drop, double z, double power)
    {
        double own = Math.Sqrt(Lost + Won - (Count * Drop * Drop));
        double needed = ((z * Deviation(drop)) + (power * own)) / Math.Abs(Lost - Won - (Count * drop));
        return needed * needed;
    }

    /// <summary>Probability of at least this drop if the true one is <paramref name="drop"/>.</summary>
    public double Above(double drop) => 1 - Normal.CDF(0, 1, Score(drop));

    /// <summary>All drops that lie within <paramref name="z"/> deviates.</summary>
    public Interval Interval(double z) => new(Solve(z), Solve(-z));

    /// <summary>The score falls as the assumed drop rises.</summary>
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
