using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class RankSetsTests
{
    /// <summary>Of two players there is one difference, and its critical value is that of the normal distribution.</summary>
    [Fact]
    public void TwoPlayers_HaveOneDifference()
    {
        RankSets found = RankSets.Of(BradleyTerry.Fit(Won(5000, 4700))!, seed: 0);
        Assert.Equal(1.96, found.Critical, 0.05);
        Assert.Equal([(1, 1), (2, 2)], found.Ranks);
        Assert.Equal([(1, 2), (1, 2)], RankSets.Of(BradleyTerry.Fit(Won(50, 47))!, seed: 0).Ranks);
    }

    private static BattleTable Won(int first, int second)
    {
        var table = new BattleTable();
        for (int i = 0; i < first + second; i++)
            table.Add(0, 1, i < first ? BattleOutcome.First : BattleOutcome.Second);
        return table;
    }

    /// <summary>
    /// Six players of equal variances, each of whom met each as often: the critical value is that of Tukey's studentized range with 6
    /// groups and no end of degrees of freedom, 4.030 / sqrt(2).
    /// </summary>
    [Fact]
    public void EqualPlayers_HaveTukeysRange()
    {
        var table = new BattleTable();
        for (int i = 0; i < 6; i++)
        {
            for (int j = 0; j < 6; j++)
            {
                for (int battle = 0; battle < 500 && i != j; battle++)
                    table.Add(i, j, BattleOutcome.First);
            }
        }

        RankSets found = RankSets.Of(BradleyTerry.Fit(table)!, seed: 3);
        Assert.Equal(4.030 / Math.Sqrt(2), found.Critical, 0.04);
        Assert.All(found.Ranks, r => Assert.Equal((1, 6), r));
    }

    [Fact]
    public void SameSeed_GivesTheSame()
    {
        BradleyTerry fit = BradleyTerry.Fit(BattleSimulation.Independent(1, 900, ties: 0.2))!;
        Assert.Equal(RankSets.Of(fit, seed: 5).Critical, RankSets.Of(fit, seed: 5).Critical);
        Assert.NotEqual(RankSets.Of(fit, seed: 5).Critical, RankSets.Of(fit, seed: 6).Critical);
    }

    /// <summary>
    /// Sets of ranks hold all true ranks together. Three players are equal, so that each of them has any of three ranks and no set may
    /// leave one out: that is where sets of ranks that are too small are found.
    /// </summary>
    [Fact]
    public void Ranks_HoldTheTruth()
    {
        const int cases = 300;
        double[] strengths = [0.8, 0, 0, 0, -0.8];
        (int Best, int Worst)[] truth = [(1, 1), (2, 4), (2, 4), (2, 4), (5, 5)];
        int held = 0, narrowed = 0;
        for (int i = 0; i < cases; i++)
        {
            BradleyTerry fit = BradleyTerry.Fit(BattleSimulation.Independent(i, 1000, ties: 0.2, strengths))!;
            IReadOnlyList<(int Best, int Worst)> found = RankSets.Of(fit, seed: i).Ranks;
            held += truth.Zip(found).All(p => p.Second.Best <= p.First.Best && p.First.Worst <= p.Second.Worst) ? 1 : 0;
            narrowed += found[0].Worst == 1 ? 1 : 0;
        }

        Assert.InRange((double)held / cases, 0.93, 1);
        Assert.InRange(narrowed, 250, cases);
    }
}
