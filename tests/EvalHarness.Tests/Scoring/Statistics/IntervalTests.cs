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
    public void Share_IsWilsons() => Assert.Equal(Interval.Wilson(0.75, 4), Interval.OfMean(0.75, 4, standardError: 0.25));

    /// <summary>A single row is right or wrong, or says nothing.</summary>
    [Fact]
    public void SingleRow_RightIsWilsons()
    {
        Assert.Equal(0.2065, Interval.OfMean(1, 1, standardError: null)!.Value.Low, 1e-4);
        Assert.Null(Interval.OfMean(0.3, 1, standardError: null));
    }

    /// <summary>Six numbers of mean 0.5 and standard error 0.06; the quantile of t with 5 degrees of freedom is 2.5706.</summary>
    [Fact]
    public void Numbers_HaveStudentsInterval()
    {
        Interval interval = Interval.OfMean(0.5, 6, standardError: 0.06)!.Value;
        Assert.Equal((0.3458, 0.6542), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
        Assert.Equal(27 - (2.5706 * 3), Interval.OfMean(27, 6, standardError: 3)!.Value.Low, 1e-3);
    }

    /// <summary>Of 164 rows three have lost half of pass@5: the interval stays below 1 and reaches far enough down.</summary>
    [Fact]
    public void Numbers_NearOne_StayWithinIt()
    {
        double mean = 1 - (1.5 / 164), error = Math.Sqrt(((3 * 0.25) - (1.5 * 1.5 / 164)) / 163 / 164);
        Interval interval = Interval.OfMean(mean, 164, error)!.Value;
        Assert.Equal(1, interval.High);
        Assert.InRange(interval.Low, 0.955, 0.975);
    }

    /// <summary>The mean over tasks of 2 and of 20 rows, half of each right: the interval ended at -0.033 and 1.033.</summary>
    [Fact]
    public void MeanOfTasks_StaysWithinZeroAndOne()
    {
        double error = Math.Sqrt((0.25 / 1) + (0.25 / 19)) / 2;
        Interval interval = Interval.OfMean(0.5, 22, error, isMeanOfTasks: true)!.Value;
        Assert.Equal((0, 1), (interval.Low, interval.High));
    }

    /// <summary>Five tasks of 6 rows, of which 29 are right: the pooled error is a little larger than that of 30 rows.</summary>
    [Fact]
    public void GroupOfSmallTasks_StaysBelowOne() => Assert.Equal(1, Interval.OfMean(29 / 30.0, 30, 0.0334)!.Value.High);

    /// <summary>A constant score is no share, and has no width.</summary>
    [Theory]
    [InlineData(27)]
    [InlineData(0.5)]
    public void ConstantScore_IsAPoint(double score)
    {
        Interval interval = Interval.OfMean(score, 20, standardError: 0)!.Value;
        Assert.Equal((score, score), (interval.Low, interval.High));
    }

    [Fact]
    public void NoStandardError_IsUnknown() => Assert.Null(Interval.OfMean(0.3, 20, standardError: null));
}
