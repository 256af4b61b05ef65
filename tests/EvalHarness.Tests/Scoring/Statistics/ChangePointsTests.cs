using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>The benchmarks' study of the history repeats the simulations with more settings and more draws.</summary>
public sealed class ChangePointsTests
{
    private const int Draws = 2_000;

    private static double[] Noise(int seed, int count, double deviation)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Normal.Sample(random, 0, deviation))];
    }

    /// <summary>The estimated noise gave 8.3% for 20 rows at 0.95, and 19% for four nights.</summary>
    [Theory]
    [InlineData(4, 20, 0.5)]
    [InlineData(4, 300, 0.8)]
    [InlineData(14, 20, 0.95)]
    [InlineData(14, 100, 0.99)]
    [InlineData(14, 14_042, 0.8)]
    [InlineData(90, 300, 0.5)]
    [InlineData(90, 1_319, 0.8)]
    public void UnchangedRows_AtMostOneSeriesInAHundredHasAStep(int nights, int rows, double share) =>
        Assert.InRange(NightSimulation.FalseAlarms(Draws, nights, rows, share), 0, 0.0125);

    /// <summary>One row that was wrong with probability 0.1 gave 40% of series of 6 nights a step, and all of 90 nights.</summary>
    [Theory]
    [InlineData(6, 1, 0.1)]
    [InlineData(14, 1, 0.5)]
    [InlineData(14, 3, 0.5)]
    [InlineData(90, 1, 0.1)]
    [InlineData(90, 2, 0.3)]
    [InlineData(90, 3, 0.1)]
    public void FewFlippingRows_AreNoStep(int nights, int few, double wrong) =>
        Assert.InRange(NightSimulation.FalseAlarmsOfFew(Draws, nights, 100, few, wrong), 0, 0.005);

    /// <summary>The estimated noise found it in 22%.</summary>
    [Theory]
    [InlineData(20, 0.5)]
    [InlineData(20, 0.8)]
    [InlineData(100, 0.8)]
    [InlineData(1_319, 0.95)]
    [InlineData(14_042, 0.99)]
    public void Drop_OfTwoStandardErrorsOfANight_IsFound(int rows, double share)
    {
        double error = Math.Sqrt(share * (1 - share) / rows);
        Assert.InRange(NightSimulation.Found(Draws, 14, 7, rows, share + error, share - error), 0.68, 0.80);
    }

    [Theory]
    [InlineData(20, 2)]
    [InlineData(100, 4)]
    [InlineData(300, 8)]
    public void Drop_AmongStableRows_IsFound(int rows, int lost)
    {
        Assert.Equal(1, NightSimulation.FoundAmongStable(50, 14, 7, rows, lost, few: 0, wrong: 0, exact: true));
        Assert.InRange(NightSimulation.FoundAmongStable(Draws, 14, 7, rows, lost, few: 3, wrong: 0.1), 0.95, 1);
    }

    /// <summary>The last two nights were never looked at.</summary>
    [Theory]
    [InlineData(13, 4.5)]
    [InlineData(12, 3.5)]
    public void Drop_OnTheLastNights_IsFoundWhereItIs(int at, double size)
    {
        double half = size / 2 * Math.Sqrt(0.25 / 300);
        Assert.InRange(NightSimulation.Found(Draws, 14, at, 300, 0.5 + half, 0.5 - half, exact: true), 0.7, 1);
    }

    [Fact]
    public void TwoSteps_AreFoundWhereTheyAre()
    {
        var random = new Random(3);
        var rows = new AlikeRows(1_000, 0.001, night => night is >= 30 and < 70 ? 0.7 : 0.8);
        int[] steps = [.. NightSimulation.Steps(random, 100, 1_000, rows)];
        Assert.Equal(2, steps.Length);
        Assert.InRange(steps[0], 29, 31);
        Assert.InRange(steps[1], 69, 71);
    }

    [Fact]
    public void NoRowThatEverChanges_HasNoStep() =>
        Assert.Empty(ChangePoints.Find([.. Enumerable.Repeat(0.1 + 0.2, 50)], NightNoise.Of([.. new RowChanges[49]], 100)));

    [Fact]
    public void Measurements_WithNoise_HaveNoSteps()
    {
        foreach (int nights in (int[])[6, 14, 30, 90])
        {
            int found = Enumerable.Range(0, Draws).Count(i => ChangePoints.FindMeasured(Noise(i, nights, 0.02), 0.005).Count > 0);
            Assert.InRange(found, 0, Draws / 100);
        }
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(990)]
    public void Measurements_StepOfThreeDeviates_IsFoundWhereItIs(int at)
    {
        double[] noise = Noise(1, 1_000, 0.01);
        int step = Assert.Single(ChangePoints.FindMeasured([.. noise.Select((n, i) => 0.6 + n - (i >= at ? 0.03 : 0))], 0.005));
        Assert.InRange(step, at - 2, at + 2);
    }

    [Fact]
    public void Measurements_ForAWhileSlower_ChangeTwice() => Assert.Equal(
        [30, 35],
        ChangePoints.FindMeasured([.. Noise(5, 65, 0.02).Select((n, i) => n - (i is >= 30 and < 35 ? 0.2 : 0))], 0.005));

    /// <summary>Equal values have no noise that could be estimated, and each outlier was a step.</summary>
    [Theory]
    [InlineData(6)]
    [InlineData(14)]
    [InlineData(90)]
    public void Measurements_EqualButForAnOutlier_HaveNoSteps(int nights)
    {
        for (int at = 0; at < nights; at++)
        {
            double[] values = [.. Enumerable.Range(0, nights).Select(i => i == at ? 0.5 : 1.0)];
            Assert.Empty(ChangePoints.FindMeasured(values, 0.005));
            if (nights < 14)
                continue;
            values[Math.Min(nights - 1, at + 1)] = 0.5;
            Assert.Empty(ChangePoints.FindMeasured(values, 0.005));
        }
    }

    [Fact]
    public void Measurements_EqualBeforeAndAfter_ChangeOnce()
    {
        Assert.Equal([7], ChangePoints.FindMeasured([.. Enumerable.Range(0, 10).Select(i => i < 7 ? 8.0 : 7.9)], 0.005));
        Assert.Empty(ChangePoints.FindMeasured([.. Enumerable.Range(0, 10).Select(i => i < 7 ? 8.0 : 7.99)], 0.005));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void FewMeasurements_HaveNoSteps(int count) =>
        Assert.Empty(ChangePoints.FindMeasured([.. Enumerable.Range(0, count).Select(i => i < 2 ? 1.0 : 2.0)], 0.005));
}
