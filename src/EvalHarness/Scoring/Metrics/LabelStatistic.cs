using System.Runtime.InteropServices;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Scoring.Metrics;

/// <summary>
/// Aggregates gold and predicted labels, of which the metric needs only how often each pair occurs: the cells of a confusion matrix.
/// </summary>
/// <param name="make">Given the cells, returns a function that computes the metric from how often each of them occurs.</param>
internal sealed class LabelStatistic(Func<(long Gold, long Predicted)[], Func<ReadOnlySpan<long>, double>> make) : CorpusStatistic
{
    /// <summary>The number of each cell, in the order in which they came.</summary>
    private readonly Dictionary<(long Gold, long Predicted), int> _cells = [];

    /// <summary>The cell of each document.</summary>
    private readonly List<int> _documents = [];

    protected override void Keep(object? score)
    {
        (long, long) cell = (Whole(Pair(score)[0]), Whole(Pair(score)[1]));
        if (!_cells.TryGetValue(cell, out int number))
            _cells[cell] = number = _cells.Count;
        _documents.Add(number);
    }

    protected override Func<ReadOnlySpan<int>, double> Statistic()
    {
        Func<ReadOnlySpan<long>, double> compute = make([.. _cells.OrderBy(c => c.Value).Select(c => c.Key)]);
        return sample => compute(Counts(sample));
    }

    private long[] Counts(ReadOnlySpan<int> sample)
    {
        // Two tables in turn, because a count that is added to twice in a row waits for itself.
        long[] counts = new long[_cells.Count], others = new long[_cells.Count];
        ReadOnlySpan<int> documents = CollectionsMarshal.AsSpan(_documents);
        for (int i = 1; i < sample.Length; i += 2)
        {
            counts[documents[sample[i - 1]]]++;
            others[documents[sample[i]]]++;
        }

        if (sample.Length % 2 == 1)
            counts[documents[sample[^1]]]++;
        for (int cell = 0; cell < counts.Length; cell++)
            counts[cell] += others[cell];
        return counts;
    }

    /// <summary>
    /// With the reference's own draws where rows times draws are within the limit, and otherwise by counts, in the order of the labels so
    /// that the order of the documents does not matter.
    /// </summary>
    protected override CorpusScore Bootstrapped(CorpusScore score, int draws)
    {
        if (Bootstrap.Draws(draws, Count) == Bootstrap.Draws(draws, 1))
            return base.Bootstrapped(score, draws);
        var counted = _cells.OrderBy(c => c.Key).ToList();
        long[] all = Counts([.. Enumerable.Range(0, Count)]), counts = [.. counted.Select(c => all[c.Value])];
        int made = Bootstrap.Draws(draws, counts.Length);
        Func<ReadOnlySpan<long>, double> compute = make([.. counted.Select(c => c.Key)]);
        return score with
        {
            StandardError = Defined(Bootstrap.StandardError(compute, counts, made)),
            Method = BootstrapMethod.BootstrapCounts,
            Draws = made,
        };
    }
}
