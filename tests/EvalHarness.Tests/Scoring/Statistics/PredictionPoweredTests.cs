using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class PredictionPoweredTests
{
    private const int Cases = 1000;

    private const double Right = 0.6;

    private static readonly (double Label, double Grade)[] Labelled = [(1, 1), (0, 0), (1, 1), (1, 0), (0, 1), (1, 1), (0, 0), (1, 1)];

    /// <summary>Labels of 0 and 1, grades that are wrong in a share of rows, and a judge that likes another share whatever it is.</summary>
    private static IEnumerable<(double Label, double Grade)> Draw(Random random, int rows, double wrong, double liked) =>
        Enumerable.Range(0, rows).Select(_ =>
        {
            double label = random.NextDouble() < Right ? 1 : 0;
            double grade = random.NextDouble() < wrong ? 1 - label : label;
            return (label, random.NextDouble() < liked ? 1 : grade);
        });

    [Fact]
    public void NoOtherRows_AreTheLabelsAlone()
    {
        PredictionPowered found = PredictionPowered.Of(Labelled, [])!;
        Assert.Equal((5 / 8.0, Interval.Wilson(5 / 8.0, 8), 0), (found.Value, found.Interval, found.Trust));
    }

    /// <summary>Grades that are all the same say nothing.</summary>
    [Fact]
    public void SameGradeEverywhere_AreTheLabelsAlone()
    {
        PredictionPowered found = PredictionPowered.Of([.. Labelled.Select(r => (r.Label, 1.0))], [1, 1, 1])!;
        Assert.Equal((5 / 8.0, Interval.Wilson(5 / 8.0, 8), 0), (found.Value, found.Interval, found.Trust));
    }

    [Fact]
    public void FewLabels_AreNotEnough()
    {
        Assert.Null(PredictionPowered.Of([], [1, 0, 1]));
        Assert.Null(PredictionPowered.Of([(1, 1), (0, 0)], [1, 0, 1]));
        Assert.NotNull(PredictionPowered.Of([(1, 1), (0, 0), (1, 0)], [1, 0, 1]));
    }

    /// <summary>
    /// Labels have the mean 5/8 and grades too; their products of deviations sum to 7/8 and the squares of grades to 15/8. With 24 other
    /// rows, 6 of which are graded 1, the slope 7/15 counts by 24/32, and the labels' mean is moved by 0.35 x (1/4 - 5/8).
    /// </summary>
    [Fact]
    public void Value_MovesByTheSlope()
    {
        double[] others = [.. Enumerable.Range(0, 24).Select(i => i < 6 ? 1.0 : 0)];
        PredictionPowered found = PredictionPowered.Of(Labelled, others)!;
        Assert.Equal(0.35, found.Trust, 1e-12);
        Assert.Equal((5 / 8.0) + (0.35 * ((1 / 4.0) - (5 / 8.0))), found.Value, 1e-12);
    }

    /// <summary>Grades in points, as an examiner gives them: no bounds of 0 and 1.</summary>
    [Fact]
    public void Points_HaveStudentsInterval()
    {
        (double, double)[] labelled = [(10, 11), (14, 15), (20, 18), (7, 9)];
        PredictionPowered found = PredictionPowered.Of(labelled, [30, 28, 33, 25])!;
        Assert.InRange(found.Value, 14, 25);
        Assert.Equal(found.Value, (found.Interval.Low + found.Interval.High) / 2, 1e-9);
    }

    /// <summary>A judge that was right on all of 30 labelled rows can be wrong on others.</summary>
    [Fact]
    public void FlawlessJudge_IsNotCertain()
    {
        (double Label, double Grade)[] labelled = [.. Draw(new Random(4), 30, wrong: 0, liked: 0)];
        PredictionPowered found = PredictionPowered.Of(labelled, [.. Draw(new Random(5), 100_000, 0, 0).Select(r => r.Grade)])!;
        Assert.InRange(found.Interval.High - found.Interval.Low, 0.19, 0.25);
        Assert.InRange(found.Trust, 0.99, 1);
    }

    [Theory]
    [InlineData(30, 300, 0.3, 0.15)]
    [InlineData(50, 500, 0.2, 0.15)]
    [InlineData(100, 2000, 0.1, 0.15)]
    [InlineData(100, 2000, 0.5, 0)]
    [InlineData(300, 3000, 0.1, 0.02)]
    [InlineData(300, 300, 0.05, 0.3)]
    public void Intervals_HoldTheTruth(int labels, int others, double wrong, double liked)
    {
        (double held, _) = Simulate(labels, others, wrong, liked);
        Assert.InRange(held, 0.93, 0.97);
    }

    /// <summary>A judge of the same errors, with many rows and with few.</summary>
    [Theory]
    [InlineData(50, 500, 0.1, 0.05, 0.85)]
    [InlineData(100, 2000, 0.1, 0.15, 0.85)]
    [InlineData(300, 3000, 0.05, 0.02, 0.65)]
    [InlineData(300, 300, 0.05, 0.02, 0.85)]
    public void InformativeJudge_NarrowsTheInterval(int labels, int others, double wrong, double liked, double share)
    {
        (_, double width) = Simulate(labels, others, wrong, liked);
        Assert.InRange(width, 0, share);
    }

    /// <returns>How often the interval holds the truth, and its mean width over that of the labels alone.</returns>
    private static (double Held, double Width) Simulate(int labels, int others, double wrong, double liked)
    {
        int held = 0;
        double width = 0, alone = 0;
        for (int i = 0; i < Cases; i++)
        {
            var random = new Random(i);
            (double, double)[] labelled = [.. Draw(random, labels, wrong, liked)];
            Interval interval = PredictionPowered.Of(labelled, [.. Draw(random, others, wrong, liked).Select(r => r.Grade)])!.Interval;
            held += interval.Low <= Right && Right <= interval.High ? 1 : 0;
            width += interval.High - interval.Low;
            Interval only = PredictionPowered.Of(labelled, [])!.Interval;
            alone += only.High - only.Low;
        }

        return ((double)held / Cases, width / alone);
    }
}
