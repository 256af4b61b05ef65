using EvalHarness.Planning;
using FsCheck;
using FsCheck.Fluent;

namespace EvalHarness.Tests.Planning;

/// <summary>The plan against a trie built by brute force, over random sequences from a small alphabet.</summary>
public sealed class PrefixPlanTests
{
    /// <summary>Draws sequences of which some continue a common beginning, so that long pieces are shared and then split.</summary>
    private static Arbitrary<PlannedSequence[]> Sequences() => Arb.From(
        from beginning in Gen.Choose(0, 2).ListOf(40)
        from sequences in (from common in Gen.Frequency((1, Gen.Constant(0)), (2, Gen.Choose(0, 40)))
                           from rest in Gen.Choose(0, 2).NonEmptyListOf()
                           let tokens = beginning.Take(common).Concat(rest).ToArray()
                           from read in Gen.Choose(0, tokens.Length - 1)
                           select new PlannedSequence(tokens, read)).NonEmptyListOf()
        select sequences.ToArray());

    /// <summary>Follows the plan as an engine does and checks every step on the way.</summary>
    private static Dictionary<int, HashSet<int>> Follow(PrefixPlan plan, PlannedSequence[] sequences)
    {
        var held = new List<int>();
        var rows = sequences.Select((_, i) => i).ToDictionary(i => i, _ => new HashSet<int>());
        foreach (PlanStep step in plan.Steps)
        {
            Assert.InRange(step.Start, 0, held.Count);
            Assert.True(step.Length % 8 != 1 || sequences[plan.Order[step.Last - 1]].Tokens.Length == 1, "a lone token");
            held.RemoveRange(step.Start, held.Count - step.Start);
            held.AddRange(sequences[plan.Order[step.First]].Tokens.Slice(step.Start, step.Length).ToArray());
            for (int i = step.First; i < step.Last; i++)
            {
                TokenSequence tokens = sequences[plan.Order[i]].Tokens;
                Assert.True(tokens.Slice(0, held.Count).SequenceEqual([.. held]), "a sequence passes through a piece that is not its own");
                Assert.Equal(i < step.Ends, tokens.Length == held.Count);
                if (step.Read)
                    rows[plan.Order[i]].UnionWith(Enumerable.Range(step.Start, step.Length));
            }
        }

        return rows;
    }

