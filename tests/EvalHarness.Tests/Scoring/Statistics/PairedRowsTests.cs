using System.Text.Json.Nodes;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>
/// Paired differences of tasks and groups. <c>clustered.json</c> was made by <c>make_clustered_cases.py</c>, which lies beside it, with
/// statsmodels and scipy.
/// </summary>
public sealed class PairedRowsTests
{
    public static TheoryData<int> Cases() => [.. Enumerable.Range(0, Read().Count)];

    private static JsonArray Read() => JsonNode.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scoring", "Statistics", "clustered.json")))!.AsArray();

    /// <summary>Rows whose candidate's score is higher by the difference.</summary>
    private static PairedRow[] Rows(IEnumerable<double> differences, IEnumerable<int> tasks) =>
        [.. differences.Zip(tasks, (d, t) => d < 0 ? new PairedRow(t, -d, 0) : new PairedRow(t, 0, d))];

    /// <summary>Rows of one task, of which some went wrong and some right.</summary>
    private static IEnumerable<PairedRow> Flips(int task, int lost, int won, int count) =>
        Enumerable.Range(0, count).Select(i => new PairedRow(task, i < lost ? 1 : 0, i >= lost && i < lost + won ? 1 : 0));

    private static PairedRows Group(params IEnumerable<PairedRow>[] tasks) => new([.. tasks.SelectMany(t => t)], true, sameWeights: false);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Group_StandardErrorAndP_AreThoseOfStatsmodels(int index)
    {
        JsonNode one = Read()[index]!;
        PairedRow[] rows = Rows(one["differences"]!.AsArray().Select(d => (double)d!), one["tasks"]!.AsArray().Select(t => (int)t!));
        PairedRows micro = new(rows, true, sameWeights: false), macro = new(rows, true, sameWeights: true);
        Assert.Equal((double)one["jackknife"]!, micro.StandardError!.Value, 1e-12);
        Assert.Equal((double)one["macro"]!["error"]!, macro.StandardError!.Value, 1e-12);
        AssertP((double)one["macro"]!["p"]!, macro);
        if (!(bool)one["statsmodels"]!["equal_sizes"]!)
            return;
        Assert.Equal((double)one["statsmodels"]!["error"]!, micro.StandardError!.Value, 1e-12);
        AssertP((double)one["statsmodels"]!["p"]!, micro);

        // The test counts a few more changed rows, so its p is a little larger.
        static void AssertP(double expected, PairedRows rows)
        {
            Assert.Equal(expected, new MeanTest(rows.Estimate, rows.StandardError!.Value, rows.Tasks - 1).P, 1e-9);
            Assert.InRange(rows.Test()!.P, expected - 1e-9, expected + 0.03);
        }
    }

    /// <summary>A group of 390 rows in which nothing changed: a loss that 3.84 rows make is not excluded, nor found.</summary>
    [Fact]
    public void Group_NothingChanged_LeavesRoomForWhatWasNotSeen()
    {
        LossTest test = Group([.. Enumerable.Range(0, 13).Select(t => Flips(t, 0, 0, 30))]).Test()!;
        Assert.InRange(test.Interval(Interval.Level95).High, 3.84 / 390, 4.5 / 390);
        Assert.InRange(test.Detectable!.Value, 9.0 / 390, 15.0 / 390);
    }

    /// <summary>A group of one task of 10 rows, flips 3 to 1: its error was a third of the task's.</summary>
    [Fact]
    public void Group_OfOneTask_IsThatTask()
    {
        PairedRows group = Group(Flips(0, 3, 1, 10));
        Assert.Equal(0.2, group.StandardError!.Value, 1e-12);
        Assert.Equal(new ProportionsTest(new PairedProportions(3, 1, 10)), group.Test());
    }

    /// <summary>Two equal tasks of 40 rows, flips 4 to 0 each: the error between them is 0, and that of their rows is not.</summary>
    [Fact]
    public void Group_OfTwoEqualTasks_IsNotCertain()
    {
        PairedRows group = Group(Flips(0, 4, 0, 40), Flips(1, 4, 0, 40));
        Assert.Equal(Math.Sqrt(0.1 * 0.9 / 39 / 2), group.StandardError!.Value, 1e-12);
        Interval interval = group.Test()!.Interval(Interval.Level95);
        Assert.True(interval is { Low: < -0.2, High: > 0.4 and <= 1 }, $"{interval}");
        Assert.Null(group.Test()!.Detectable);
    }

