namespace EvalHarness.Planning;

/// <summary>
/// Cuts the walk of a plan into shards for several workers. A worker that takes a shard computes the path to it anew, so cuts are
/// made where neighbours have little in common.
/// </summary>
public static class PlanShards
{
    /// <param name="plan">Of all sequences.</param>
    /// <param name="sequences">The plan's sequences.</param>
    /// <param name="count">Shards wanted, 1 or more; there are fewer where there are fewer sequences.</param>
    /// <param name="extra">Cost of a sequence beyond its own tokens, in tokens: of a completion what it may generate.</param>
    /// <returns>Ranges of <see cref="PrefixPlan.Order"/>, in order, none empty, together all of it.</returns>
    public static IReadOnlyList<(int First, int Last)> Cut(PrefixPlan plan, IReadOnlyList<PlannedSequence> sequences, int count, Func<int, long> extra)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        int n = plan.Order.Count;
        if (n == 0)
            return [];
        int[] common = new int[n];
        long[] costs = new long[n + 1];
        for (int i = 0; i < n; i++)
        {
            int[] tokens = sequences[plan.Order[i]].Tokens;
            common[i] = i == 0 ? 0 : tokens.AsSpan().CommonPrefixLength(sequences[plan.Order[i - 1]].Tokens);
            costs[i + 1] = costs[i] + tokens.Length - common[i] + extra(plan.Order[i]);
        }

        var shards = new List<(int, int)>();
        int first = 0;
        for (int shard = 1; shard < count; shard++)
        {
            int cut = Best(common, costs, costs[n] * shard / count, costs[n] / (4 * count), first + 1);
            if (cut < 0)
                break;
            shards.Add((first, cut));
            first = cut;
        }

        shards.Add((first, n));
        return shards;
    }

    /// <summary>Near the wanted cost the place with the shortest common prefix; with none near, the nearest. -1: nothing is left to cut.</summary>
    private static int Best(int[] common, long[] costs, long wanted, long near, int from)
    {
        int best = -1;
        (bool Far, int Common, long Distance) smallest = default;
        for (int i = from; i < common.Length; i++)
        {
            long distance = Math.Abs(costs[i] - wanted);
            (bool Far, int Common, long Distance) place = distance > near ? (true, 0, distance) : (false, common[i], distance);
            if (best < 0 || place.CompareTo(smallest) < 0)
                (best, smallest) = (i, place);
        }

        return best;
    }
}
