using System.Buffers;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Aggregates one number a document to the median; of an even number of them to the upper one in the middle. The numbers are sorted once,
/// and a draw is counted by their ranks, because to sort each draw takes several times as long.
/// </summary>
internal sealed class MedianStatistic : CorpusStatistic
{
    private readonly List<double> _values = [];

    protected override void Keep(object? score) => _values.Add(Number(score));

    protected override Func<ReadOnlySpan<int>, double> Statistic()
    {
        double[] distinct = Distinct();
        int[] ranks = [.. _values.Select(value => Array.BinarySearch(distinct, value))];
        return sample =>
        {
            int[] counts = ArrayPool<int>.Shared.Rent(distinct.Length);
            Array.Clear(counts, 0, distinct.Length);
            foreach (int document in sample)
                counts[ranks[document]]++;
            int rank = 0;
            for (int atMost = counts[0]; atMost <= sample.Length / 2; atMost += counts[rank])
                rank++;
            ArrayPool<int>.Shared.Return(counts);
            return distinct[rank];
        };
    }

    /// <summary>The different numbers, ascending, with NaN before all others.</summary>
    private double[] Distinct()
    {
        double[] sorted = [.. _values];
        Array.Sort(sorted);
        int count = 0;
        foreach (double value in sorted)
        {
            if (count == 0 || sorted[count - 1].CompareTo(value) != 0)
                sorted[count++] = value;
        }

        return sorted[..count];
    }
}
