using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class StepThresholdTests
{
    [Theory]
    [InlineData(2, 2.62)]
    [InlineData(14, 3.30)]
    [InlineData(90, 3.60)]
    [InlineData(10_000, 3.83)]
    public void KnownNoise_IsTheTable(int length, double expected) => Assert.Equal(expected, StepThreshold.KnownNoise.For(length), 1e-12);

    /// <summary>Between the lengths of the table it is linear in the logarithm of the length.</summary>
    [Fact]
    public void BetweenTheLengths_IsInterpolated()
    {
        Assert.Equal(3.60 + (0.07 * Math.Log(120.0 / 90) / Math.Log(2)), StepThreshold.KnownNoise.For(120), 1e-12);
        Assert.Equal(2.95, StepThreshold.MeasuredNoise.For(3));
    }

    [Fact]
    public void LongerSeries_HaveLargerThresholds()
    {
        foreach (StepThreshold threshold in (StepThreshold[])[StepThreshold.KnownNoise, StepThreshold.MeasuredNoise])
        {
            double[] values = [.. Enumerable.Range(2, 4_000).Select(threshold.For)];
            Assert.Equal(values.Order(), values);
        }
    }
}
