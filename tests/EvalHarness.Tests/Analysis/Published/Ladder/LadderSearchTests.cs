using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Results;

namespace EvalHarness.Tests.Analysis.Published.Ladder;

/// <summary>The search on rows that no model computed.</summary>
public sealed class LadderSearchTests
{
    /// <summary>Settings that move as many rows up as down.</summary>
    private static SimulatedRung[] Noise(int count, double share = 0.05) =>
        [.. Enumerable.Range(0, count).Select(i => new SimulatedRung($"noise {i}", share, share))];

    private static SimulatedRung[] With(SimulatedRung cause, int noise = 5) => [.. Noise(noise), cause];

    private static void AssertBounded(SimulatedLadder ladder, LadderReport report)
    {
        Assert.True(report.Rows < report.FullRun, $"{report.Rows} rows of {report.FullRun}");
        Assert.Equal(report.Rows, ladder.Asked.Values.Sum());
        Assert.All(ladder.Asked.Values, times => Assert.Equal(1, times));
    }

    [Theory]
    [InlineData(300, 0.4, 0.35)]
    [InlineData(390, 0.5, 0.30)]
    [InlineData(1319, 0.6, 0.12)]
    [InlineData(14_042, 0.6, 0.05)]
    public async Task Search_PlantedCause_IsFoundInFewerRowsThanAFullRun(int rows, double score, double effect)
    {
        var ladder = new SimulatedLadder(rows, score, With(new SimulatedRung("cause", effect + 0.02, 0.02)), seed: 7);
        LadderReport report = await ladder.FindAsync(effect);
        Assert.Equal("cause (off → on)", report.Cause);
        RungReport cause = report.Rounds[0].Rungs.Single(r => r.Setting == "cause");
        Assert.Equal(RungVerdict.Explains, cause.Verdict);
        Assert.InRange(100 * effect, cause.EffectLow!.Value, cause.EffectHigh!.Value);
        Assert.StartsWith("cause (off → on) explains ", report.Sentence, StringComparison.Ordinal);
        AssertBounded(ladder, report);
    }

    /// <summary>A run whose answers have several scores, so that another score takes no rows.</summary>
    private static (LadderRuns Runs, Func<string, RungTrial> Other) Regraded(int rows, Func<long, (string, double)[]> scores, double gap)
    {
        LadderDocument[] all = [.. Enumerable.Range(0, rows).Select(i => new LadderDocument("t", i))];
        var setting = new LadderSetting { Options = new RunOptions { Model = "m", Tasks = ["t"] }, Key = "acc,a" };
        var documents = new LadderDocuments(all, 1);
        var series = LadderSeries.Of(documents, setting, all.ToDictionary(d => d, d => new LadderRow { Scores = scores(d.Number) }));
        var runs = new LadderRuns(series, documents, (_, _) => throw new InvalidOperationException("nothing is asked"));
        return (runs, key => new RungTrial(
            new LadderRung
            {
                Name = $"extraction {key}",
                From = "a",
                To = key,
                Change = s => s with { Key = $"acc,{key}" },
            },
            runs,
            runs.Measured,
            setting,
            gap,
            level: 0.01));
    }

    /// <summary>A document without a score on either side is in neither score, and so in no effect.</summary>
    [Fact]
    public async Task Trial_DocumentsWithoutScores_AreNotCompared()
    {
        (LadderRuns runs, Func<string, RungTrial> other) = Regraded(40, n => n < 7 ? [] : [("acc,a", 0), ("acc,b", n % 2)], gap: 0.5);
        RungTrial trial = other("b");
        await trial.GrowAsync(runs, 32, CancellationToken.None);
        Assert.Equal((33, 0, 0), (trial.Compared, trial.Errored, trial.Rows));
        Assert.Equal(17 / 33.0, trial.Towards, 12);
    }

    /// <summary>A setting that surely explains a part stays in the sentence beside one that explains more.</summary>
    [Fact]
    public async Task Report_SecondPart_IsNamed()
    {
        (LadderRuns runs, Func<string, RungTrial> other) = Regraded(
            1000, n => [("acc,a", 0), ("acc,b", n % 3 == 0 ? 1 : 0), ("acc,c", n % 6 == 0 ? 1 : 0)], gap: 0.9);
        RungTrial first = other("b"), second = other("c");
        await first.GrowAsync(runs, 0, CancellationToken.None);
        await second.GrowAsync(runs, 0, CancellationToken.None);
        var report = new LadderReport
        {
            Score = "t",
            Gap = 90,
            GapLow = 0,
            GapHigh = 0,
            FullRun = 1000,
            Folder = "f",
        };
        LadderRound[] rounds = [new(null, 0.9, [first, second], []), new(first.Rung, 0.57, [], [])];
        Assert.Matches(
            @"^extraction b \(a → b\) explains 33\.4 \[.*\] of 90\.0 points \(alone, a part is also explained by "
            + @"extraction c \(a → c\) 16\.7 \[.*\]\); no setting could be tried$",
            report.With(rounds, runs).Sentence);
    }

