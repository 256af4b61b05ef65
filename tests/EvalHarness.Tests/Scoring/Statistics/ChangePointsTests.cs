using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class ChangePointsTests
{
    private static double[] Noise(int seed, int count, double deviation) =>
        [.. Enumerable.Range(0, count).Select(_ => Normal.Sample(new Random(seed + (1000 * _)), 0, deviation))];

    [Fact]
    public void Noise_HasNoSteps()
    {
        var random = new Random(7);
        int found = Enumerable.Range(0, 200).Count(
            _ => ChangePoints.Find([.. Enumerable.Range(0, 1_000).Select(i => Normal.Sample(random, 0.6, 0.01))]).Count > 0);
        Assert.InRange(found, 0, 2);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(500)]
    [InlineData(990)]
    public void Step_OfThreeDeviates_IsFoundWhereItIs(int at)
    {
        double[] noise = Noise(1, 1_000, 0.01);
        int step = Assert.Single(ChangePoints.Find([.. noise.Select((n, i) => 0.6 + n - (i >= at ? 0.03 : 0))]));
        Assert.InRange(step, at - 2, at + 2);
    }

    [Fact]
    public void EqualValues_EveryChangeIsAStep() => Assert.Equal([3, 5], ChangePoints.Find([0.5, 0.5, 0.5, 0.4, 0.4, 0.6, 0.6, 0.6, 0.6]));

    [Fact]
    public void EqualValues_RoundingIsNoStep() =>
        Assert.Empty(ChangePoints.Find([.. Enumerable.Repeat(0.1 + 0.2, 500), .. Enumerable.Repeat(0.3, 500)]));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void FewValues_HaveNoSteps(int count) => Assert.Empty(ChangePoints.Find([.. Enumerable.Repeat(1.0, count)]));
}
