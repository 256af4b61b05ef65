using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class RunNoiseTests
{
    private const double Level = 0.025;

    /// <summary>Eight runs of 1,000 rows.</summary>
    private static RunNoise Of(double[] scores, double flips, double changed, int repeats = 1) =>
        RunNoise.Of(scores, repeats, flips / 1e6, 1e-3, changed / 1000);

    /// <summary>A device that is deterministic leaves what one row could do that was not seen: 1.96 rows.</summary>
    [Fact]
    public void NoNoise_ReachesOneRow() =>
        Assert.Equal(1.96e-3, Of([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5], 0, 0).Reach(Level), 1e-5);

    /// <summary>t(7) is 2.3646, and the variance of these scores 1e-4 · 8/7 · 1/4.</summary>
    [Fact]
    public void RowsThatMoveTogether_ReachAsFarAsStudentSays()
    {
        RunNoise noise = Of([0.5, 0.51, 0.5, 0.51, 0.5, 0.51, 0.5, 0.51], flips: 5, changed: 40);
        Assert.Equal(7, noise.Freedom, 1e-9);
        double variance = 1e-4 * 2 / 7, together = (2 * variance * 2.3646 * 2.3646) - (5e-6 * 3.8415);
        Assert.Equal(Math.Sqrt(together + 3.8415e-6), noise.Reach(Level), 1e-5);
        // Two runs lie no further apart than rows change: scipy.stats.beta.ppf(0.975, 3, 998).
        Assert.Equal(0.0072055, (noise with { Changed = 0.002 }).Reach(Level), 1e-5);
    }

    /// <summary>Rows that flip each for itself are in the test of the two runs already.</summary>
    [Fact]
    public void RowsThatFlipEachForItself_AddLittle()
    {
        // Of 20 flips the difference of two runs has a standard deviation of sqrt(20) rows, and a run's score one of sqrt(10).
        double row = Math.Sqrt(10) / 1000;
        RunNoise noise = Of([0.5 - row, 0.5 + row, 0.5, 0.5 - row, 0.5 + row, 0.5, 0.5 - row, 0.5 + row], flips: 20, changed: 28);
        Assert.InRange(noise.Reach(Level), 0.0019, 0.0065);
    }

    /// <summary>Repeats that give the same answers tell nothing more than one of them.</summary>
    [Fact]
    public void RepeatsThatAreTheSame_AreNoFurtherRuns()
    {
        RunNoise once = Of([0.5, 0.51, 0.5, 0.52], 0, 50), twice = Of([0.5, 0.5, 0.51, 0.51, 0.5, 0.5, 0.52, 0.52], 0, 50, repeats: 2);
        Assert.Equal(once.Reach(Level), twice.Reach(Level), 1e-12);
        Assert.Equal(3, twice.Freedom, 1e-9);
    }

    /// <summary>Two runs that happen to agree in their score, although 20 rows changed, may lie 20 rows apart the next time.</summary>
    [Fact]
    public void TwoRuns_ReachAsFarAsRowsChange() =>
        Assert.Equal(ClopperPearson.Interval(20, 1000).High, Of([0.5, 0.5001], 20, 20).Reach(Level), 1e-9);

    [Fact]
    public void Test_IntervalAndP_SayTheSame()
    {
        RunNoise noise = Of([0.5, 0.51, 0.5, 0.51, 0.5, 0.51, 0.5, 0.51], flips: 5, changed: 40);
        LossTest runs = new ProportionsTest(new PairedProportions(60, 10, 1000)), noisy = new NoisyTest(runs, noise);
        foreach (double level in (double[])[0.2, 0.025, 0.001, 1e-6])
        {
            Interval wide = noisy.Interval(level), narrow = runs.Interval(level);
            Assert.True(wide.Low < narrow.Low && wide.High > narrow.High);
            Assert.Equal(level, noisy.Above(wide.Low), 1e-6 + (level * 1e-3));
            Assert.Equal(level, noisy.Below(wide.High), 1e-6 + (level * 1e-3));
        }

        Assert.Equal(0.5, noisy.Above(noisy.Estimate), 1e-9);
        Assert.InRange(noisy.Above(0), 1e-9, 0.05);
        Assert.True(noisy.Above(0) > 2 * runs.Above(0));
    }

    [Fact]
    public void MeansOfTasks_AndLossesNearOne_KeepTheirBounds()
    {
        RunNoise noise = Of([0.5, 0.6, 0.5, 0.6, 0.5, 0.6, 0.5, 0.6], flips: 5, changed: 400);
        Assert.Equal(1, new NoisyTest(new ProportionsTest(new PairedProportions(990, 0, 1000)), noise).Interval(Level).High);
        var mean = new MeanTest(0.05, 0.01, 9) { IsBounded = true };
        Interval wide = new NoisyTest(mean, noise).Interval(Level);
        double half = Math.Sqrt(Math.Pow(mean.Interval(Level).High - 0.05, 2) + Math.Pow(noise.Reach(Level), 2));
        Assert.Equal((0.05 - half, 0.05 + half), (wide.Low, wide.High));
    }

    /// <summary>More rows of the two runs do not help against what the device does alone.</summary>
    [Fact]
    public void Decisive_WithinTheNoise_IsNever()
    {
        RunNoise noise = Of([0.5, 0.51, 0.5, 0.51, 0.5, 0.51, 0.5, 0.51], flips: 5, changed: 40);
        var near = new NoisyTest(new ProportionsTest(new PairedProportions(20, 10, 1000)), noise);
        var far = new NoisyTest(new ProportionsTest(new PairedProportions(50, 10, 1000)), noise);
        Assert.Equal(double.PositiveInfinity, near.Decisive(0, Level));
        Assert.InRange(far.Decisive(0, Level), far.Runs.Decisive(0, Level), 10);
    }
}
