namespace EvalHarness.Planning;

/// <summary>
/// Cuts the depth-first walk over the trie of sorted sequences into pieces. Of the sequences it uses lengths and what neighbours share, and
/// not their tokens. Its parameters are arrays that it changes: branches that have to be walked last are moved there.
/// </summary>
/// <param name="sequences">All sequences of a task.</param>
/// <param name="order">The numbers of those to walk over, sorted by their tokens.</param>
/// <param name="common">For each in that order: the number of tokens that it shares with the one before it.</param>
/// <param name="maxPiece">The longest piece in tokens, 2 or more.</param>
internal sealed class TrieWalk(PlannedSequences sequences, int[] order, int[] common, int maxPiece)
{
    /// <summary>Makes the pieces of the walk. This may be done once.</summary>
    internal PackedSteps Steps()
    {
        var steps = new PackedSteps();
        // An explicit stack replaces recursion, because prefixes can be nested as deep as the context is long.
        var ranges = new Stack<Branches>();
        Push(ranges, new Branches(0, order.Length, Start: 0, Known: 0));
        while (ranges.TryPop(out Branches range))
        {
            int last = BranchEnd(range.First, range.Last, range.Known);
            if (last < range.Last)
                ranges.Push(range with { First = last });
            int end = PieceEnd(range.First, last, range.Start, out bool read);
            int ends = range.First;
            while (ends < last && Length(ends) == end)
                ends++;
            if (end > 1)
            {
                int start = range.Start;
                if (PrefixPlan.LeavesLone(end - start))
                {
                    if (start > 0)
                        start--;
                    else
                        steps.Add(new PlanStep(0, start = 2, read, range.First, last, range.First));
                }

                steps.Add(new PlanStep(start, end - start, read, range.First, last, ends));
                Push(ranges, new Branches(ends, last, end, end));
            }
            else
            {
                // A single token at the very beginning has no token before it, so longer sequences compute it with their next piece.
                if (ends > range.First)
                    steps.Add(new PlanStep(0, 1, true, range.First, ends, ends));
                Push(ranges, new Branches(ends, last, Start: 0, Known: 1));
            }
        }

        return steps;
    }

    /// <summary>
    /// Pushes the branches of a range, of which the first is walked first. Branches whose piece starts one token earlier are put last: they
    /// compute that token again, and branches walked after them would find it computed in a different piece.
    /// </summary>
    private void Push(Stack<Branches> ranges, Branches range)
    {
        (int first, int last, int start, int known) = range;
        if (first == last)
            return;
        ranges.Push(range);
        if (start == 0)
            return;
        // What the first of the range shares with the sequence before it, all of the range do.
        int before = common[first], kept = first;
        (List<int> lateOrder, List<int> lateCommon) = ([], []);
        for (int branch = first, end; branch < last; branch = end)
        {
            end = BranchEnd(branch, last, known);
            bool isLate = PrefixPlan.LeavesLone(PieceEnd(branch, end, start, out _) - start);
            common[branch] = known;
            Span<int> numbers = order.AsSpan(branch, end - branch), shared = common.AsSpan(branch, end - branch);
            if (isLate)
            {
                lateOrder.AddRange(numbers);
                lateCommon.AddRange(shared);
                continue;
            }

            numbers.CopyTo(order.AsSpan(kept));
            shared.CopyTo(common.AsSpan(kept));
            kept += numbers.Length;
        }

        lateOrder.CopyTo(order, kept);
        lateCommon.CopyTo(common, kept);
        common[first] = before;
    }

    /// <summary>Returns where the branch that begins at a place ends: the next one shares with it no more than all of the range.</summary>
    private int BranchEnd(int first, int last, int known)
    {
        int end = first + 1;
        while (end < last && common[end] > known)
            end++;
        return end;
    }

    /// <summary>
    /// Returns where a piece ends: where the sequences diverge, where one ends, just before the first position to read of one, or
    /// when the piece has its maximum length.
    /// </summary>
    private int PieceEnd(int first, int last, int start, out bool read)
    {
        int end = Math.Min(Length(first), start + maxPiece);
        read = false;
        for (int i = first; i < last; i++)
        {
            if (i > first)
                end = Math.Min(end, common[i]);
            // The cut is one token before the first position to read, so that the piece that is read has at least two tokens.
            int boundary = sequences.ReadFrom(order[i]) - 1;
            if (boundary <= start || boundary < 2)
                read = true;
            else
                end = Math.Min(end, boundary);
        }

        return end;
    }

    private int Length(int place) => sequences.Length(order[place]);

    /// <summary>Sequences whose token behind those that all of them share tells the branches of the walk apart.</summary>
    /// <param name="First">Where they begin in the order.</param>
    /// <param name="Last">Where they end, exclusive.</param>
    /// <param name="Start">The number of tokens that are computed before their pieces.</param>
    /// <param name="Known">The number of tokens that all of them share, and branches no more than these.</param>
    private readonly record struct Branches(int First, int Last, int Start, int Known);
}
