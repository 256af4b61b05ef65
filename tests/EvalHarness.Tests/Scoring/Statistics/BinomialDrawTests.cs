using EvalHarness.Pythonic;
using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class BinomialDrawTests
{
    private const int Draws = 100_000;

    /// <summary>Both algorithms and both halves. The bound is of a chi-squared test at the level of 0.001.</summary>
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(12, 0.5)]
    [InlineData(200, 0.01)]
    [InlineData(200, 0.97)]
    [InlineData(21, 0.5)]
    [InlineData(100, 0.101)]
    [InlineData(1_000, 0.4)]
    [InlineData(1_000, 0.9)]
    [InlineData(1_000_000, 0.00002)]
    public void Draws_HaveTheDistribution(int trials, double share)
    {
        var random = new MersenneTwister(1);
        var counts = new Dictionary<long, int>();
        for (int i = 0; i < Draws; i++)
        {
            long drawn = BinomialDraw.Next(random, trials, share);
            counts[drawn] = counts.GetValueOrDefault(drawn) + 1;
        }

        Assert.All(counts.Keys, drawn => Assert.InRange(drawn, 0, trials));
        double statistic = 0, rest = Draws, restExpected = Draws;
        int cells = 0;
        foreach ((long drawn, int count) in counts)
        {
            double expected = Draws * Binomial.PMF(share, trials, (int)drawn);
            if (expected < 20)
                continue;
            statistic += (count - expected) * (count - expected) / expected;
            (rest, restExpected, cells) = (rest - count, restExpected - expected, cells + 1);
        }

        if (restExpected >= 20)
            (statistic, cells) = (statistic + ((rest - restExpected) * (rest - restExpected) / restExpected), cells + 1);
        Assert.True(cells > 1);
        Assert.True(statistic < ChiSquared.InvCDF(cells - 1, 0.999), $"{statistic} with {cells} cells");
    }

    [Theory]
    [InlineData(0, 0.5, 0)]
    [InlineData(7, 0.0, 0)]
    [InlineData(7, 1.0, 7)]
    public void CertainNumbers_AreDrawn(long trials, double share, long expected) =>
        Assert.Equal(expected, BinomialDraw.Next(new MersenneTwister(1), trials, share));

    [Fact]
    public void ManyTrials_HaveTheMeanAndTheDeviation()
    {
        const long Trials = 3_000_000_000;
        var random = new MersenneTwister(2);
        double[] drawn = [.. Enumerable.Range(0, Draws).Select(_ => (double)BinomialDraw.Next(random, Trials, 0.25))];
        double deviation = Math.Sqrt(Trials * 0.25 * 0.75), error = deviation / Math.Sqrt(Draws);
        Assert.InRange(drawn.Average(), (Trials * 0.25) - (4 * error), (Trials * 0.25) + (4 * error));
        Assert.InRange(Aggregation.MeanStandardError(drawn)!.Value * Math.Sqrt(Draws) / deviation, 0.99, 1.01);
    }
}
