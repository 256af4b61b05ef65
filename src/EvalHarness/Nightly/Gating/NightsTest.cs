using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Nightly.Gating;

/// <summary>What a night adds to the nights before it that were compared with the same baseline.</summary>
/// <param name="Loss">The loss against the baseline, as <see cref="LossTest"/> counts.</param>
/// <param name="Changes">
/// The sum of the squared changes of the score that single rows made since the night before; of the first night since the baseline.
/// </param>
/// <param name="Row">The squared change of the score that a row makes that goes from right to wrong.</param>
internal sealed record NightEvidence(double Loss, double Changes, double Row);

/// <summary>
/// Says whether nights together confirm what the last of them shows. Answers of an unchanged model flip from night to night, the baseline's
/// among them, and thirty looks at the same baseline find by chance what one look would not. How much answers flip is known from each
/// night and the one before it, so the average loss since the baseline, and the loss of the last nights against the baseline and against
/// all before them, can be held to limits that hold for all nights together.
/// </summary>
/// <remarks>
/// Source: the second statistic is Page's test of a change at an unknown time, Page 1954, Biometrika 41, 100-115, with the limits of the
/// study "nights" in the benchmarks: at most one false alarm in twenty series of 30 unchanged nights.
/// </remarks>
/// <param name="Nights">The nights since the baseline in the order of time, one or more; the last is judged.</param>
/// <param name="Noise">
/// How far runs of an unchanged model lie apart because rows move together, which the changes of single rows do not show; null where that
/// is not known.
/// </param>
internal sealed record NightsTest(IReadOnlyList<NightEvidence> Nights, RunNoise? Noise = null)
{
    /// <summary>
    /// The most rows, and the largest share of the rows, that are counted as changed beside those that were seen to, because a few nights
    /// hardly show how many change.
    /// </summary>
    private const double UnseenChanges = 8, UnseenShare = 1 / 40.0;

    /// <summary>By what the level of the first statistic is divided, so that both together keep theirs.</summary>
    private const double ShareOfAverage = 0.9;

    /// <summary>By what the level of the second is divided: it looks at every night at which the loss may have begun.</summary>
    private const double Looks = 300;

    /// <summary>The variance that flipping answers give to the score of one night.</summary>
    private double Variance
    {
        get
        {
            double row = Nights[^1].Row, unseen = Math.Min(UnseenChanges, UnseenShare / Math.Sqrt(row));
            return (Nights.Sum(n => n.Changes) + (unseen * row)) / (2 * Nights.Count);
        }
    }

    /// <param name="allowed">The loss that is allowed.</param>
    /// <param name="level">The level of one side of a single night's test, 0.025 for one rule.</param>
    internal bool Confirms(double allowed, double level)
    {
        double average = level * ShareOfAverage, last = level / Looks;
        return Average(allowed, OfOneRun(average)) >= Normal.InvCDF(0, 1, 1 - average)
            || LastNights(allowed, OfOneRun(last)) >= Normal.InvCDF(0, 1, 1 - last);
    }

    /// <summary>The variance of one run's score of which as many deviates as belong to the level are what the noise can make.</summary>
    private double OfOneRun(double level)
    {
        double deviates = (Noise?.Reach(level) ?? 0) / Normal.InvCDF(0, 1, 1 - level);
        return deviates * deviates / 2;
    }

    private double Average(double allowed, double noise) =>
        Deviate(Nights.Average(n => n.Loss) - allowed, 1 + (1.0 / Nights.Count), noise);

    /// <summary>
    /// The largest deviate over all nights at which the loss may have begun, against the baseline and against all nights before. The first
    /// finds a loss that is allowed in part and grows; the second knows the level before from many nights.
    /// </summary>
    private double LastNights(double allowed, double noise)
    {
        double largest = double.NegativeInfinity, last = 0, all = Nights.Sum(n => n.Loss);
        for (int count = 1; count <= Nights.Count; count++)
        {
            last += Nights[^count].Loss;
            // The baseline is a night too, whose loss is 0.
            int before = Nights.Count - count + 1;
            double difference = (last / count) - ((all - last) / before);
            largest = Math.Max(largest, Deviate((last / count) - allowed, (1.0 / count) + 1, noise));
            largest = Math.Max(largest, Deviate(difference - allowed, (1.0 / count) + (1.0 / before), noise));
        }

        return largest;
    }

    private double Deviate(double distance, double nights, double noise) => distance / Math.Sqrt((Variance + noise) * nights);
}
