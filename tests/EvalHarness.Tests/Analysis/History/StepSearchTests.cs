using EvalHarness.Analysis.History;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Scoring.Statistics;

namespace EvalHarness.Tests.Analysis.History;

public sealed class StepSearchTests
{
    private static readonly DateTimeOffset First = new(2026, 1, 1, 1, 0, 0, TimeSpan.Zero);

    private static HistoryEntry Night(int night, double value, NightPair? pair, int count = 300, string? rows = "rows") => new()
    {
        Format = HistoryEntry.CurrentFormat,
        Run = $"{night}",
        Stamp = "",
        Started = First.AddDays(night),
        Model = "model",
        Device = "cpu",
        Circumstances = new Dictionary<string, string> { ["machine"] = night >= 10 ? "b" : "a" },
        Scores =
        [
            new HistoryScore
            {
                Task = "task",
                Metric = "acc",
                Filter = "none",
                HigherIsBetter = true,
                Value = value,
                StandardError = Math.Sqrt(value * (1 - value) / (count - 1)),
                Count = count,
                TaskHash = "t",
                DataHash = "d",
                Rows = rows,
                Pair = pair,
            },
        ],
    };

    /// <summary>Nights of rows of which some are wrong on some nights: the number that is wrong, and how many rows rose and fell.</summary>
    private static IEnumerable<HistoryEntry> Nights(int rows, IEnumerable<(int Wrong, int Rose, int Fell)> nights) => nights.Select(
        (n, i) => Night(
            i,
            1 - ((double)n.Wrong / rows),
            i == 0
                ? null
                : new NightPair(
                    $"{i - 1}", n.Rose, n.Fell, (n.Rose + n.Fell) / (double)(rows * rows), n.Rose + n.Fell == 0 ? 0 : 1.0 / rows),
            rows));

    private static IReadOnlyList<HistoryStep> Steps(IEnumerable<HistoryEntry> entries) => HistorySeries.Of(entries).Single().Steps;

    /// <summary>It had four steps.</summary>
    [Fact]
    public void OneRowThatFlipsOnTwoNights_IsNoStep() => Assert.Empty(Steps(Nights(
        100,
        Enumerable.Range(0, 14).Select(i => i switch
        {
            4 or 9 => (1, 0, 1),
            5 or 10 => (0, 1, 0),
            _ => (0, 0, 0),
        }))));

    [Fact]
    public void OneRowThatStaysWrong_IsNoStep() =>
        Assert.Empty(Steps(Nights(100, Enumerable.Range(0, 14).Select(i => (i >= 7 ? 1 : 0, 0, i == 7 ? 1 : 0)))));

    [Fact]
    public void EightRowsThatAreLostOnTheLastNight_AreNamedWithTheirInterval()
    {
        HistoryStep step = Assert.Single(Steps(Nights(100, Enumerable.Range(0, 14).Select(i => (i == 13 ? 8 : 0, 0, i == 13 ? 8 : 0)))));
        Assert.Equal(13, step.At);
        // The variance of a night is (8 + 4) / (2 * 13) rows, and 1.96 errors of the difference are 1.96 sqrt(0.4615 (1 + 1 / 13)) rows.
        Assert.Equal(
            "since 2026-01-14: score 1.0000 → 0.9200 (-8.00 points, 95% interval -9.38 to -6.62; that night 0 rows rose and 8 fell), "
            + "and nothing that is recorded changed",
            step.What);
    }

    [Fact]
    public void OtherRows_AreAMarkAndNoStep()
    {
        HistorySeries series = HistorySeries.Of(Enumerable.Range(0, 14).Select(i => i < 7
            ? Night(i, 0.8, i == 0 ? null : new NightPair($"{i - 1}", 1, 1, 2 / 9e4, 1 / 300.0))
            : Night(i, 0.6, i == 7 ? null : new NightPair($"{i - 1}", 1, 1, 2 / 4e4, 1 / 200.0), 200, "others"))).Single();
        Assert.Empty(series.Steps);
        Assert.Contains(series.Marks, m => m is { At: 7, What: "rows 300 → 200" });
    }

    /// <summary>A night on which a row errored has other rows, and the nights around it are compared without it.</summary>
    [Fact]
    public void NightWithAnErroredRow_HidesNoStep()
    {
        var random = new Random(2);
        (double[] scores, RowChanges[] pairs) = NightSimulation.Draw(random, 14, [new(300, 1.0 / 300, night => night < 9 ? 0.85 : 0.7)]);
        HistoryEntry[] entries =
        [
            .. scores.Select((s, i) => Night(
                i, s, i == 0 ? null : new NightPair($"{i - 1}", 1, 1, pairs[i - 1].Squares, pairs[i - 1].Largest))),
        ];
        entries[4] = Night(4, 0.9, null, 299, "without one");
        Assert.Equal(9, Assert.Single(Steps(entries)).At);
    }

    [Fact]
    public void WithoutSamples_TheStandardErrorIsTheNoise()
    {
        IEnumerable<HistoryEntry> Of(double after) =>
            Enumerable.Range(0, 14).Select(i => Night(i, i < 7 ? 0.8 : after, null, 300, rows: null));
        Assert.Equal(7, Assert.Single(Steps(Of(0.74))).At);
        Assert.Empty(Steps(Of(0.77)));
        Assert.Empty(Steps(Of(0.74).Select(e => e with { Scores = [.. e.Scores.Select(s => s with { StandardError = null })] })));
    }

    /// <summary>An outlier of the speed was a step if all other nights were equal.</summary>
    [Fact]
    public void OneSlowNight_IsNoStep()
    {
        Assert.Empty(Steps(Nights(300, Enumerable.Repeat((60, 0, 0), 14)).Select((e, i) => e with { Decode = i == 6 ? 50 : 100 })));
        HistoryStep step = Assert.Single(
            Steps(Nights(300, Enumerable.Repeat((60, 0, 0), 14)).Select((e, i) => e with { Decode = i >= 10 ? 50 : 100 })));
        Assert.Equal("since 2026-01-11: decode 100 → 50 tokens/s (0.50 x), with machine a → b", step.What);
    }
}
