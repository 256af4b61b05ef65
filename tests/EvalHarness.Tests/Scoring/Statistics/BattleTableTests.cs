using System.Collections;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Statistics;

public sealed class BattleTableTests
{
    [Fact]
    public void Cells_CountBothDirections()
    {
        var table = new BattleTable();
        table.Add(2, 0, BattleOutcome.First);
        table.Add(0, 2, BattleOutcome.First);
        table.Add(0, 2, BattleOutcome.Tie);
        table.Add(2, 0, BattleOutcome.Second);
        BattleCell cell = Assert.Single(table.Cells);
        Assert.Equal((0, 2, 2, 1, 1), (cell.First, cell.Second, cell.FirstWon, cell.SecondWon, cell.Ties));
        Assert.Equal((4, 2.5, 3, 4), (cell.Count, cell.FirstScore, table.Players, table.Count));
    }

    [Fact]
    public void Misuse_Throws()
    {
        var table = new BattleTable(1);
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Add(1, 1, BattleOutcome.Tie, [0.5f]));
        Assert.Throws<ArgumentException>(() => table.Add(1, 0, BattleOutcome.Tie));
    }

    [Fact]
    public void Scale_IsTheRootMeanSquare()
    {
        var table = new BattleTable(2);
        table.Add(0, 1, BattleOutcome.Tie, [3, 0]);
        table.Add(0, 1, BattleOutcome.Tie, [4, 0]);
        Assert.Equal(Math.Sqrt(12.5), table.Scale(0), 1e-12);
        Assert.Equal([0], table.Controls);
    }

    /// <summary>Random clusters, among them many that differ little, as rows that are numbered do.</summary>
    [Theory]
    [InlineData(1, 1)]
    [InlineData(500, 40)]
    [InlineData(3000, 3000)]
    public void Chains_AreTheClusters(int rows, int clusters)
    {
        var random = new Random(rows);
        var table = new BattleTable(0, isClustered: true);
        var expected = new SortedDictionary<int, List<int>>();
        for (int row = 0; row < rows; row++)
        {
            int cluster = random.Next(clusters);
            table.Add(0, 1, BattleOutcome.Tie, cluster: (ulong)cluster);
            if (!expected.TryGetValue(cluster, out List<int>? members))
                expected[cluster] = members = [];
            members.Add(row);
        }

        (int[] next, BitArray isFirst) = table.Chains();
        var found = new List<string>();
        for (int start = 0; start < rows; start++)
        {
            var chain = new List<int>();
            for (int row = start; isFirst[start] && row >= 0; row = next[row])
                chain.Add(row);
            if (chain.Count > 0)
                found.Add(string.Join(' ', chain));
        }

        Assert.Equal(expected.Values.OrderBy(m => m[0]).Select(m => string.Join(' ', m)), found);
    }

    /// <summary>0 and 1 beat each other, 2 loses all, and 3 and 4 met only each other.</summary>
    [Fact]
    public void Groups_AreThoseThatCanBeCompared()
    {
        var table = new BattleTable();
        table.Add(0, 1, BattleOutcome.First);
        table.Add(1, 0, BattleOutcome.First);
        table.Add(1, 2, BattleOutcome.First);
        table.Add(4, 3, BattleOutcome.Tie);
        Assert.Equal(["0 1", "2", "3 4"], Text(BattleGroups.Reachable(table)));
        Assert.Equal(["0 1 2", "3 4"], Text(BattleGroups.Met(table)));

        static IEnumerable<string> Text(IReadOnlyList<IReadOnlyList<int>> groups) => groups.Select(g => string.Join(' ', g));
    }

    /// <summary>A ring of winners is one group: each has beaten someone who has beaten each.</summary>
    [Fact]
    public void Ring_IsOneGroup()
    {
        var table = new BattleTable();
        for (int i = 0; i < 9; i++)
            table.Add(i, (i + 1) % 9, BattleOutcome.First);
        Assert.Single(BattleGroups.Reachable(table));
    }
}
