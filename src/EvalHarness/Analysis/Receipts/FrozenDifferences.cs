using EvalHarness.Scoring.Metrics;

namespace EvalHarness.Analysis.Receipts;

/// <summary>A place in a document at which two models were compared.</summary>
/// <param name="Position">The number of tokens that both had read, 1 or more; also the place of the token that follows.</param>
/// <param name="Difference">What they say about that token.</param>
internal readonly record struct FrozenPoint(int Position, TokenDifference Difference);

/// <summary>
/// How two models differ at the tokens of a task. A beginning that several documents share is compared once, and belongs to the first of
/// them in the order of their tokens.
/// </summary>
internal sealed class FrozenDifferences(FrozenTask task)
{
    private readonly List<FrozenPoint>[] _points = [.. task.Sequences.Select(_ => new List<FrozenPoint>())];

    internal FrozenTask Task => task;

    /// <param name="sequence">The number of a document's tokens among those of the task.</param>
    /// <param name="point">A place in them.</param>
    internal void Add(int sequence, FrozenPoint point) => _points[sequence].Add(point);

    /// <summary>The points of each document that are in a part of it, with the number of all its points.</summary>
    internal IEnumerable<(IReadOnlyList<FrozenPoint> Points, int Text)> Documents(Func<FrozenSequence, FrozenPoint, bool> isIn) =>
        _points.Zip(task.Sequences, (points, sequence) =>
            ((IReadOnlyList<FrozenPoint>)[.. points.Where(p => isIn(sequence, p))], points.Count));
}
