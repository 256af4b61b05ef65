namespace EvalHarness.Planning;

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
    private readonly PackedSteps _steps;

    /// <summary>The sequence numbers, and for each the number of tokens that it shares with the one before it.</summary>
    private readonly int[] _order, _common;

    private PrefixPlan(PlannedSequences sequences, int[] numbers, int maxPiece)
    {
        _sequences = sequences;
        (_order, _common) = SequenceOrder.Sort(sequences, numbers);
        _steps = new TrieWalk(sequences, _order, _common, maxPiece).Steps();
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
        return new PrefixPlan(sequences, numbers, maxPiece);
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

    /// <summary>Whether a piece leaves a single token, as a whole or behind full blocks of rows.</summary>
    internal static bool LeavesLone(int length) => length % RowBlock == 1;
}
