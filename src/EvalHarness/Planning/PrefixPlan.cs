namespace EvalHarness.Planning;

/// <summary>One request as token ids.</summary>
/// <param name="Tokens">What the model is fed, at least one token.</param>
/// <param name="ReadFrom">First position whose logits are needed; every later position's are needed too.</param>
public sealed record PlannedSequence(int[] Tokens, int ReadFrom);

/// <summary>
/// One piece of the walk: go back to <paramref name="Start"/> tokens, append <paramref name="Length"/> tokens of sequence
/// <c>Order[First]</c> from there on, and, if <paramref name="Read"/>, read their logits.
/// </summary>
/// <param name="Start">Tokens before this piece; earlier pieces have computed them.</param>
/// <param name="Length">Tokens appended: no lone one, unless the sequences have one token only.</param>
/// <param name="Read">Some sequence below needs these rows.</param>
/// <param name="First">The sequences that pass through this piece are <c>Order[First..Last]</c>.</param>
/// <param name="Last">Exclusive.</param>
/// <param name="Ends">Of these, <c>Order[First..Ends]</c> end with this piece.</param>
public readonly record struct PlanStep(int Start, int Length, bool Read, int First, int Last, int Ends);

/// <param name="Asked">Tokens of the sequences, each for itself.</param>
/// <param name="Unique">Nodes of their trie: the floor.</param>
/// <param name="Computed">What the walk appends: the floor, and what is taken along once more.</param>
public readonly record struct PlanTokens(long Asked, long Unique, long Computed);

/// <summary>
/// A depth-first walk over the trie of all sequences, so that each unique token is computed once and only one path is held.
/// Pieces follow from the whole set of sequences alone: whoever executes a part of the plan, in a resumed run or on another worker,
/// appends the same pieces on the way to a sequence and so gets the same numbers, bit for bit.
/// </summary>
/// <remarks>
/// No piece leaves a lone token over if it can be helped, alone or after whole blocks of rows: kernels take another way for one
/// row than for several, and with quantized weights its numbers differ (8-bit MatMulNBits on CPU: by a hundredth of the largest
/// logit). Measured: attention on CPU works in blocks of twice the head size, and a piece of 33 tokens gives other numbers than
/// one of 34, while all other pieces give the same bits however a text is cut. Such a piece takes the token before it along.
/// </remarks>
public sealed class PrefixPlan
{
    /// <summary>Tokens: the runtime holds a row of logits for every token of one append.</summary>
    public const int DefaultMaxPiece = 512;

    /// <summary>Every kernel's block of rows is a multiple of this.</summary>
    private const int RowBlock = 8;

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

    /// <summary>What the walk costs when only some of the sequences are wanted.</summary>
    /// <param name="wanted">By sequence number.</param>
    public PlanTokens Count(Predicate<int> wanted)
    {
        long asked = 0, unique = 0;
        int[] before = [];
        int[] wantedBefore = new int[_order.Length + 1];
        for (int i = 0; i < _order.Length; i++)
        {
            bool counts = wanted(_order[i]);
            wantedBefore[i + 1] = wantedBefore[i] + (counts ? 1 : 0);
            if (!counts)
                continue;
            int[] tokens = Tokens(i);
            asked += tokens.Length;
            // Neighbours in a depth-first walk have in common what the later one shares with all before it.
            unique += tokens.Length - tokens.AsSpan().CommonPrefixLength(before);
            before = tokens;
        }

        return new PlanTokens(asked, unique, _steps.Sum(s => wantedBefore[s.Last] > wantedBefore[s.First] ? (long)s.Length : 0));
    }

