using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Scoring.Metrics;

public sealed class MedianStatisticTests
{
    /// <summary>What sorting each draw gives, to the last bit: with few and many different numbers, and with NaN.</summary>
    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(300, 5)]
    [InlineData(301, 1_000_000)]
    public void Aggregate_GivesWhatSortingGives(int count, int different)
    {
        var random = new Random(count);
        double[] values = [.. Enumerable.Range(0, count).Select(_ => random.Next(different) / 7.0)];
        if (count > 300)
            values[17] = double.NaN;
        double Sorted(ReadOnlySpan<int> sample)
        {
            double[] drawn = new double[sample.Length];
            for (int i = 0; i < drawn.Length; i++)
                drawn[i] = values[sample[i]];
            Array.Sort(drawn);
            return drawn[drawn.Length / 2];
        }

        var statistic = CorpusStatistic.Create("median", function: null);
        foreach (double value in values)
            statistic.Add(value);
        CorpusScore score = statistic.Aggregate(ErrorMethod.Bootstrap, draws: 2_000);
        Assert.Equal(Sorted([.. Enumerable.Range(0, count)]), score.Value);
        Assert.Equal(count == 1 ? null : Bootstrap.StandardError(Sorted, count, draws: 2_000), score.StandardError);
    }
}
