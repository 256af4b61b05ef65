namespace EvalHarness.Planning;

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

    private readonly PlannedSequences _sequences;
    private readonly PackedSteps _steps = new();
    private readonly int _maxPiece;

    /// <summary>The sequence numbers, and for each the number of tokens that it shares with the one before it.</summary>
    private readonly int[] _order, _common;

    private PrefixPlan(PlannedSequences sequences, int[] numbers, int maxPiece)
    {
        (_sequences, _maxPiece) = (sequences, maxPiece);
        (_order, _common) = SequenceOrder.Sort(sequences, numbers);
    }

    /// <summary>The sequence numbers in the order of the walk.</summary>
    public IReadOnlyList<int> Order => _order;

    public IEnumerable<PlanStep> Steps => _steps;

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
        int common = 0;
        for (int i = 0; i < _order.Length; i++)
        {
            common = Math.Min(common, _common[i]);
            if (!wanted(_order[i]))
                continue;
            // In depth-first order no earlier sequence shares a longer prefix with this one than the wanted one before it does.
            yield return (_order[i], Length(i), Length(i) - common);
            common = int.MaxValue;
        }
    }

    /// <summary>The wanted sequences in groups of those with the same tokens, both in the order of their numbers.</summary>
    /// <param name="wanted">Says for a sequence number whether that sequence is wanted.</param>
    public IEnumerable<int[]> EqualSequences(Predicate<int> wanted)
    {
        var groups = new List<(int Number, int First, int Last)>();
        for (int first = 0, last; first < _order.Length; first = last)
        {
            last = first + 1;
            while (last < _order.Length && _common[last] == Length(last) && _common[last] == Length(first))
                last++;
            if (Array.FindIndex(_order, first, last - first, wanted) is >= 0 and var found)
                groups.Add((_order[found], first, last));
        }

        groups.Sort();
        return groups.Select(g => Array.FindAll(_order[g.First..g.Last], wanted));
    }

    /// <summary>The number of tokens that the sequences at two places of the order share.</summary>
    /// <param name="from">The first place.</param>
    /// <param name="to">A place behind it.</param>
    public int Common(int from, int to)
    {
        int common = int.MaxValue;
        for (int i = from + 1; i <= to; i++)
            common = Math.Min(common, _common[i]);
        return common;
    }

    /// <summary>The number of tokens of the sequence at a place of the order.</summary>
    public int Length(int place) => _sequences.Length(_order[place]);

    /// <summary>Plans the walk over all sequences of a task.</summary>
    /// <param name="sequences">All of them. The plan uses them as long as it is used, but not their tokens.</param>
    /// <param name="maxPiece">The longest piece in tokens, 2 or more.</param>
    public static PrefixPlan Build(PlannedSequences sequences, int maxPiece = DefaultMaxPiece) =>
        Build(sequences, [.. Enumerable.Range(0, sequences.Count)], maxPiece);

    /// <summary>Plans the walk over some sequences of a task.</summary>
    /// <param name="sequences">All of them. The plan uses them as long as it is used, but not their tokens.</param>
    /// <param name="numbers">The numbers of those to walk over, in ascending order. The plan keeps the array.</param>
    /// <param name="maxPiece">The longest piece in tokens, 2 or more.</param>
    public static PrefixPlan Build(PlannedSequences sequences, int[] numbers, int maxPiece = DefaultMaxPiece)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxPiece, 2);
        var plan = new PrefixPlan(sequences, numbers, maxPiece);
        plan.Walk();
        return plan;
    }

    /// <summary>Plans the walk over sequences that are all in memory.</summary>
    /// <param name="sequences">All sequences of a task.</param>
    /// <param name="maxPiece">The longest piece in tokens, 2 or more.</param>
    /// <exception cref="ArgumentException">A sequence is empty, or its first position to read lies outside it.</exception>
    public static PrefixPlan Build(IReadOnlyList<PlannedSequence> sequences, int maxPiece = DefaultMaxPiece) =>
        Build(PlannedSequences.Of(sequences), maxPiece);

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
        var ranges = new Stack<Branches>();
        Push(ranges, new Branches(0, _order.Length, Start: 0, Known: 0));
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
                if (LeavesLone(end - start))
                {
                    if (start > 0)
                        start--;
                    else
                        _steps.Add(new PlanStep(0, start = 2, read, range.First, last, range.First));
                }

                _steps.Add(new PlanStep(start, end - start, read, range.First, last, ends));
                Push(ranges, new Branches(ends, last, end, end));
            }
            else
            {
                // A single token at the very beginning has no token before it, so longer sequences compute it with their next piece.
                if (ends > range.First)
                    _steps.Add(new PlanStep(0, 1, true, range.First, ends, ends));
                Push(ranges, new Branches(ends, last, Start: 0, Known: 1));
            }
        }
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
        int before = _common[first], kept = first;
        (List<int> order, List<int> common) = ([], []);
        for (int branch = first, end; branch < last; branch = end)
        {
            end = BranchEnd(branch, last, known);
            bool isLate = LeavesLone(PieceEnd(branch, end, start, out _) - start);
            _common[branch] = known;
            Span<int> numbers = _order.AsSpan(branch, end - branch), shared = _common.AsSpan(branch, end - branch);
            if (isLate)
            {
                order.AddRange(numbers);
                common.AddRange(shared);
                continue;
            }

            numbers.CopyTo(_order.AsSpan(kept));
            shared.CopyTo(_common.AsSpan(kept));
            kept += numbers.Length;
        }

        order.CopyTo(_order, kept);
        common.CopyTo(_common, kept);
        _common[first] = before;
    }

    /// <summary>Returns where the branch ends that begins at a place: behind it, a sequence shares no more than all of the range do.</summary>
    private int BranchEnd(int first, int last, int known)
    {
        int end = first + 1;
        while (end < last && _common[end] > known)
            end++;
        return end;
    }

    /// <summary>
    /// Returns where a piece ends: where the sequences diverge, where one ends, just before the first position to read of one, or
    /// when the piece has its maximum length.
    /// </summary>
    private int PieceEnd(int first, int last, int start, out bool read)
    {
        int end = Math.Min(Length(first), start + _maxPiece);
        read = false;
        for (int i = first; i < last; i++)
        {
            if (i > first)
                end = Math.Min(end, _common[i]);
            // The cut is one token before the first position to read, so that the piece that is read has at least two tokens.
            int boundary = _sequences.ReadFrom(_order[i]) - 1;
            if (boundary <= start || boundary < 2)
                read = true;
            else
                end = Math.Min(end, boundary);
        }

        return end;
    }

    /// <summary>Sequences whose token behind those that all of them share tells the branches of the walk apart.</summary>
    /// <param name="First">Where they begin in the order.</param>
    /// <param name="Last">Where they end, exclusive.</param>
    /// <param name="Start">The number of tokens that are computed before their pieces.</param>
    /// <param name="Known">The number of tokens that all of them share, and branches no more than these.</param>
    private readonly record struct Branches(int First, int Last, int Start, int Known);
}
