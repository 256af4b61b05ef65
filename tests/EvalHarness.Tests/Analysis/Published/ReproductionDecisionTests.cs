using EvalHarness.Analysis.Published;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary>What is said of a measured score beside a published one. The study of published scores has more settings and draws.</summary>
public sealed class ReproductionDecisionTests
{
    private static readonly PublishedProtocol Protocol = new() { Id = "p", Tasks = "bench", NumFewshot = 0, Metric = "acc" };

    private static ScoreRow Row(string name, double value, int count, double? error = null, double? pooled = null) => new()
    {
        Name = name,
        Alias = name,
        Depth = 0,
        Filter = "none",
        Metric = "acc",
        HigherIsBetter = true,
        Value = value,
        StandardError = error ?? (count < 2 ? null : Math.Sqrt(value * (1 - value) / (count - 1))),
        ReferenceStandardError = pooled,
        Count = count,
        Errored = 0,
    };

    /// <summary>A report with these rows, whose tasks have so many documents in all.</summary>
    private static RunReport Report(int available, params ScoreRow[] rows) => new()
    {
        Results = new Dictionary<string, ReportEntry>(),
        Harness = new HarnessReport { Rows = rows },
        GroupSubtasks = rows.Length == 1
            ? null
            : new Dictionary<string, IReadOnlyList<string>> { ["bench"] = [.. rows.Select(r => r.Name).Where(n => n != "bench")] },
        DocumentCounts = rows.ToDictionary(r => r.Name, r => new DocumentCount(available, r.Count)),
    };

    private static MeasuredScore Score(RunReport report, ScoreAverage? average = null) =>
        MeasuredScore.Of(report, Protocol, average, out _)!;

    private static ReproductionDecision Decide(double value, int rows, int available, string published, double margin = 2) =>
        ReproductionDecision.Of(
            [Score(Report(available, Row("bench", value, rows))).Minus(PrintedNumber.Parse(published)!)], margin)[0];

    /// <summary>
    /// GSM8K: 923 of 1,319 right, published 73.0. That lies outside the measured score's own interval, [67.4, 72.4], but within the noise
    /// of both scores.
    /// </summary>
    [Fact]
    public void Differs_OnlyBeyondTheNoiseOfBothScores()
    {
        Assert.Equal(ReproductionVerdict.NotRefuted, Decide(923 / 1319.0, 1319, 1319, "73.0").Verdict);
        Assert.Equal(ReproductionVerdict.Differs, Decide(923 / 1319.0, 1319, 1319, "74.0").Verdict);
    }

    [Fact]
    public void Agrees_OnlyWhereTheWholeIntervalLiesWithinTheMargin()
    {
        // HumanEval: even the same score may hide a difference of 10 points.
        ReproductionDecision humanEval = Decide(119 / 164.0, 164, 164, "72.6");
        Assert.Equal(ReproductionVerdict.NotRefuted, humanEval.Verdict);
        Assert.InRange(humanEval.CouldHide, 9.5, 10.5);
        Assert.Equal(ReproductionVerdict.Agrees, Decide(119 / 164.0, 164, 164, "72.6", margin: 11).Verdict);
        Assert.Equal(ReproductionVerdict.Agrees, Decide(9_361 / 14_042.0, 14_042, 14_042, "66.7").Verdict);
        Assert.Equal(ReproductionVerdict.NotRefuted, Decide(9_361 / 14_042.0, 14_042, 14_042, "66.7", margin: 1).Verdict);
        // A difference that surely is there agrees all the same where it surely does not matter.
        Assert.Equal(ReproductionVerdict.Agrees, Decide(9_361 / 14_042.0, 14_042, 14_042, "68.7", margin: 5).Verdict);
        Assert.Equal(ReproductionVerdict.Differs, Decide(9_361 / 14_042.0, 14_042, 14_042, "68.7").Verdict);
    }

    [Fact]
    public void Rounding_IsThatOfThePrintedDigits()
    {
        Assert.Equal(ReproductionVerdict.NotRefuted, Decide(0.845, 1_000_000, 1_000_000, "85", margin: 0.1).Verdict);
        Assert.Equal(ReproductionVerdict.Differs, Decide(0.845, 1_000_000, 1_000_000, "85.0", margin: 0.1).Verdict);
    }

    /// <summary>Of 100 measured rows, the score has the noise of 100, and the published one that of all 1,319.</summary>
    [Fact]
    public void Limit_LeavesThePublishedScoreItsOwnRows()
    {
        MeasuredScore score = Score(Report(1319, Row("bench", 0.7, 100)));
        Assert.Equal((100.0, 1319.0), (score.Noise.Rows, score.PublishedRows));
        Assert.Equal(Interval.Wilson(0.7, 100), score.Interval);
    }

