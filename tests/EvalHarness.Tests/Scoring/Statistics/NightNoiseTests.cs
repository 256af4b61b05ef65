using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class NightNoiseTests
{
    private static NightNoise Of(int changes, int pairs, int rows) => NightNoise.Of(
        [.. Enumerable.Range(0, pairs).Select(i => new RowChanges(i == 0 ? changes : 0, i == 0 ? 1 : 0))], rows);

    /// <summary>The expected values are of scipy 1.10; make_night_noise_cases.py beside this file prints them.</summary>
    [Theory]
    [InlineData(2, 13, 20, 2, 7, 7, 6.2836608035667405)]
    [InlineData(2, 13, 20, 2, 13, 1, 2.4907513884176216)]
    [InlineData(8, 13, 100, 8, 13, 1, 5.790552959230297)]
    [InlineData(416, 13, 100, 8, 7, 7, 3.7235185983382797)]
    [InlineData(130, 13, 20, 4.5, 7, 7, 3.7083508021277853)]
    [InlineData(16, 89, 300, 2, 88, 2, 4.095185061098508)]
    [InlineData(16, 89, 300, 1.5, 45, 45, 15.315840767723406)]
    [InlineData(400_000, 89, 14_042, 150, 30, 60, 14.119667736860919)]
    public void Deviate_IsThatOfScipy(int changes, int pairs, int rows, double difference, int before, int after, double expected)
    {
        NightNoise noise = Of(changes, pairs, rows);
        Assert.Equal(expected, noise.Deviate(difference, before, after), 1e-6);
        Assert.Equal(expected, noise.Deviate(-difference, before, after), 1e-6);
    }

    [Fact]
    public void Deviate_OfOneRow_IsNone()
    {
        Assert.Equal(0, Of(1, 89, 300).Deviate(1, 45, 45));
        Assert.InRange(Of(1, 89, 300).Deviate(1.1, 45, 45), 10, 30);
    }

    /// <summary>100 rows that are right with 0.8 change 32 times from night to night, and the variance of their number is 16.</summary>
    [Fact]
    public void Variance_OfManyChanges_IsHalfTheirNumber()
    {
        var noise = NightNoise.Of([.. Enumerable.Repeat(new RowChanges(32e-4, 0.01), 1_000)], 100);
        Assert.Equal(16e-4 + (4e-4 / 2_000), noise.Variance, 1e-12);
        Assert.Equal(Math.Sqrt(noise.Variance * ((1.0 / 3) + (1.0 / 5))), noise.StandardError(3, 5), 1e-12);
    }

    [Fact]
    public void StandardErrors_AreAveragedAsVariances()
    {
        var noise = NightNoise.OfStandardErrors([0.01, 0.03]);
        Assert.Equal(5e-4, noise.Variance, 1e-12);
        Assert.Equal(0.1 / Math.Sqrt(5e-4 * 2 / 7), noise.Deviate(0.1, 7, 7), 1e-9);
    }
}
