using EvalHarness.Analysis.Comparing;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>The test that fits a comparison's scores.</summary>
internal static class DropTest
{
    /// <returns>Null where a single row says nothing.</returns>
    internal static GateTest? Of(ComparedScore score)
    {
        double sign = score.HigherIsBetter ? -1 : 1;
        if (score.Flips is { } flips
            && Math.Abs((flips.WrongToRight - flips.RightToWrong) - (-sign * score.Difference * score.Count)) < 1e-6)
        {
            var pairs = new PairedProportions(flips.RightToWrong, flips.WrongToRight, score.Count);
            double shrink = Shrink(pairs, score.StandardError);
            return new ProportionsTest(new PairedProportions(pairs.Lost / shrink, pairs.Won / shrink, pairs.Count / shrink));
        }

        return score.StandardError switch
        {
            null => null,
            // Where no row changed, the interval is as wide as if rows were right or wrong, the farthest that they can lie apart.
            0 => score.Difference == 0 ? new ProportionsTest(new PairedProportions(0, 0, score.Count)) : null,
            { } error => new MeanTest(sign * score.Difference, error, score.Count - 1),
        };
    }

    /// <summary>How much less the rows of a group count because those of a task err together: the design effect, 1 or more.</summary>
    /// <remarks>Source: Kish 1965, Survey Sampling, section 5.4: variance with clusters over variance without.</remarks>
    private static double Shrink(PairedProportions pairs, double? standardError)
    {
        double plain = ((pairs.Lost + pairs.Won) - (pairs.Count * pairs.Drop * pairs.Drop)) / pairs.Count / Math.Max(1, pairs.Count - 1);
        return plain > 0 && standardError is { } error ? Math.Max(1, error * error / plain) : 1;
    }
}
