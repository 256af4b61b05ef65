namespace EvalHarness.Planning;

/// <summary>One request as token ids.</summary>
/// <param name="Tokens">What the model is fed, at least one token.</param>
/// <param name="ReadFrom">First position whose logits are needed; every later position's are needed too.</param>
public sealed record PlannedSequence(int[] Tokens, int ReadFrom);

/// <summary>
/// One piece of the walk: go back to <paramref name="Start"/> tokens, append <paramref name="Length"/> tokens of sequence
/// <c>Order[First]</c> from there on, and, if <paramref name="Read"/>, read their logits.
/// </summary>
/// <param name="Start">Tokens before this piece; the pieces on the way there come earlier in the plan.</param>
/// <param name="Length">Tokens appended.</param>
/// <param name="Read">Some sequence below needs these rows.</param>
/// <param name="First">The sequences that pass through this piece are <c>Order[First..Last]</c>.</param>
/// <param name="Last">Exclusive.</param>
/// <param name="Ends">Of these, <c>Order[First..Ends]</c> end with this piece.</param>
public readonly record struct PlanStep(int Start, int Length, bool Read, int First, int Last, int Ends);

/// <summary>
/// A depth-first walk over the trie of all sequences, so that each unique token is computed once and only one path is held.
/// Pieces follow from the whole set of sequences alone: whoever executes a part of the plan, in a resumed run or on another worker,
/// appends the same pieces on the way to a sequence and so gets the same numbers, bit for bit.
/// </summary>
public sealed class PrefixPlan
{
    private readonly IReadOnlyList<PlannedSequence> _sequences;
    private readonly int[] _order;
    private readonly List<PlanStep> _steps = [];
    private readonly int _maxPiece;

    private PrefixPlan(IReadOnlyList<PlannedSequence> sequences, int maxPiece)
    {
        _sequences = sequences;
        _maxPiece = maxPiece;
        _order = [.. Enumerable.Range(0, sequences.Count)];
        Array.Sort(_order, (a, b) =>
        {
            int byTokens = sequences[a].Tokens.AsSpan().SequenceCompareTo(sequences[b].Tokens);
            return byTokens != 0 ? byTokens : a.CompareTo(b);
        });
    }

    /// <summary>Sequence numbers in the order of the walk.</summary>
    public IReadOnlyList<int> Order => _order;

    public IReadOnlyList<PlanStep> Steps => _steps;

    /// <summary>Tokens that the sequences ask for, each sequence for itself.</summary>
    public long TokensAsked => _sequences.Sum(s => (long)s.Tokens.Length);

    /// <summary>Tokens that the walk computes: the nodes of the trie, and no plan needs fewer.</summary>
    public long TokensUnique => _steps.Sum(s => (long)s.Length);

    /// <param name="sequences">All sequences of a task.</param>
    /// <param name="maxPiece">Longest piece: the runtime holds logits for every token of one append.</param>
    public static PrefixPlan Build(IReadOnlyList<PlannedSequence> sequences, int maxPiece = 512)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPiece, 1);
        foreach (PlannedSequence sequence in sequences)
        {
            if (sequence.Tokens.Length == 0 || sequence.ReadFrom < 0 || sequence.ReadFrom >= sequence.Tokens.Length)
                throw new ArgumentException($"a sequence of {sequence.Tokens.Length} tokens cannot be read from {sequence.ReadFrom}", nameof(sequences));
        }

        var plan = new PrefixPlan(sequences, maxPiece);
        plan.Walk();
        return plan;
    }

    private void Walk()
    {
        // A stack of (First, Last, Start) ranges instead of recursion: nested prefixes may be as deep as the context is long.
        var ranges = new Stack<(int First, int Last, int Start)>();
        PushBranches(ranges, 0, _order.Length, 0);
        while (ranges.TryPop(out (int First, int Last, int Start) range))
        {
            int end = PieceEnd(range.First, range.Last, range.Start, out bool read);
            int ends = range.First;
            while (ends < range.Last && Tokens(ends).Length == end)
                ends++;
            _steps.Add(new PlanStep(range.Start, end - range.Start, read, range.First, range.Last, ends));
            PushBranches(ranges, ends, range.Last, end);
        }
    }

    private int[] Tokens(int ordered) => _sequences[_order[ordered]].Tokens;

    /// <summary>Splits a range by its next token; pushed in reverse, so that the first branch is walked first.</summary>
    private void PushBranches(Stack<(int, int, int)> ranges, int first, int last, int start)
    {
        while (last > first)
        {
            int branch = last - 1;
            while (branch > first && Tokens(branch - 1)[start] == Tokens(last - 1)[start])
                branch--;
            ranges.Push((branch, last, start));
            last = branch;
        }
    }

    /// <summary>A piece ends where sequences part, where one ends, where one begins to be read, or at the longest piece.</summary>
    private int PieceEnd(int first, int last, int start, out bool read)
    {
        // In sorted order the first and the last have the shortest prefix in common.
        int end = Math.Min(Tokens(first).AsSpan().CommonPrefixLength(Tokens(last - 1)), start + _maxPiece);
        read = false;
        for (int i = first; i < last; i++)
        {
            int readFrom = _sequences[_order[i]].ReadFrom;
            if (readFrom <= start)
                read = true;
            else
                end = Math.Min(end, readFrom);
        }

        return end;
    }
}
