using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class UnpairedDifferenceTests
{
    /// <summary>
    /// Source: Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10; statsmodels 0.14's confint_proportions_2indep with
    /// method "newcomb" gives the same.
    /// </summary>
    [Theory]
    [InlineData(56, 70, 48, 80, 0.0524, 0.3339)]
    [InlineData(9, 10, 3, 10, 0.1705, 0.8090)]
    [InlineData(6, 7, 2, 7, 0.0582, 0.8062)]
    [InlineData(5, 56, 0, 29, -0.0381, 0.1926)]
    [InlineData(0, 10, 0, 20, -0.1611, 0.2775)]
    [InlineData(10, 10, 0, 20, 0.6791, 1.0000)]
    public void SquareAndAdd_WorkedTable(int right, int count, int otherRight, int otherCount, double low, double high)
    {
        Interval interval = UnpairedDifference.SquareAndAdd(
            new UncertainScore((double)right / count, count),
            new UncertainScore((double)otherRight / otherCount, otherCount),
            Interval.Normal95);
        Assert.Equal((low, high), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
    }

    /// <summary>All pairs of right answers are enumerated, so these are the exact rates, at several true scores.</summary>
    [Theory]
    [InlineData(50, 50)]
    [InlineData(5, 164)]
    [InlineData(164, 164)]
    public void Interval_OfEqualScoresOfFewRows_ExcludesNoDifferenceInAtMostOneOfTwenty(int rows, int otherRows)
    {
        double[] truths = [0.03, 0.1, 0.3, 0.5, 0.7, 0.97];
        double[] rates = new double[truths.Length];
        for (int right = 0; right <= rows; right++)
        {
            for (int otherRight = 0; otherRight <= otherRows; otherRight++)
            {
                var first = new UncertainScore((double)right / rows, rows);
                var second = new UncertainScore((double)otherRight / otherRows, otherRows);
                if (new UnpairedDifference(first, second).Interval(Interval.Normal95) is not ({ Low: > 0 } or { High: < 0 }))
                    continue;
                for (int i = 0; i < truths.Length; i++)
                    rates[i] += Binomial.PMF(truths[i], rows, right) * Binomial.PMF(truths[i], otherRows, otherRight);
            }
        }

        Assert.All(rates, r => Assert.InRange(r, 0, 0.05));
        Assert.InRange(rates.Max(), 0.03, 0.05);
    }

    [Fact]
    public void P_IsTheLevelAtWhichTheIntervalReachesNoDifference()
    {
        var difference = new UnpairedDifference(new UncertainScore(0.8, 70), new UncertainScore(0.6, 80), Rounding: 0.005);
        double z = -Normal.InvCDF(0, 1, difference.P / 2);
        Assert.InRange(difference.P, 0.005, 0.05);
        Assert.Equal(0, difference.Interval(z).Low, 6);
        Assert.Equal(difference.P, (difference with { First = difference.Second, Second = difference.First }).P, 2);
        Assert.Equal(1, new UnpairedDifference(new UncertainScore(0.8, 70), new UncertainScore(0.8, 80)).P);
    }

    /// <summary>A score that was printed as 85 may have been 84.5 before; the same score printed as 85.0 was 84.95 or more.</summary>
    [Fact]
    public void Interval_CoversWhatRoundingHides()
    {
        var measured = new UncertainScore(0.845, 1e9);
        Assert.True(new UnpairedDifference(measured, new UncertainScore(0.85, 1e9), 0.005).P > 0.05);
        Assert.True(new UnpairedDifference(measured, new UncertainScore(0.85, 1e9), 0.0005).P < 1e-9);
    }

    [Fact]
    public void Interval_StaysWithinThePossible()
    {
        Interval interval = new UnpairedDifference(new UncertainScore(1, 5), new UncertainScore(0, 5), 0.005).Interval(Interval.Normal95);
        Assert.InRange(interval.Low, 0, 1);
        Assert.Equal(1, interval.High);
    }

    [Fact]
    public void Of_TheStandardErrorOfAShare_IsTheShareOfItsRows()
    {
        UncertainScore score = UncertainScore.Of(0.7, Math.Sqrt(0.7 * 0.3 / 163), degreesOfFreedom: 1_000_000, rows: 1);
        Assert.Equal(164, score.Rows, 3);
    }

    /// <summary>
    /// Six scores of a metric from 0 to 1 with the standard error 0.05: 0.7 * 0.3 / 0.05^2 + 1 = 85 rows, times the square of the ratio of
    /// the normal to Student's quantile, 1.959964 / 2.570582 (scipy 1.14).
    /// </summary>
    [Fact]
    public void Of_AnErrorOfFewRows_CountsFewerRows() =>
        Assert.Equal(85 * Math.Pow(1.959963984540054 / 2.5705818356363146, 2), UncertainScore.Of(0.7, 0.05, 5, 6).Rows, 6);

    [Fact]
    public void Of_NoError_IsAShareOfTheRows()
    {
        Interval interval = UncertainScore.Of(1, 0, 1_000_000, 40).Interval(Interval.Normal95);
        Assert.Equal((Interval.Wilson(1, 40).Low, 1.0), (interval.Low, interval.High));
    }
}