    /// <param name="sequences">All sequences of a task.</param>
    /// <param name="maxPiece">Longest piece, 2 or more.</param>
    public static PrefixPlan Build(IReadOnlyList<PlannedSequence> sequences, int maxPiece = DefaultMaxPiece)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPiece, 2);
        foreach (PlannedSequence sequence in sequences)
        {
            if (sequence.Tokens.Length == 0 || sequence.ReadFrom < 0 || sequence.ReadFrom >= sequence.Tokens.Length)
                throw new ArgumentException($"a sequence of {sequence.Tokens.Length} tokens cannot be read from {sequence.ReadFrom}", nameof(sequences));
        }

        var plan = new PrefixPlan(sequences, maxPiece);
        plan.Walk();
        return plan;
    }

    /// <summary>Lengths that sequences from their first token on are computed in, where there is nothing to share.</summary>
    public static IEnumerable<int> Pieces(int length, int maxPiece = DefaultMaxPiece)
    {
        if (length > 1 && LeavesLone(length))
        {
            yield return 2;
            length -= 2;
        }

        for (; length > 0; length -= maxPiece)
            yield return Math.Min(length, maxPiece);
    }

    private static bool LeavesLone(int length) => length % RowBlock == 1;

    private void Walk()
    {
        // A stack of ranges instead of recursion: nested prefixes may be as deep as the context is long.
        var ranges = new Stack<(int First, int Last, int Start)>();
        PushBranches(ranges, 0, _order.Length, start: 0, known: 0);
        while (ranges.TryPop(out (int First, int Last, int Start) range))
        {
            int end = PieceEnd(range.First, range.Last, range.Start, out bool read);
            int ends = range.First;
            while (ends < range.Last && Tokens(ends).Length == end)
                ends++;
            if (end > 1)
            {
                int start = range.Start;
                if (LeavesLone(end - start))
                {
                    if (start > 0)
                        start--;
                    else
                        _steps.Add(new PlanStep(0, start = 2, read, range.First, range.Last, range.First));
                }

                _steps.Add(new PlanStep(start, end - start, read, range.First, range.Last, ends));
                PushBranches(ranges, ends, range.Last, end, end);
            }
            else
            {
                // A lone token at the very beginning has none before it: whoever goes on computes it with what follows.
                if (ends > range.First)
                    _steps.Add(new PlanStep(0, 1, true, range.First, ends, ends));
                PushBranches(ranges, ends, range.Last, start: 0, known: 1);
            }
        }
    }

    private int[] Tokens(int ordered) => _sequences[_order[ordered]].Tokens;

    /// <summary>
    /// Splits a range by the token at <paramref name="known"/>, up to where its sequences are the same; pushed in reverse, so that
    /// the first branch is walked first. Branches that take the token before them along come last: they overwrite it, and the others
    /// would otherwise find it computed in another piece, depending on who was there before.
    /// </summary>
    private void PushBranches(Stack<(int, int, int)> ranges, int first, int last, int start, int known)
    {
        var branches = new List<(int First, int Last)>();
        for (int end = first; end < last;)
        {
            int branch = end++;
            while (end < last && Tokens(end)[known] == Tokens(branch)[known])
                end++;
            branches.Add((branch, end));
        }

        ILookup<bool, (int First, int Last)> byOverlap = branches.ToLookup(b => start > 0 && LeavesLone(PieceEnd(b.First, b.Last, start, out _) - start));
        if (byOverlap.Count == 2)
        {
            (int First, int Last)[] sorted = [.. byOverlap[false], .. byOverlap[true]];
            int[] order = [.. sorted.SelectMany(b => _order[b.First..b.Last])];
            order.CopyTo(_order, first);
            branches.Clear();
            foreach ((int branchFirst, int branchLast) in sorted)
            {
                int at = branches.Count == 0 ? first : branches[^1].Last;
                branches.Add((at, at + branchLast - branchFirst));
            }
        }

        foreach ((int branchFirst, int branchLast) in Enumerable.Reverse(branches))
            ranges.Push((branchFirst, branchLast, start));
    }

    /// <summary>A piece ends where sequences part, where one ends, where one begins to be read, or at the longest piece.</summary>
    private int PieceEnd(int first, int last, int start, out bool read)
    {
        // In sorted order the first and the last have the shortest prefix in common.
        int end = Math.Min(Tokens(first).AsSpan().CommonPrefixLength(Tokens(last - 1)), start + _maxPiece);
        read = false;
        for (int i = first; i < last; i++)
        {
            // One token before the first row that is needed, so that this piece is no lone token.
            int boundary = _sequences[_order[i]].ReadFrom - 1;
            if (boundary <= start || boundary < 2)
                read = true;
            else
                end = Math.Min(end, boundary);
        }

        return end;
    }
}
