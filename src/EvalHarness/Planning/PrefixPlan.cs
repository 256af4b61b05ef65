namespace EvalHarness.Planning;

/// <summary>One request as token ids.</summary>
/// <param name="Tokens">The tokens that the model is fed, at least one.</param>
/// <param name="ReadFrom">The first position whose logits are needed. The logits of every later position are needed too.</param>
internal sealed record PlannedSequence(TokenSequence Tokens, int ReadFrom);

/// <summary>
/// One piece of the walk. The engine rewinds to <paramref name="Start"/> tokens, appends the next <paramref name="Length"/>
/// tokens of sequence <c>Order[First]</c> and, if <paramref name="Read"/> is set, reads their logits.
/// </summary>
/// <param name="Start">The number of tokens before this piece. Earlier pieces have computed them.</param>
/// <param name="Length">The number of tokens appended, at least 2 unless a sequence consists of a single token.</param>
/// <param name="Read">Whether a sequence that passes through this piece needs its logits.</param>
/// <param name="First">The sequences that pass through this piece are <c>Order[First..Last]</c>.</param>
/// <param name="Last">The exclusive end of the range that begins with <paramref name="First"/>.</param>
/// <param name="Ends">The sequences <c>Order[First..Ends]</c> end with this piece.</param>
internal readonly record struct PlanStep(int Start, int Length, bool Read, int First, int Last, int Ends);

/// <summary>The number of tokens that a plan asks for and computes.</summary>
/// <param name="Asked">The sum of the sequences' lengths.</param>
/// <param name="Unique">The number of nodes of the sequences' trie, below which no plan can go.</param>
/// <param name="Computed">The tokens that the walk appends: the unique ones, and those that it computes a second time.</param>
internal readonly record struct PlanTokens(long Asked, long Unique, long Computed);

/// <summary>
/// A depth-first walk over the trie of all sequences, which computes each unique token once and holds a single path in memory.
/// The pieces of the walk follow from the whole set of sequences alone. Therefore a resumed run, or a worker that executes a part
/// of the plan, appends the same pieces on the way to a sequence and gets the same logits bit for bit.
/// </summary>
/// <remarks>
/// Wherever possible no piece has a length that leaves a single token, either as the whole piece or after full blocks of rows.
/// Kernels compute a single row by a different code path than several rows, and with quantized weights the results differ (for
/// 8-bit MatMulNBits on CPU by a hundredth of the largest logit). Measurements show that attention on CPU works in blocks of twice
/// the head size: a piece of 33 tokens gives other logits than one of 34, while all other lengths give the same bits wherever a
/// text is cut. A piece of such a length starts one token earlier and computes that token again.
/// </remarks>
internal sealed class PrefixPlan
{
    /// <summary>
    /// The longest piece in tokens. It is limited because the runtime holds a row of logits for every token of an append.
    /// </summary>
    public const int DefaultMaxPiece = 512;

