using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published;

internal enum ReproductionVerdict
{
    /// <summary>The whole interval of the difference lies within the margin.</summary>
    Agrees,

    /// <summary>The scores may be equal, and may also be further apart than the margin.</summary>
    NotRefuted,

    /// <summary>The scores are not equal, and their difference may be larger than the margin.</summary>
    Differs,

    /// <summary>No task here measures the same, or it could not be run.</summary>
    Incomparable,
}

/// <summary>What is said of a measured score beside a published one.</summary>
/// <param name="Verdict">Never <see cref="ReproductionVerdict.Incomparable"/>.</param>
/// <param name="Difference">The measured score minus the published one, in points.</param>
/// <param name="Interval">95%, in points, with the noise of both scores and the rounding of the published one.</param>
/// <param name="P">The p-value of no difference, raised for the number of scores (Holm).</param>
internal sealed record ReproductionDecision(ReproductionVerdict Verdict, double Difference, Interval Interval, double P)
{
    private const double Level = 0.05;

    /// <summary>The largest difference in the interval, in points.</summary>
    public double CouldHide => Math.Max(Math.Abs(Interval.Low), Math.Abs(Interval.High));

    /// <summary>
    /// Decides about several scores together, so that scores that are all equal to the published ones give a difference in at most one of
    /// twenty such families.
    /// </summary>
    /// <param name="differences">Each measured score minus the published one, 1 for 100 points.</param>
    /// <param name="margin">The difference in points that does not matter to the user, above 0.</param>
    public static IReadOnlyList<ReproductionDecision> Of(IReadOnlyList<UnpairedDifference> differences, double margin)
    {
        IReadOnlyList<double> p = Holm.Adjust([.. differences.Select(d => d.P)]);
        return [.. differences.Select((difference, i) =>
        {
            Interval interval = difference.Interval(Interval.Normal95);
            var decision = new ReproductionDecision(
                ReproductionVerdict.NotRefuted, 100 * difference.Value, new Interval(100 * interval.Low, 100 * interval.High), p[i]);
            // A difference that surely is not 0 agrees all the same if it surely does not matter.
            return decision with
            {
                Verdict = decision.CouldHide <= margin ? ReproductionVerdict.Agrees
                    : p[i] <= Level ? ReproductionVerdict.Differs
                    : ReproductionVerdict.NotRefuted,
            };
        })];
    }
}
