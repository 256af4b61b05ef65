namespace EvalHarness.Scoring.Statistics;

/// <summary>Which players of a <see cref="BattleTable"/> can be compared with which.</summary>
internal static class BattleGroups
{
    /// <summary>
    /// Groups of players within which each can be reached from each by going from a player to whom it beat or tied with. With more than
    /// one, the strengths of one group have no finite distance from those of another: one has won all battles between them.
    /// </summary>
    /// <remarks>Source: Ford 1957, American Mathematical Monthly 64(8), 28-33.</remarks>
    internal static IReadOnlyList<IReadOnlyList<int>> Reachable(BattleTable table) => Of(
        table,
        table.Cells.Where(c => c.FirstScore > 0).Select(c => (c.First, c.Second))
            .Concat(table.Cells.Where(c => c.FirstScore < c.Count).Select(c => (c.Second, c.First))));

    /// <summary>Groups of players that met, or met others who did. What lies in two of them cannot be compared at all.</summary>
    internal static IReadOnlyList<IReadOnlyList<int>> Met(BattleTable table) =>
        Of(table, table.Cells.SelectMany(c => ((int, int)[])[(c.First, c.Second), (c.Second, c.First)]));

    /// <summary>The strongly connected parts of a graph: whom the first reaches and who reaches it, and so on with the rest.</summary>
    private static List<IReadOnlyList<int>> Of(BattleTable table, IEnumerable<(int From, int To)> arrows)
    {
        (int From, int To)[] all = [.. arrows];
        ILookup<int, int> forward = all.ToLookup(a => a.From, a => a.To), backward = all.ToLookup(a => a.To, a => a.From);
        var groups = new List<IReadOnlyList<int>>();
        bool[] isPlaced = new bool[table.Players];
        for (int player = 0; player < table.Players; player++)
        {
            if (isPlaced[player])
                continue;
            HashSet<int> reached = Reached(forward, player), reaching = Reached(backward, player);
            int[] group = [.. reached.Intersect(reaching).Order()];
            foreach (int member in group)
                isPlaced[member] = true;
            groups.Add(group);
        }

        return groups;
    }

    private static HashSet<int> Reached(ILookup<int, int> arrows, int from)
    {
        HashSet<int> seen = [from];
        var open = new Stack<int>(seen);
        while (open.TryPop(out int at))
        {
            foreach (int to in arrows[at])
            {
                if (seen.Add(to))
                    open.Push(to);
            }
        }

        return seen;
    }
}
