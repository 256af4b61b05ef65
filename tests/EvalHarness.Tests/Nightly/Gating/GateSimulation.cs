using EvalHarness.Nightly.Gating;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>
/// Nights drawn at random whose true drop is known, judged by the gate. The benchmarks' study of the gate is made of it too.
/// </summary>
internal static class GateSimulation
{
    /// <summary>Draws the answers that change, of which <paramref name="drop"/> more are lost than won.</summary>
    internal static PairedProportions Draw(Random random, int rows, double flips, double drop)
    {
        double lostShare = Math.Max(drop, ((flips + drop) / 2)), wonShare = lostShare - drop;
        int lost = Successes(random, lostShare, rows);
        return new PairedProportions(lost, Successes(random, wonShare / (1 - lostShare), rows - lost), rows);
    }

    /// <summary>Draws a binomial number by the distances from one success to the next.</summary>
    private static int Successes(Random random, double share, int rows)
    {
        int count = 0;
        for (double at = -1; share > 0; count++)
        {
            at += 1 + Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - share));
            if (at >= rows)
                break;
        }

        return count;
    }

    internal static GateCheck Check(PairedProportions pairs, double margin) => new()
    {
        Cell = "cell",
        Limit = GateLimit.MaxDrop,
        Allowed = margin,
        Rows = (int)pairs.Count,
        Verdict = GateVerdict.Inconclusive,
        Test = new ProportionsTest(pairs),
    };

    internal static GateVerdict Judge(PairedProportions pairs, double margin) => GateDecision.Decide([Check(pairs, margin)])[0].Verdict;

    internal static double Share(int draws, Func<Random, bool> happens)
    {
        var random = new Random(1234);
        return (double)Enumerable.Range(0, draws).Count(_ => happens(random)) / draws;
    }

    /// <summary>The share of false alarms where the true drop is exactly what is allowed.</summary>
    internal static double Alarms(int draws, double margin, int rows, double flips) =>
        Share(draws, random => Judge(Draw(random, rows, flips, margin / 100), margin) == GateVerdict.Regression);

    /// <summary>The share called fine where the true drop is just beyond what is allowed.</summary>
    internal static double CalledFine(int draws, double margin, int rows, double flips) =>
        Share(draws, random => Judge(Draw(random, rows, flips, (margin / 100) + 1e-9), margin) == GateVerdict.Fine);

    /// <summary>The smallest drop that so many rows are said to show in four of five repetitions, and how often it was called.</summary>
    internal static (double Drop, double Called) Visible(int draws, double margin, int rows, double flips)
    {
        double drop = margin / 100;
        for (double step = 1e-4; drop < 0.6 && !Shown(drop); drop += step)
            step *= 1.02;
        return (drop, Share(draws, random => Judge(Draw(random, rows, flips, drop), margin) == GateVerdict.Regression));

        bool Shown(double truth)
        {
            double lost = Math.Max(truth, (flips + truth) / 2);
            return truth > margin / 100
                && new PairedProportions(lost * rows, (lost - truth) * rows, rows).Decisive(margin / 100, Interval.Normal95, 0.8416) <= 1;
        }
    }
}
