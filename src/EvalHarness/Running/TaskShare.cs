using EvalHarness.Engines;
using EvalHarness.Planning;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// How much of a task a part of a run computes. The tasks of a run stand one behind the other, and are cut where the parts become equal by
/// what the tasks' first documents say; a cut that comes near the end of a task is made there, because tasks share nothing, while a cut
/// within a task has both parts compute what its prompts share.
/// </summary>
/// <param name="From">The work of the task that is before the part: 0 to <paramref name="Whole"/>.</param>
/// <param name="To">The work of the task at the end of the part: <paramref name="From"/> to <paramref name="Whole"/>.</param>
/// <param name="Whole">The estimated work of the task, above 0.</param>
internal readonly record struct TaskShare(long From, long To, long Whole)
{
    /// <summary>
    /// The end of a task is always near if it is no farther than this share of a part, and never if it is half a part away, so that no part
    /// is left without work.
    /// </summary>
    private const int SharesOfAPart = 4;

    /// <summary>Between both, what is computed twice weighs so many times as much as what one part computes more than another.</summary>
    private const int WeightOfShared = 2;

    private const int CharactersPerToken = 4;

    internal bool IsNone => From == To;

    internal bool IsWhole => To - From == Whole;

    internal double Share => (double)(To - From) / Whole;

    /// <summary>How many documents of the task these are, before the engine has said in which order it computes them.</summary>
    internal int Estimate(TaskRun task) => (int)Math.Round(Share * task.Documents.Count);

    /// <param name="part">The part; null for all of the run.</param>
    /// <param name="tasks">The work of all tasks of the run, in their order.</param>
    /// <returns>One share for each task.</returns>
    internal static IReadOnlyList<TaskShare> Of(RunPart? part, IReadOnlyList<TaskWork> tasks)
    {
        long[] ends = new long[tasks.Count + 1];
        for (int i = 0; i < tasks.Count; i++)
            ends[i + 1] = ends[i] + Math.Max(1, (tasks[i].Characters / CharactersPerToken) + tasks[i].CompletionTokens);
        long[] shared = [.. tasks.Select(t => t.Shared / CharactersPerToken)];
        long first = part is null ? 0 : Cut(ends, shared, part.Number - 1, part.Count);
        long last = part is null ? ends[^1] : Cut(ends, shared, part.Number, part.Count);
        return
        [
            .. tasks.Select((_, i) =>
            {
                long whole = ends[i + 1] - ends[i];
                return new TaskShare(Math.Clamp(first - ends[i], 0, whole), Math.Clamp(last - ends[i], 0, whole), whole);
            }),
        ];
    }

    /// <summary>Where the first parts end.</summary>
    private static long Cut(long[] ends, long[] shared, int parts, int of)
    {
        var cut = (long)((Int128)ends[^1] * parts / of);
        int at = Array.BinarySearch(ends, cut);
        if (at >= 0)
            return cut;
        (long before, long behind) = (ends[~at - 1], ends[~at]);
        long nearest = cut - before <= behind - cut ? before : behind;
        Int128 distance = (Int128)Math.Abs(cut - nearest) * of;
        bool isNear = distance * SharesOfAPart <= ends[^1]
            || (distance * 2 < ends[^1] && Math.Abs(cut - nearest) <= WeightOfShared * shared[~at - 1]);
        return isNear ? nearest : cut;
    }

    /// <summary>The documents of the task that the part computes: their positions in the run, in ascending order.</summary>
    /// <remarks>
    /// All documents of the task are prepared, and the engine looks at all, because an answer depends on how the requests beside it are
    /// computed. A document that the engine does not name, because nothing of it is computed, belongs to the part that begins the task.
    /// </remarks>
    internal IReadOnlyList<int> Positions(PreparedDocuments documents, IEngine engine)
    {
        IReadOnlyList<DocumentWork> order = engine.Order(documents.All().SelectMany(d => d.Requests));
        long[] costs = new long[order.Count + 1];
        for (int i = 0; i < order.Count; i++)
            costs[i + 1] = costs[i] + order[i].Tokens;
        int first = Place(order, costs, From), last = Place(order, costs, To);
        var isOwn = new bool[documents.Count];
        Array.Fill(isOwn, From == 0);
        for (int i = 0; i < order.Count; i++)
            isOwn[documents.PositionOf(order[i].Document)] = i >= first && i < last;
        return [.. Enumerable.Range(0, isOwn.Length).Where(position => isOwn[position])];
    }

    private int Place(IReadOnlyList<DocumentWork> order, long[] costs, long work)
    {
        if (work == 0)
            return 0;
        var wanted = (long)((Int128)costs[^1] * work / Whole);
        if (work == Whole)
            return order.Count;
        // A cut before the first document, or behind the last, would leave a part without any.
        return order.Count < 2
            ? SeamCut.Find(costs, _ => 0, wanted, 0, order.Count)
            : SeamCut.Find(costs, place => order[place].Shared, wanted, 1, order.Count - 1);
    }
}
