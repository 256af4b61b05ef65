using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class IntervalTests
{
    /// <summary>
    /// Source: Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3 (score without continuity correction).
    /// </summary>
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

    [Fact]
    public void Of_ZerosAndOnes_IsWilsons() => Assert.Equal(Interval.Wilson(0.75, 4), Interval.Of(0.75, [1, 0, 1, 1], standardError: 0.25));

    /// <summary>A mean over tasks of equal weight is not a proportion of the samples, so Wilson's interval does not apply to it.</summary>
    [Fact]
    public void Of_AnotherMeanThanTheSamples_IsByStandardError() => Assert.Equal(
        new Interval(0.5 - (0.1 * Interval.Normal95), 0.5 + (0.1 * Interval.Normal95)), Interval.Of(0.5, [1, 0, 1, 1], standardError: 0.1));

    [Fact]
    public void Of_NoStandardError_IsUnknown() => Assert.Null(Interval.Of(0.3, [0.3], standardError: null));
}
