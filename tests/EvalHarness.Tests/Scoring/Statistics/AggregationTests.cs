using EvalHarness.Scoring;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

/// <summary>Edge cases of the aggregations; ParityTests compares ordinary cases with the reference's numbers.</summary>
public sealed class AggregationTests
{
    [Fact]
    public void MeanStandardError_OneValue_IsUnknown() => Assert.Null(Aggregation.MeanStandardError([1]));

    [Fact]
    public void MeanStandardError_ZerosAndOnes_IsTheBinomialOne() =>
        Assert.Equal(
            Math.Sqrt(0.25 * 0.75 / 99),
            Aggregation.MeanStandardError([.. Enumerable.Range(0, 100).Select(i => i % 4 == 0 ? 1.0 : 0.0)])!.Value,
            12);

    [Fact]
    public void GroupMean_BySizeOrNot_Differs()
    {
        Assert.Equal(0.25, Aggregation.GroupMean([1, 0], [1, 3], weightBySize: true));
        Assert.Equal(0.5, Aggregation.GroupMean([1, 0], [1, 3], weightBySize: false));
    }

    [Fact]
    public void PooledStandardError_AnUnknownPart_IsUnknown() => Assert.Null(Aggregation.PooledStandardError([0.1, null], [10, 10]));

    /// <summary>Values by the definition, 1 - C(n-c, k) / C(n, k).</summary>
    [Theory]
    [InlineData(1, 0, 1, 0.0)]
    [InlineData(1, 1, 1, 1.0)]
    [InlineData(10, 3, 1, 0.3)]
    [InlineData(10, 3, 5, 1 - (21.0 / 252))]
    [InlineData(5, 1, 5, 1.0)]
    [InlineData(200, 1, 100, 0.5)]
    public void PassAtK_Table(int samples, int correct, int k, double expected) =>
        Assert.Equal(expected, CodeExecutionGrader.PassAtK(samples, correct, k), 12);
}