    /// <summary>Tasks of 2 and of 20 rows that weigh the same; the candidate loses one row of the small task.</summary>
    [Fact]
    public void Group_OfTasksOfEqualWeight_IsComparedByTheirMeans()
    {
        PairedRow[] rows = [.. Flips(0, 1, 0, 2), .. Flips(1, 0, 0, 20)];
        Assert.Equal(0.25, new PairedRows(rows, true, sameWeights: true).Estimate, 1e-12);
        Assert.Equal(1.0 / 22, new PairedRows(rows, true, sameWeights: false).Estimate, 1e-12);
        // One of the two outweighs the other so much that fewer than one degree of freedom were left, of which there is no quantile.
        LossTest test = new PairedRows(rows, true, sameWeights: false).Test()!;
        Assert.All((double[])[0.025, 0.025 / 9, 0.025 / 500], level => Assert.Equal(1, test.Interval(level).High));
    }

    [Fact]
    public void Task_AllRowsLoseTheSame_IsALoss()
    {
        LossTest test = new PairedRows([.. Enumerable.Repeat(new PairedRow(0, 0.8, 0.3), 20)], true, sameWeights: false).Test()!;
        Assert.Equal(0, test.Above(0.01));
        Assert.Equal(0, test.P);
    }

    /// <summary>
    /// Of 164 rows two lost a little: that says little about how many do, and it was called "fine" at a margin of 1 point.
    /// </summary>
    [Fact]
    public void Task_FewSmallLosses_DoNotExcludeMore()
    {
        PairedRow[] rows = [.. Enumerable.Range(0, 164).Select(i => new PairedRow(0, 1, i < 2 ? 0.8 : 1))];
        Assert.True(new PairedRows(rows, true, sameWeights: false).Test()!.Interval(Interval.Level95).High > 0.01);
    }

    /// <summary>Where every row changes, nothing is added to Student's t; the value is scipy's ttest_1samp.</summary>
    [Fact]
    public void Task_NumbersThatAllChange_HaveStudentsInterval()
    {
        double[] differences = [0.1, -0.2, 0.3, 0.15, -0.05, 0.25];
        LossTest test = new PairedRows(Rows(differences, [0, 0, 0, 0, 0, 0]), true, sameWeights: false).Test()!;
        Assert.Equal(0.2863459, test.P, 1e-6);
    }

    [Fact]
    public void SingleRow_ThatIsNeitherRightNorWrong_SaysNothing() =>
        Assert.Null(new PairedRows([new PairedRow(0, 0.5, 0.4)], true, sameWeights: false).Test());

    /// <summary>The gate and compare use one test: with flips 4 to 0 of 60 one had p = 0.0455 and the other 0.1250.</summary>
    [Theory]
    [InlineData(4, 0, 60, 0.04550026)]
    [InlineData(1, 5, 100, 0.10247043)]
    [InlineData(0, 0, 10, 1)]
    [InlineData(3, 3, 10, 1)]
    [InlineData(1900, 2100, 9000, 0.00156540)]
    public void Task_P_IsOfTheScoreTest(int lost, int won, int count, double p) =>
        Assert.Equal(p, new PairedRows([.. Flips(0, lost, won, count)], true, sameWeights: false).Test()!.P, 1e-7);

    /// <summary>
    /// The difference that is said to be detectable is found in four of five draws, if as many rows flip beside it as before.
    /// </summary>
    [Theory]
    [InlineData(5, 4, 300, 0.044)]
    [InlineData(6, 4, 300, 0.045)]
    [InlineData(1, 0, 20, 0.393)]
    [InlineData(40, 30, 1319, 0.021)]
    [InlineData(200, 180, 14042, 0.0042)]
    public void Detectable_IsFoundInFourOfFiveDraws(int lost, int won, int count, double expected)
    {
        double drop = new PairedProportions(lost, won, count).Detectable(Interval.Normal95, 0.8416212335729143)!.Value;
        Assert.Equal(expected, drop, 0.0005);
        double flips = (double)(lost + won) / count;
        double found = Nightly.Gating.GateSimulation.Share(2_000, random =>
        {
            PairedProportions drawn = Nightly.Gating.GateSimulation.Draw(random, count, flips + drop, drop);
            return drawn.Drop > 0 && new ProportionsTest(drawn).P <= 0.05;
        });
        Assert.InRange(found, 0.775, 0.9);
    }

    /// <summary>Six rows cannot show anything if half of them flip.</summary>
    [Fact]
    public void Detectable_TooFewRows_IsNothing() =>
        Assert.Null(new PairedProportions(2, 1, 6).Detectable(Interval.Normal95, 0.8416212335729143));
}
