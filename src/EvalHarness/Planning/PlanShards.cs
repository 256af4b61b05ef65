namespace EvalHarness.Planning;

/// <summary>
/// Cuts the walk of a plan into shards for several workers. A worker computes the path to the beginning of its shard again, so
/// the cuts are made where neighbouring sequences share a short prefix.
/// </summary>
internal static class PlanShards
{
    /// <param name="plan">The plan of all sequences.</param>
    /// <param name="count">The number of shards wanted, 1 or more. The result has fewer if there are fewer sequences.</param>
    /// <param name="extra">
    /// The cost of a sequence beyond its own tokens, in tokens, by sequence number. For a completion it is the number of tokens
    /// that it may generate.
    /// </param>
    /// <returns>Non-empty ranges of <see cref="PrefixPlan.Order"/>, in order, that cover all of it. Last is exclusive.</returns>
    public static IReadOnlyList<(int First, int Last)> Cut(PrefixPlan plan, int count, Func<int, long> extra)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int n = plan.Order.Count;
        if (n == 0)
            return [];
        long[] costs = new long[n + 1];
        for (int i = 0; i < n; i++)
            costs[i + 1] = costs[i] + plan.Length(i) - Common(plan, i) + extra(plan.Order[i]);

        var shards = new List<(int, int)>();
        int first = 0;
        for (int shard = 1; shard < count; shard++)
        {
            if (first + 1 == n)
                break;
            int cut = SeamCut.Find(costs, place => Common(plan, place), costs[n] * shard / count, first + 1, n - 1);
            shards.Add((first, cut));
            first = cut;
        }

        shards.Add((first, n));
        return shards;
    }

    /// <summary>The number of tokens that the sequence at a place of the order shares with the one before it.</summary>
    private static int Common(PrefixPlan plan, int place) => place == 0 ? 0 : plan.Common(place - 1, place);
}
