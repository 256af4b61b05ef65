using EvalHarness.Pythonic;

namespace EvalHarness.Scoring.Statistics;

/// <summary>A row in the order in which it is asked.</summary>
/// <param name="Index">The row's position in the input, from 0.</param>
/// <param name="Weight">By what its loss is multiplied, so that each step's mean is the mean loss of all rows.</param>
internal readonly record struct SequentialRow(int Index, double Weight);

/// <summary>
/// A random order of rows in which those that are likely to differ come earlier, with probabilities that are known, so that weights make
/// up for it. Rows are drawn from two strata without looking at what earlier rows gave: a step draws a likely row with probability q and
/// an unlikely one with 1 - q, and its loss counts W / q times, W being the stratum's share of all rows.
/// </summary>
/// <remarks>
/// Source: strata with probabilities of their own, Neyman 1934, J. R. Statist. Soc. 97, 558-625, weighted by the inverse of these.
/// </remarks>
internal sealed class SequentialOrder
{
    /// <summary>How much more often a likely row is drawn at first than it would be by chance.</summary>
    private const double Preference = 3;

    /// <summary>The largest probability of drawing a likely row at first: the others must not count for much more.</summary>
    private const double MostLikely = 0.4;

    private SequentialOrder(IReadOnlyList<SequentialRow> rows) => Rows = rows;

    /// <summary>
    /// All rows. Once one stratum is used up no step can estimate the mean any more, so that the last few rows have weight 0.
    /// </summary>
    internal IReadOnlyList<SequentialRow> Rows { get; }

    /// <param name="likely">For each row, whether it is likely to differ.</param>
    /// <param name="seed">Draws the order.</param>
    internal static SequentialOrder Of(IReadOnlyList<bool> likely, long seed)
    {
        var random = new MersenneTwister(seed);
        int[] order = [.. Enumerable.Range(0, likely.Count)];
        for (int i = order.Length - 1; i > 0; i--)
        {
            int other = (int)(random.NextDouble() * (i + 1));
            (order[i], order[other]) = (order[other], order[i]);
        }

        var first = new Queue<int>(order.Where(i => likely[i]));
        var second = new Queue<int>(order.Where(i => !likely[i]));
        if (first.Count == 0 || second.Count == 0)
            return new SequentialOrder([.. order.Select(i => new SequentialRow(i, 1))]);
        int half = first.Count / 2;
        double share = (double)first.Count / order.Length, preferred = Math.Max(share, Math.Min(MostLikely, Preference * share));
        var rows = new List<SequentialRow>(order.Length);
        while (first.Count > 0 && second.Count > 0)
        {
            // The rest of the likely rows is spread over the rest of all, so that both end together.
            double q = first.Count > half ? preferred : (double)first.Count / (first.Count + second.Count);
            rows.Add(random.NextDouble() < q
                ? new SequentialRow(first.Dequeue(), share / q)
                : new SequentialRow(second.Dequeue(), (1 - share) / (1 - q)));
        }

        rows.AddRange(first.Concat(second).Select(i => new SequentialRow(i, 0)));
        return new SequentialOrder(rows);
    }
}
