namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// The loss of a model, of which the two runs that are compared are draws: the loss between the runs with the noise that runs of an
/// unchanged model have.
/// </summary>
/// <param name="Runs">The loss between the two runs.</param>
/// <param name="Noise">How far two runs of an unchanged model lie apart.</param>
internal sealed record NoisyTest(LossTest Runs, RunNoise Noise) : LossTest
{
    /// <summary>Bisection steps, after which a p-value is known to 1e-9.</summary>
    private const int Steps = 30;

    internal override double Estimate => Runs.Estimate;

    internal override double Above(double allowed) => allowed == Estimate ? 0.5
        : allowed < Estimate ? Level(level => Interval(level).Low <= allowed)
        : 1 - Level(level => Interval(level).High >= allowed);

    /// <summary>Returns the largest level at which the interval still contains what is allowed, 0 to 0.5.</summary>
    private static double Level(Func<double, bool> contains)
    {
        double low = 0, high = 0.5;
        for (int i = 0; i < Steps; i++)
        {
            double middle = (low + high) / 2;
            (low, high) = contains(middle) ? (middle, high) : (low, middle);
        }

        return low;
    }

    internal override Interval Interval(double level)
    {
        Interval wide = Noise.Widen(Estimate, Runs.Interval(level), level);
        return Runs is ProportionsTest or MeanTest { IsBounded: true } ? wide.Clamp(-1, 1) : wide;
    }

    /// <remarks>More rows of the same two runs do not make the runs less noisy.</remarks>
    internal override double Decisive(double allowed, double level)
    {
        double distance = Estimate - allowed, reach = Noise.Reach(level), left = (distance * distance) - (reach * reach);
        return left > 0 ? Runs.Decisive(allowed, level) * distance * distance / left : double.PositiveInfinity;
    }

    /// <remarks>Only the gate knows the noise, and it does not ask.</remarks>
    internal override double? Detectable => null;
}