    /// <summary>The block of rows of every kernel is a multiple of this number.</summary>
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
            (PlannedSequence first, PlannedSequence second) = (sequences[a], sequences[b]);
            int byTokens = ReferenceEquals(first, second) ? 0 : first.Tokens.CompareTo(second.Tokens);
            return byTokens != 0 ? byTokens : a.CompareTo(b);
        });
    }

    /// <summary>The sequence numbers in the order of the walk.</summary>
    public IReadOnlyList<int> Order => _order;

    public IReadOnlyList<PlanStep> Steps => _steps;

    /// <summary>Counts the tokens of the walk when only some of the sequences are wanted.</summary>
    /// <param name="wanted">Says for a sequence number whether that sequence is wanted.</param>
    public PlanTokens Count(Predicate<int> wanted)
    {
        long asked = 0, unique = 0;
        int[] wantedBefore = new int[_order.Length + 1];
        for (int i = 0; i < _order.Length; i++)
            wantedBefore[i + 1] = wantedBefore[i] + (wanted(_order[i]) ? 1 : 0);
        foreach ((_, int ownAsked, int ownUnique) in CountEach(wanted))
            (asked, unique) = (asked + ownAsked, unique + ownUnique);
        return new PlanTokens(asked, unique, _steps.Sum(s => wantedBefore[s.Last] > wantedBefore[s.First] ? (long)s.Length : 0));
    }

    /// <summary>The tokens of each wanted sequence, and those of them that no wanted sequence before it in the walk has.</summary>
    /// <param name="wanted">Says for a sequence number whether that sequence is wanted.</param>
    public IEnumerable<(int Sequence, int Asked, int Unique)> CountEach(Predicate<int> wanted)
    {
        TokenSequence before = [];
        for (int i = 0; i < _order.Length; i++)
        {
            if (!wanted(_order[i]))
                continue;
            TokenSequence tokens = Tokens(i);
            // In depth-first order no earlier sequence shares a longer prefix with this one than its predecessor does.
            yield return (_order[i], tokens.Length, tokens.Length - tokens.CommonPrefixLength(before));
            before = tokens;
        }
    }

    /// <summary>Plans the walk over the sequences.</summary>
    /// <param name="sequences">All sequences of a task.</param>
    /// <param name="maxPiece">The longest piece in tokens, 2 or more.</param>
    /// <exception cref="ArgumentException">A sequence is empty, or its first position to read lies outside it.</exception>
    public static PrefixPlan Build(IReadOnlyList<PlannedSequence> sequences, int maxPiece = DefaultMaxPiece)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPiece, 2);
        foreach (PlannedSequence sequence in sequences)
        {
            if (sequence.Tokens.Length == 0 || sequence.ReadFrom < 0 || sequence.ReadFrom >= sequence.Tokens.Length)
            {
                throw new ArgumentException(
                    $"a sequence of {sequence.Tokens.Length} tokens cannot be read from position {sequence.ReadFrom}", nameof(sequences));
            }
        }

        var plan = new PrefixPlan(sequences, maxPiece);
        plan.Walk();
        return plan;
    }

    /// <summary>Returns the lengths of the pieces in which a sequence is computed that shares no prefix with another.</summary>
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
        // An explicit stack replaces recursion, because prefixes can be nested as deep as the context is long.
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
                // A single token at the very beginning has no token before it, so longer sequences compute it with their next piece.
                if (ends > range.First)
                    _steps.Add(new PlanStep(0, 1, true, range.First, ends, ends));
                PushBranches(ranges, ends, range.Last, start: 0, known: 1);
            }
        }
    }

    private TokenSequence Tokens(int ordered) => _sequences[_order[ordered]].Tokens;

    /// <summary>
    /// Splits a range of sequences by their token at <paramref name="known"/>, the length of the prefix that all of them share, and
    /// pushes the branches in reverse, so that the first one is walked first. Branches whose piece starts one token earlier come
    /// last: they compute that token again, and branches walked after them would find it computed in a different piece.
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

        ILookup<bool, (int First, int Last)> byOverlap = branches.ToLookup(
            b => start > 0 && LeavesLone(PieceEnd(b.First, b.Last, start, out _) - start));
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

    /// <summary>
    /// Returns where a piece ends: where the sequences diverge, where one ends, just before the first position to read of one, or
    /// when the piece has its maximum length.
    /// </summary>
    private int PieceEnd(int first, int last, int start, out bool read)
    {
        // The sequences are sorted, so the prefix that the first and the last share is shared by all of them.
        int end = Math.Min(Tokens(first).CommonPrefixLength(Tokens(last - 1)), start + _maxPiece);
        read = false;
        for (int i = first; i < last; i++)
        {
            // The cut is one token before the first position to read, so that the piece that is read has at least two tokens.
            int boundary = _sequences[_order[i]].ReadFrom - 1;
            if (boundary <= start || boundary < 2)
                read = true;
            else
                end = Math.Min(end, boundary);
        }

        return end;
    }
}
