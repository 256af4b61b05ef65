using EvalHarness.Planning;

namespace EvalHarness.Tests.Planning;

public sealed class SeamCutTests
{
    private static long[] Costs(params long[] items)
    {
        long[] costs = new long[items.Length + 1];
        for (int i = 0; i < items.Length; i++)
            costs[i + 1] = costs[i] + items[i];
        return costs;
    }

    [Fact]
    public void Find_NothingShared_IsTheNearestPlace()
    {
        long[] costs = Costs(10, 10, 10, 10);
        Assert.Equal(2, SeamCut.Find(costs, _ => 0, 20, 0, 4));
        Assert.Equal(2, SeamCut.Find(costs, _ => 0, 24, 0, 4));
        Assert.Equal(2, SeamCut.Find(costs, _ => 0, 25, 0, 4));
        Assert.Equal(4, SeamCut.Find(costs, _ => 0, 1000, 0, 4));
        Assert.Equal(1, SeamCut.Find(costs, _ => 0, 0, 1, 3));
    }

    [Fact]
    public void Find_Shared_GoesAsFarAsThatSaves()
    {
        long[] costs = Costs(10, 10, 10, 10), shared = [0, 9, 15, 4, 0];
        Assert.Equal(3, SeamCut.Find(costs, place => shared[place], 20, 0, 4));
        Assert.Equal(2, SeamCut.Find(costs, place => place == 2 ? 10 : 1, 20, 0, 4));
    }

    /// <summary>It is what looking at every place gives, and later for a higher cost.</summary>
    [Fact]
    public void Find_RandomItems_IsTheSmallestSumAndRises()
    {
        var random = new Random(25);
        for (int round = 0; round < 200; round++)
        {
            long[] costs = Costs([.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.NextInt64(0, 12))]);
            long[] shared = [.. costs.Select(_ => random.NextInt64(0, 30))];
            int last = 0;
            for (long wanted = 0; wanted <= costs[^1]; wanted++)
            {
                int found = SeamCut.Find(costs, place => shared[place], wanted, 0, costs.Length - 1);
                int smallest = Enumerable.Range(0, costs.Length).MinBy(place => shared[place] + Math.Abs(costs[place] - wanted));
                Assert.Equal(smallest, found);
                Assert.True(found >= last, $"round {round}: {wanted} gives {found}, and less gave {last}");
                last = found;
            }
        }
    }
}
