using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>Scores that must not be too small; a loss is the negative of a score.</summary>
public sealed class ScoreTestTests
{
    /// <summary>8 of 10 rows at a limit of 0.95: the binomial probability of at most 8 is 0.0861, and the score test said 0.015.</summary>
    [Fact]
    public void Share_Above_IsTheBinomialTest()
    {
        ScoreTest test = ScoreTest.Of(0.8, 10, Math.Sqrt(0.16 / 9))!;
        Assert.Equal(0.0861384, test.Above(-0.95), 1e-6);
        Assert.Equal(Interval.Wilson(0.8, 10).Low, -test.Interval(Interval.Level95).High, 1e-12);
    }

    /// <summary>The level of the interval that ends at the limit is the p-value.</summary>
    [Theory]
    [InlineData(0.62)]
    [InlineData(0.4)]
    public void Numbers_LevelOfTheInterval_IsP(double limit)
    {
        ScoreTest test = ScoreTest.Of(0.5, 40, 0.04)!;
        double level = Math.Min(test.Above(-limit), test.Below(-limit));
        Interval interval = test.Interval(level);
        Assert.Equal(limit, limit > 0.5 ? -interval.Low : -interval.High, 1e-6);
    }

    /// <summary>A constant score of 27 gave an interval from NaN to NaN.</summary>
    [Theory]
    [InlineData(26, 0, 1)]
    [InlineData(28, 1, 0)]
    public void ConstantScore_HasNoNaN(double limit, double below, double above)
    {
        ScoreTest test = ScoreTest.Of(27, 20, 0)!;
        Assert.Equal((1 - below, 1 - above), (test.Above(-limit), test.Below(-limit)));
        Assert.Equal(new Interval(-27, -27), test.Interval(Interval.Level95));
        Assert.True(double.IsFinite(test.Decisive(-limit, Interval.Level95)));
    }

    [Fact]
    public void ScoreWithoutAnInterval_SaysNothing() => Assert.Null(ScoreTest.Of(0.3, 20, standardError: null));
}