    /// <summary>Tasks of 10 and 90 rows: the mean of two shares is as noisy as one of 4 / (1/10 + 1/90) = 36 rows.</summary>
    [Fact]
    public void MacroAverage_HasTheErrorsOfItsTasks()
    {
        ScoreRow few = Row("few", 0.4, 10), many = Row("many", 0.8, 90), pooled = Row("bench", 0.76, 100, 0.04);
        MeasuredScore macro = Score(Report(1000, pooled, few, many), ScoreAverage.Macro);
        double error = Math.Sqrt((0.24 / 9) + (0.16 / 89)) / 2;
        Assert.Equal(0.6, macro.Value, 12);
        Interval interval = Interval.OfMean(macro.Value, 100, error)!.Value;
        Assert.Equal(interval.Low, macro.Interval.Low, 12);
        Assert.Equal(interval.High, macro.Interval.High, 12);
        Assert.Equal(UncertainScore.Of(macro.Value, error, 98, 36).Rows, macro.Noise.Rows, 9);
        Assert.Equal(2000, macro.PublishedRows, 9);
        MeasuredScore micro = Score(Report(1000, pooled, few, many), ScoreAverage.Micro);
        Assert.Equal((0.76, UncertainScore.Of(0.76, 0.04, 98, 100), 2000.0), (micro.Value, micro.Noise, micro.PublishedRows));
        Assert.Equal((ScoreAverage.Macro, ScoreAverage.Micro), (macro.Average, micro.Average));
        // A group whose tasks count the same says so by its second error, and a published micro average is compared with its pooled rows.
        MeasuredScore pooledRows = Score(Report(1000, Row("bench", 0.6, 100, 0.08, pooled: 0.04), few, many), ScoreAverage.Micro);
        Assert.Equal(0.76, pooledRows.Value, 12);
        Assert.Equal(UncertainScore.Of(0.76, Math.Sqrt(((10 * 0.24) + (90 * 0.16)) / 98 / 100), 98, 100).Rows, pooledRows.Noise.Rows, 9);
        MeasuredScore equal = Score(Report(1000, Row("bench", 1, 100, 0, pooled: 0), Row("few", 1, 10), Row("many", 1, 90)));
        Assert.Equal(UncertainScore.Of(1, 0, 98, 36), equal.Noise);
    }

    [Fact]
    public void NoScore_SaysWhy()
    {
        string? Problem(RunReport report)
        {
            Assert.Null(MeasuredScore.Of(report, Protocol, average: null, out string? problem));
            return problem;
        }

        Assert.Equal("the run has no acc,none of bench", Problem(Report(9, Row("other", 0.5, 9))));
        Assert.Equal(
            "the run has no acc,none of bench",
            Problem(Report(9, Row("bench", 0.5, 18, 0.1), Row("a", 0.5, 9), Row("b", 0.5, 9)) with { Harness = new() { Rows = [] } }));
        Assert.Equal(
            "acc,none of bench has no standard error; each task needs two rows or more", Problem(Report(9, Row("bench", 1, 1))));
        Assert.Equal(
            "acc,none of bench is 27.5, and only scores from 0 to 1 are compared", Problem(Report(9, Row("bench", 27.5, 9, 0.1))));
        Assert.Equal(
            "the run does not say how many rows bench has", Problem(Report(9, Row("bench", 0.5, 9)) with { DocumentCounts = null }));
    }

    /// <summary>
    /// A rule that leaves out the noise of the published scores and their number calls one score different in 15% of these cases, and one
    /// of 20 in 95%.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public void Differs_WhereAllScoresAreEqual_InAtMostOneOfTwenty(int scores)
    {
        (double differs, _) = new PublishedSimulation(1319, 0.7, PublishedNoise.OwnRows).Rates(draws: 1000, scores);
        Assert.InRange(differs, 0.02, 0.05);
    }

    [Fact]
    public void Differs_WhereScoresAreFarApart()
    {
        (double differs, double agrees) = new PublishedSimulation(1319, 0.7, PublishedNoise.OwnRows, Apart: -0.07).Rates(draws: 300);
        Assert.True(differs > 0.95);
        Assert.Equal(0, agrees);
    }

    [Theory]
    [InlineData(0.02, 0, 0.05)]
    [InlineData(0, 0.8, 1)]
    public void Agrees_RarelyAtTheMargin_AndMostlyWhereEqual(double apart, double low, double high)
    {
        (_, double agrees) = new PublishedSimulation(14_042, 0.67, PublishedNoise.OwnRows, apart).Rates(draws: 300);
        Assert.InRange(agrees, low, high);
    }

    /// <summary>
    /// The best published score of ten equal closed models is 1.5 standard errors too good. An interval that does not allow for picking it
    /// holds the truth in fewer than 95% of cases.
    /// </summary>
    [Fact]
    public void Behind_TheBestOfTen_HoldsTheTruth()
    {
        var simulation = new PublishedSimulation(164, 0.8, PublishedNoise.OwnRows, Apart: -0.1);
        Assert.InRange(simulation.BehindCovers(draws: 1000, closed: 10), 0.95, 1);
    }

    /// <summary>One closed score is compared at 95%, and each of ten at 99.5%: the normal quantiles 1.959964 and 2.807034.</summary>
    [Fact]
    public void Behind_IsTheLargestOfTheSimultaneousIntervals()
    {
        MeasuredScore measured = Score(Report(164, Row("bench", 82 / 164.0, 164)));
        PublishedScore Closed(string value) =>
            new() { Model = value, Benchmark = "bench", Source = "s", Closed = true, Value = PrintedNumber.Parse(value)! };
        Interval Interval(string value, double z) => measured.Minus(PrintedNumber.Parse(value)!).Interval(z);

        Interval one = Gap.Behind(measured, [Closed("80.0")]), own = Interval("80.0", 1.959963984540054);
        Assert.Equal((-100 * own.High, -100 * own.Low), (one.Low, one.High));
        // The lower scores of the others cannot raise either end; they widen the interval because one of them could be the best.
        Interval ten = Gap.Behind(measured, [Closed("80.0"), .. Enumerable.Repeat(Closed("60"), 9)]);
        Interval wide = Interval("80.0", 2.807033768343811);
        Assert.Equal(-100 * wide.High, ten.Low, 9);
        Assert.Equal(-100 * wide.Low, ten.High, 9);
    }
}