    /// <summary>After twelve documents for each of four settings eleven are left, and without them the cause stays open.</summary>
    [Fact]
    public async Task Search_FewDocuments_GivesThoseThatAreLeftToTheCause()
    {
        var ladder = new SimulatedLadder(60, 0, [.. Noise(3, share: 0), new("cause", 0.95, 0)], seed: 7);
        LadderReport report = await ladder.FindAsync(0.95);
        Assert.Equal("cause (off → on)", report.Cause);
        AssertBounded(ladder, report);
    }

    /// <summary>The measured score may be the higher one: then the cause lowers it.</summary>
    [Fact]
    public async Task Search_MeasuredScoreIsHigher_FindsWhatLowersIt()
    {
        var ladder = new SimulatedLadder(390, 0.8, With(new SimulatedRung("cause", 0, 0.3)), seed: 3);
        LadderReport report = await ladder.FindAsync(-0.3);
        Assert.Equal("cause (off → on)", report.Cause);
        RungReport cause = report.Rounds[0].Rungs.Single(r => r.Setting == "cause");
        Assert.InRange(cause.Effect!.Value, -40, -20);
        Assert.InRange(cause.Share!.Value, 0.6, 1.4);
        AssertBounded(ladder, report);
    }

    [Fact]
    public async Task Search_TwoCauses_FindsTheSecondAfterTheFirst()
    {
        SimulatedRung[] rungs = [.. Noise(2), new("first", 0.25, 0), new("second", 0.15, 0)];
        var ladder = new SimulatedLadder(4000, 0.3, rungs, seed: 5);
        LadderReport report = await ladder.FindAsync(0.40);
        Assert.Equal("first (off → on)", report.Cause);
        Assert.Equal("second (off → on)", report.SecondCause);
        Assert.Equal(2, report.Rounds.Count);
        Assert.Equal("first (off → on)", report.Rounds[1].After);
        Assert.Matches("^first .* explains .* of 40.0 points, and after it second .* explains .* that are left$", report.Sentence);
        AssertBounded(ladder, report);
    }

    [Fact]
    public async Task Search_FurtherThanTheGap_IsNoCause()
    {
        var ladder = new SimulatedLadder(1000, 0.3, With(new SimulatedRung("far", 0.5, 0)), seed: 5);
        LadderReport report = await ladder.FindAsync(0.1);
        Assert.Null(report.Cause);
        Assert.Equal(RungVerdict.Overshoots, report.Rounds[0].Rungs.Single(r => r.Setting == "far").Verdict);
        Assert.Contains("far (off → on) goes further", report.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_TwoSettingsThatExplainAsMuch_NamesBoth()
    {
        SimulatedRung[] rungs = [.. Noise(2), new("one", 0.3, 0), new("other", 0.3, 0)];
        LadderReport report = await new SimulatedLadder(2000, 0.4, rungs, seed: 2).FindAsync(0.3);
        Assert.Contains("; so may, alone: ", report.Sentence, StringComparison.Ordinal);
        Assert.Equal(2, report.Rounds[0].Rungs.Count(r => r.Verdict == RungVerdict.Explains));
    }

    /// <summary>Few rows and many settings: the bound holds, and what was not tried says why.</summary>
    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(164)]
    public async Task Search_FewRows_StaysBelowAFullRun(int rows)
    {
        var ladder = new SimulatedLadder(rows, 0.5, Noise(9, 0.2), seed: 11);
        LadderReport report = await ladder.FindAsync(0.2);
        AssertBounded(ladder, report);
        Assert.Equal(9, report.Rounds[0].Rungs.Count);
        Assert.All(
            report.Rounds[0].Rungs.Where(r => r.Compared == 0),
            r => Assert.Equal((RungVerdict.NotTried, "too few rows are left"), (r.Verdict, r.Reason)));
    }

    /// <summary>
    /// No setting moves the score on average, and many rows move up and down. A search that took each interval at 95% and looked as often
    /// would name a cause in far more of these cases.
    /// </summary>
    [Trait("Speed", "slow")]
    [Theory]
    [InlineData(300, 0.15, 0.10)]
    [InlineData(1319, 0.10, 0.15)]
    public async Task Search_NoCause_NamesOneInAtMostOneOfTwentyCases(int rows, double gap, double flips)
    {
        const int cases = 200;
        int named = 0;
        for (int seed = 0; seed < cases; seed++)
        {
            LadderReport report = await new SimulatedLadder(rows, 0.5, Noise(7, flips), seed).FindAsync(seed % 2 == 0 ? gap : -gap);
            named += report.Cause is null ? 0 : 1;
        }

        Assert.InRange((double)named / cases, 0, 0.05);
    }

    [Fact]
    public async Task Search_NoCause_SaysThatNoneExplainsIt()
    {
        LadderReport report = await new SimulatedLadder(1319, 0.5, Noise(5), seed: 1).FindAsync(0.2);
        Assert.Null(report.Cause);
        Assert.StartsWith(
            "none of the 5 settings that were tried surely explains any of 20.0 points", report.Sentence, StringComparison.Ordinal);
        Assert.All(report.Rounds[0].Rungs, r => Assert.Equal(RungVerdict.NotTheWholeCause, r.Verdict));
    }
}
