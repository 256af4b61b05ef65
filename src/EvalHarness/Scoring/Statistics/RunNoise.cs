using MathNet.Numerics.Distributions;

namespace EvalHarness.Scoring.Statistics;

/// <summary>
/// How far the scores of two runs of an unchanged model lie apart because many rows move together, as they do where another batch or
/// another number of threads changes the numbers that a model computes. Rows that flip each for itself are left out: a paired test of two
/// runs sees them flip.
/// </summary>
/// <remarks>
/// What is random is the configuration that a run had, and with it the shift that all its rows have in common. Configurations are drawn,
/// J runs within a configuration are drawn too, and the variance of a run's score is Var(means of configurations) + (1 - 1/J) Var(runs
/// within them), with the degrees of freedom of Satterthwaite 1946, Biometrics Bulletin 2, 110-114. From it the variance is taken that
/// rows explain which flip each for itself. How often this is wrong is simulated in the study "noise" of the benchmarks.
/// </remarks>
/// <param name="Variance">The variance of the score of one run, of which two are compared.</param>
/// <param name="Freedom">The degrees of freedom of that variance, 1 or more.</param>
/// <param name="Flips">The part of the variance of a difference of two runs that rows explain that flip each for itself.</param>
/// <param name="Row">The change of the score that a row makes that goes from right to wrong, of the row that weighs most.</param>
/// <param name="Changed">
/// The mean change of a row without its sign, 0 to 1, between the two runs that differ most: for right and wrong the share of rows that
/// changed. Two runs lie no further apart than rows change.
/// </param>
internal sealed record RunNoise(double Variance, double Freedom, double Flips, double Row, double Changed)
{
    private const double FewestFreedom = 2;

    /// <param name="scores">The score of each run, two or more; runs of one configuration stand beside each other.</param>
    /// <param name="repeats">The runs of each configuration, 1 or more.</param>
    /// <param name="flips">See <see cref="Flips"/>.</param>
    /// <param name="row">See <see cref="Row"/>.</param>
    /// <param name="changed">See <see cref="Changed"/>.</param>
    internal static RunNoise Of(IReadOnlyList<double> scores, int repeats, double flips, double row, double changed)
    {
        double[][] configurations = [.. scores.Chunk(repeats)];
        double within = configurations.Average(VarianceOf) * (1 - (1.0 / repeats));
        double between = VarianceOf([.. configurations.Select(c => c.Average())]);
        double total = within + between, squares = Share(between, configurations.Length - 1)
            + Share(within, configurations.Length * (repeats - 1));
        double freedom = total > 0 ? total * total / squares : scores.Count - 1;
        return new RunNoise(total, freedom, flips, row, changed);

        static double Share(double variance, int freedom) => variance == 0 ? 0 : variance * variance / freedom;
    }

    private static double VarianceOf(double[] values)
    {
        double mean = values.Average();
        return values.Length < 2 ? 0 : values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }

    /// <summary>
    /// Returns how far two runs lie apart in one direction at most, because rows move together: the limit for a new pair of runs by
    /// Student's t, without what single flips explain, and no more than rows can have changed. One row more is counted as moved than was
    /// seen to, because so few rows and runs do not show every row that can. Two configurations show no spread, so all rows that changed
    /// may then move together.
    /// </summary>
    /// <param name="level">The probability that they lie further apart in that direction, above 0 and at most 0.5.</param>
    internal double Reach(double level)
    {
        double normal = Normal.InvCDF(0, 1, 1 - level);
        double most = Math.Max(Row * normal, ClopperPearson.Interval(Changed / Row, 1 / Row, 1 - (2 * level)).High);
        if (Freedom < FewestFreedom)
            return most;
        double student = StudentQuantile.Upper(Freedom, level);
        double together = Math.Max(0, (2 * Variance * student * student) - (Flips * normal * normal));
        return Math.Min(most, Math.Sqrt(together + (Row * Row * normal * normal)));
    }

    /// <summary>Returns an interval of a difference of two runs with the noise of the runs.</summary>
    /// <param name="estimate">The estimate of the difference.</param>
    /// <param name="interval">Its interval, which takes the two runs as they are.</param>
    /// <param name="level">The level of each side of the interval.</param>
    /// <remarks>Source: the interval of a sum from those of its parts, Zou and Donner 2008, Statistics in Medicine 27, 1693-1702.</remarks>
    internal Interval Widen(double estimate, Interval interval, double level)
    {
        double reach = Reach(level), below = estimate - interval.Low, above = interval.High - estimate;
        return new Interval(
            estimate - Math.Sqrt((below * below) + (reach * reach)),
            estimate + Math.Sqrt((above * above) + (reach * reach)));
    }
}
