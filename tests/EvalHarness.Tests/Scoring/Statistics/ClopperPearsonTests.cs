using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class ClopperPearsonTests
{
    /// <summary>Source: proportion_confint(k, n, alpha, method="beta") of statsmodels 0.13.5, and for fractions scipy's beta.ppf.</summary>
    [Theory]
    [InlineData(0, 100, 0.95, 0.0, 0.03621669264517641)]
    [InlineData(2, 20, 0.95, 0.012348527170294813, 0.31698271401908235)]
    [InlineData(3, 400, 0.95, 0.001549358949905658, 0.0217606685144171)]
    [InlineData(100, 100, 0.95, 0.9637833073548235, 1.0)]
    [InlineData(10, 100, 0.9, 0.055263237682870045, 0.1637176232758148)]
    [InlineData(2.5, 40, 0.95, 0.010534485022236681, 0.18681429723762477)]
    [InlineData(0.3, 12.5, 0.95, 2.4785587101871403e-07, 0.29380364896439304)]
    public void Interval_EqualsStatsmodels(double successes, double count, double level, double low, double high)
    {
        Interval interval = ClopperPearson.Interval(successes, count, level);
        Assert.Equal(low, interval.Low, 1e-9);
        Assert.Equal(high, interval.High, 1e-9);
    }
}
