using EvalHarness.Planning;

namespace EvalHarness.Tests.Planning;

/// <summary>
/// The plan as its documentation describes it, made with all tokens at hand: sequences are compared token by token wherever the library
/// uses what it has noted of them.
/// </summary>
internal sealed class ReferencePlan
{
    private readonly int[][] _tokens;
    private readonly int[] _readFrom;
    private readonly int _maxPiece;

    internal ReferencePlan(IReadOnlyList<PlannedSequence> sequences, IEnumerable<int> numbers, int maxPiece)
    {
        _tokens = [.. sequences.Select(s => s.Tokens.ToArray())];
        _readFrom = [.. sequences.Select(s => s.ReadFrom)];
        _maxPiece = maxPiece;
        int[] order = [.. numbers];
        Array.Sort(order, (a, b) =>
        {
            int byTokens = _tokens[a].AsSpan().SequenceCompareTo(_tokens[b]);
            return byTokens != 0 ? byTokens : a.CompareTo(b);
        });
        Walk(order, start: 0, known: 0);
    }

    internal List<int> Order { get; } = [];

    internal List<PlanStep> Steps { get; } = [];

    /// <summary>The tokens of each wanted sequence, and those of them that no sequence before it has.</summary>
    internal List<(int Sequence, int Asked, int Unique)> CountEach(Predicate<int> wanted)
    {
        var seen = new HashSet<string>();
        return
        [
            .. Order.Where(i => wanted(i)).Select(i => (
                i,
                _tokens[i].Length,
                Enumerable.Range(1, _tokens[i].Length).Count(n => seen.Add(string.Join(',', _tokens[i].Take(n)))))),
        ];
    }

    private static bool LeavesLone(int length) => length % 8 == 1;

    /// <summary>Walks sequences that share their first tokens, branch by branch.</summary>
    private void Walk(int[] numbers, int start, int known)
    {
        int[][] branches = [.. numbers.GroupBy(i => _tokens[i][known]).Select(g => g.ToArray())];
        bool IsLate(int[] branch) => start > 0 && LeavesLone(PieceEnd(branch, start).End - start);
        foreach (int[] branch in branches.OrderBy(IsLate))
            WalkBranch(branch, start);
    }

    private void WalkBranch(int[] branch, int start)
    {
        (int end, bool read) = PieceEnd(branch, start);
        int[] ending = [.. branch.Where(i => _tokens[i].Length == end)], longer = [.. branch.Where(i => _tokens[i].Length > end)];
        int first = Order.Count, last = first + branch.Length, ends = first + ending.Length;
        Order.AddRange(ending);
        if (end == 1)
        {
            if (ending.Length > 0)
                Steps.Add(new PlanStep(0, 1, true, first, ends, ends));
            Walk(longer, start: 0, known: 1);
            return;
        }

        if (LeavesLone(end - start))
        {
            if (start == 0)
                Steps.Add(new PlanStep(0, 2, read, first, last, first));
            start = start == 0 ? 2 : start - 1;
        }

        Steps.Add(new PlanStep(start, end - start, read, first, last, ends));
        Walk(longer, end, end);
    }

    private (int End, bool Read) PieceEnd(int[] branch, int start)
    {
        int end = Math.Min(branch.Min(i => _tokens[i].AsSpan().CommonPrefixLength(_tokens[branch[0]])), start + _maxPiece);
        int[] boundaries = [.. branch.Select(i => _readFrom[i] - 1)];
        bool IsPassed(int boundary) => boundary <= start || boundary < 2;
        return (boundaries.Where(b => !IsPassed(b)).Append(end).Min(), boundaries.Any(IsPassed));
    }
}
