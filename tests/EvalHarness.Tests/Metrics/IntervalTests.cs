using EvalHarness.Metrics;

namespace EvalHarness.Tests.Metrics;

public sealed class IntervalTests
{
    /// <summary>Source: Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3 (score without continuity correction).</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void Wilson_WorkedTable(int right, int count, double low, double high)
    {
        Interval interval = Interval.Wilson((double)right / count, count);
        Assert.Equal((low, high), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
    }

    [Fact]
    public void Wilson_NoSamples_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Wilson(0.5, 0));
}