    [Fact]
    public void Build_RandomSequences_CountsEachTrieNodeOnce() => Prop.ForAll(Sequences(), sequences =>
    {
        var plan = PrefixPlan.Build(sequences);
        foreach (Predicate<int> wanted in (Predicate<int>[])[_ => true, i => i % 2 == 0, i => i == sequences.Length - 1, _ => false])
        {
            PlannedSequence[] asked = [.. sequences.Where((_, i) => wanted(i))];
            var trie = new HashSet<string>(
                asked.SelectMany(s => Enumerable.Range(1, s.Tokens.Length).Select(n => string.Join(',', s.Tokens.Take(n)))));
            PlanTokens tokens = plan.Count(wanted);
            Assert.Equal(trie.Count, tokens.Unique);
            Assert.Equal(asked.Sum(s => s.Tokens.Length), tokens.Asked);
            PlanStep[] walked = [.. plan.Steps.Where(s => plan.Order.Take(s.Last).Skip(s.First).Any(i => wanted(i)))];
            Assert.Equal(walked.Sum(s => s.Length), tokens.Computed);
            // Each piece costs one token more at most.
            Assert.InRange(tokens.Computed, tokens.Unique, tokens.Unique + walked.Length);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Build_RandomSequences_ReadsEveryRowThatIsNeeded() => Prop.ForAll(Sequences(), sequences =>
    {
        Dictionary<int, HashSet<int>> rows = Follow(PrefixPlan.Build(sequences), sequences);
        for (int i = 0; i < sequences.Length; i++)
            Assert.Subset(rows[i], Enumerable.Range(sequences[i].ReadFrom, sequences[i].Tokens.Length - sequences[i].ReadFrom).ToHashSet());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Build_RandomSequences_EndsEachSequenceOnce() => Prop.ForAll(Sequences(), sequences =>
    {
        var plan = PrefixPlan.Build(sequences);
        IEnumerable<int> ended = plan.Steps.SelectMany(s => plan.Order.Skip(s.First).Take(s.Ends - s.First));
        Assert.Equal(Enumerable.Range(0, sequences.Length), ended.Order());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Build_LongSequence_IsCutIntoPieces()
    {
        var plan = PrefixPlan.Build([new PlannedSequence([.. Enumerable.Range(0, 1000)], 999)], maxPiece: 300);
        Assert.Equal([300, 300, 300, 98, 2], plan.Steps.Select(s => s.Length));
        Assert.Equal([false, false, false, false, true], plan.Steps.Select(s => s.Read));
    }

    [Fact]
    public void Build_FourChoicesOfOneToken_ReadOneRow()
    {
        int[] context = [1, 2, 3, 4, 5];
        var plan = PrefixPlan.Build([.. Enumerable.Range(0, 4).Select(_ => new PlannedSequence(context, 4))]);
        Assert.Equal([new PlanStep(0, 3, false, 0, 4, 0), new PlanStep(3, 2, true, 0, 4, 4)], plan.Steps);
    }

    [Fact]
    public void Build_BranchOfOneToken_TakesTheOneBeforeAlong()
    {
        var plan = PrefixPlan.Build([new PlannedSequence([1, 2, 3, 4], 3), new PlannedSequence([1, 2, 3, 5], 3)]);
        Assert.Equal([(0, 2), (1, 2), (2, 2), (2, 2)], plan.Steps.Select(s => (s.Start, s.Length)));
        Assert.Equal((5, 8), (plan.Count(_ => true).Unique, plan.Count(_ => true).Computed));
    }

    /// <summary>33 tokens fill four blocks of eight rows and leave one row over.</summary>
    [Fact]
    public void Build_OneTokenMoreThanBlocks_LeavesNoneAlone()
    {
        int[] context = [.. Enumerable.Range(0, 33)];
        Assert.Equal(
            [(0, 2), (2, 31), (32, 34)],
            PrefixPlan.Build([new(context, 0), new([.. context, .. Enumerable.Range(0, 33)], 34)]).Steps.Select(s => (s.Start, s.Length)));
        Assert.Equal([2, 31], PrefixPlan.Pieces(33));
        Assert.Equal([512, 512, 4], PrefixPlan.Pieces(1028));
        Assert.Equal([2, 512, 511], PrefixPlan.Pieces(1025));
        Assert.Equal([1], PrefixPlan.Pieces(1));
        Assert.Empty(PrefixPlan.Pieces(0));
    }

    [Fact]
    public void Build_NothingToRead_Throws() => Assert.Throws<ArgumentException>(() => PrefixPlan.Build([new PlannedSequence([1], 1)]));

    /// <summary>Leaving out sequences, as a resumed run or another worker does, changes no piece of the sequences that stay.</summary>
    [Fact]
    public void Steps_WithoutSomeSequences_ComputeTheOthersInTheSamePieces() => Prop.ForAll(
        Arb.From(from sequences in Sequences().Generator
                 from open in Gen.Choose(0, 1).ArrayOf(sequences.Length)
                 select (sequences, open)),
        drawn =>
        {
            var plan = PrefixPlan.Build(drawn.sequences);
            Dictionary<int, string> all = Pieces(plan, drawn.sequences, _ => true);
            foreach ((int sequence, string pieces) in Pieces(plan, drawn.sequences, i => drawn.open[i] == 1))
                Assert.Equal(all[sequence], pieces);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    /// <summary>A branch for the single 1 would leave the 3 before it in a piece of two tokens.</summary>
    [Fact]
    public void Steps_WithoutALoneToken_ComputeItsNeighboursInTheSamePieces()
    {
        PlannedSequence[] sequences = [new([1, 2, 3, 1], 3), new([1, 2, 3, 2, 2], 4)];
        var plan = PrefixPlan.Build(sequences);
        Assert.Equal(Pieces(plan, sequences, i => i == 1)[1], Pieces(plan, sequences, _ => true)[1]);
    }

    /// <summary>For each sequence: its tokens, each with the piece that computed it and what that piece came after.</summary>
    private static Dictionary<int, string> Pieces(PrefixPlan plan, PlannedSequence[] sequences, Predicate<int> open)
    {
        var held = new List<string>();
        var found = new Dictionary<int, string>();
        foreach (PlanStep step in plan.Steps.Where(s => Enumerable.Range(s.First, s.Last - s.First).Any(i => open(plan.Order[i]))))
        {
            held.RemoveRange(step.Start, held.Count - step.Start);
            string before = string.Join(' ', held);
            held.AddRange(sequences[plan.Order[step.First]].Tokens.Slice(step.Start, step.Length).ToArray().Select(
                t => $"{t}@{step.Start}+{step.Length}({before.GetHashCode(StringComparison.Ordinal)})"));
            for (int i = step.First; i < step.Ends; i++)
                found[plan.Order[i]] = string.Join(' ', held);
        }

        return found;
    }
}
