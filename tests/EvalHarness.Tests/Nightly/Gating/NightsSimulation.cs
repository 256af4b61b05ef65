using EvalHarness.Nightly.Gating;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>
/// Series of nights with known truth against a fixed baseline night, judged by the gate. Unstable rows are right with probability 1/2 each
/// night, in the baseline too; all others are always right, until they are lost. The benchmarks' study of nights is made of it too.
/// </summary>
/// <param name="Rows">The rows of the task.</param>
/// <param name="Discordant">The share of rows that differ between two unchanged nights, 0 to 1.</param>
/// <param name="Margin">The points that the rule allows.</param>
internal sealed record NightsSimulation(int Rows, double Discordant, double Margin)
{
    /// <summary>The number of rules that the gate judges together; the others are never at their limit.</summary>
    public int Rules { get; init; } = 1;

    /// <returns>The number of the first night from 0 that is called a regression; -1 if none is.</returns>
    /// <param name="random">Draws the answers.</param>
    /// <param name="nights">The number of nights after the baseline.</param>
    /// <param name="lostAt">The number of stable rows that are lost by a night.</param>
    internal int FirstAlarm(Random random, int nights, Func<int, int> lostAt)
    {
        int unstable = (int)Math.Round(2 * Discordant * Rows);
        bool[] first = Draw(random, unstable), before = first;
        int lostBefore = 0;
        var evidence = new List<NightEvidence>();
        for (int night = 0; night < nights; night++)
        {
            bool[] now = Draw(random, unstable);
            int lost = lostAt(night), wrong = lost + Count(first, now), right = Count(now, first);
            double row = 1.0 / ((double)Rows * Rows), changes = Count(before, now) + Count(now, before) + Math.Abs(lost - lostBefore);
            evidence.Add(new NightEvidence((double)(wrong - right) / Rows, changes * row, row));
            var nightsTest = new NightsTest([.. evidence]);
            GateCheck check = GateSimulation.Check(new PairedProportions(wrong, right, Rows), Margin) with { Nights = nightsTest };
            IEnumerable<GateCheck> others = Enumerable.Repeat(GateSimulation.Check(new PairedProportions(0, 50, Rows), Margin), Rules - 1);
            if (GateDecision.Decide([check, .. others])[0].Verdict == GateVerdict.Regression)
                return night;
            (before, lostBefore) = (now, lost);
        }

        return -1;
    }

    private static bool[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(2) == 0)];

    private static int Count(bool[] right, bool[] wrong) => right.Zip(wrong).Count(p => p is (true, false));
}
