using EvalHarness.Planning;
using FsCheck;
using FsCheck.Fluent;

namespace EvalHarness.Tests.Planning;

public sealed class PlanShardsTests
{
    private static IReadOnlyList<(int First, int Last)> Cut(PlannedSequence[] sequences, int count, Func<int, long>? extra = null) =>
        PlanShards.Cut(PrefixPlan.Build(sequences), count, extra ?? (_ => 0));

    [Fact]
    public void Cut_RandomSequences_IsAPartition() => Prop.ForAll(
        Arb.From(from sequences in Gen.Choose(0, 2).NonEmptyListOf().Select(t => new PlannedSequence([.. t], t.Count - 1)).NonEmptyListOf()
                 from count in Gen.Choose(1, 9)
                 select (sequences, count)),
        drawn =>
        {
            IReadOnlyList<(int First, int Last)> shards = Cut([.. drawn.sequences], drawn.count);
            Assert.InRange(shards.Count, 1, drawn.count);
            Assert.All(shards, s => Assert.True(s.First < s.Last));
            Assert.Equal(Enumerable.Range(0, drawn.sequences.Count), shards.SelectMany(s => Enumerable.Range(s.First, s.Last - s.First)));
        }).QuickCheckThrowOnFailure();

    /// <summary>Eight questions with four choices each: no question is cut in two, and the shards cost the same.</summary>
    [Fact]
    public void Cut_Choices_StayTogether()
    {
        PlannedSequence[] sequences =
            [.. Enumerable.Range(0, 32).Select(i => new PlannedSequence([1, 2, 3, 100 + (i / 4), 7, 7, 7, 7, i % 4], 7))];
        Assert.Equal([(0, 16), (16, 32)], Cut(sequences, 2));
        Assert.Equal([(0, 8), (8, 16), (16, 24), (24, 32)], Cut(sequences, 4));
    }

    [Fact]
    public void Cut_LongCompletions_CountForWhatTheyMayGenerate()
    {
        PlannedSequence[] sequences = [.. Enumerable.Range(0, 8).Select(i => new PlannedSequence([i, 1], 1))];
        Assert.Equal((0, 1), Cut(sequences, 2, i => i == 0 ? 1000 : 0)[0]);
    }
}
