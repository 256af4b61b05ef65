using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class PairedTests
{
    /// <summary>Expected is 2 P(X &lt;= k) of a fair binomial: 14/64, 2 * 0.0493685732 and 2/2; a single flip has p = 1.</summary>
    [Theory]
    [InlineData(1, 5, 0.21875)]
    [InlineData(5, 1, 0.21875)]
    [InlineData(10, 20, 0.0987371466)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(0, 10, 0.001953125)]
    public void McNemar_WorkedCases(int lost, int won, double p) => Assert.Equal(p, Paired.McNemar(lost, won), 1e-9);

    /// <summary>
    /// With so many flips that 2^-flips is 0 as a double, the normal approximation with continuity correction is compared.
    /// </summary>
    [Fact]
    public void McNemar_ThousandsOfFlips_StaysANumber()
    {
        double z = (200 - 1) / Math.Sqrt(4000);
        Assert.Equal(2 * (1 - NormalCdf(z)), Paired.McNemar(1900, 2100), 1e-4);
    }

    /// <summary>Source: Abramowitz and Stegun, formula 26.2.17, which is right to 7.5e-8.</summary>
    private static double NormalCdf(double x)
    {
        double t = 1 / (1 + (0.2316419 * x));
        double tail = t * (0.319381530 + (t * (-0.356563782 + (t * (1.781477937 + (t * (-1.821255978 + (t * 1.330274429))))))));
        return 1 - (Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI) * tail);
    }

    [Fact]
    public void Holm_WorkedCase() =>
        Assert.Equal([0.03, 0.06, 0.06, 0.02], Paired.Holm([0.01, 0.04, 0.03, 0.005]), (a, b) => Math.Abs(a - b) < 1e-12);

    [Fact]
    public void StandardError_Alone_IsThatOfTheMeanDifference() =>
        // Differences 1, 0, 0, -1, 1: mean 0.2, squares 2.8, over 4 and 5.
        Assert.Equal(Math.Sqrt(2.8 / 4 / 5), Paired.StandardError([1, 0, 0, -1, 1], clusters: null)!.Value, 1e-12);

    /// <summary>The formula as it is printed: the variance plus all pairs within a cluster.</summary>
    [Fact]
    public void StandardError_Clustered_IsTheDoubleSum()
    {
        double[] d = [1, 1, 0, -1, 0, 1, 1];
        int[] clusters = [0, 0, 0, 1, 1, 2, 2];
        double mean = d.Average(), pairs = 0;
        for (int i = 0; i < d.Length; i++)
        {
            for (int j = 0; j < d.Length; j++)
                pairs += i != j && clusters[i] == clusters[j] ? (d[i] - mean) * (d[j] - mean) : 0;
        }

        double alone = Paired.StandardError(d, clusters: null)!.Value;
        Assert.Equal(Math.Sqrt((alone * alone) + (pairs / 49)), Paired.StandardError(d, clusters)!.Value, 1e-12);
    }

    [Fact]
    public void StandardError_EachItsOwnCluster_IsThatAlone() =>
        Assert.Equal(Paired.StandardError([1, 0, 0, -1, 1], clusters: null), Paired.StandardError([1, 0, 0, -1, 1], [0, 1, 2, 3, 4]));

    [Fact]
    public void StandardError_OneSample_IsUnknown() => Assert.Null(Paired.StandardError([1], clusters: null));

    /// <summary>The smallest difference that would show is 1.96 + 0.84 standard errors.</summary>
    [Fact]
    public void SmallestVisible_AtEightyPercentPower() => Assert.Equal(0.028016, Paired.SmallestVisible(0.01), 1e-6);
}
