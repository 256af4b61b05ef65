using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>
/// The documents of the measured run in a random order, so that those that are asked first stand for all. The tasks of a group come in
/// proportion to their documents.
/// </summary>
internal sealed class LadderDocuments
{
    private readonly LadderDocument[] _order;
    private readonly Dictionary<string, int> _sizes;

    /// <param name="documents">The documents, each once.</param>
    /// <param name="seed">Draws the order.</param>
    internal LadderDocuments(IReadOnlyList<LadderDocument> documents, long seed)
    {
        _order = [.. SequentialOrder.Of(new bool[documents.Count], seed).Rows.Select(r => documents[r.Index])];
        _sizes = documents.CountBy(d => d.Task).ToDictionary();
    }

    internal int Count => _order.Length;

    internal int Tasks => _sizes.Count;

    internal LadderDocument this[int place] => _order[place];

    /// <summary>What a document's score counts for, so that the mean over all documents is the score of the run.</summary>
    internal double Weight(int place, bool tasksCountTheSame) =>
        tasksCountTheSame ? (double)Count / Tasks / _sizes[_order[place].Task] : 1;

    /// <summary>The largest of the weights, 1 or more.</summary>
    internal double LargestWeight(bool tasksCountTheSame) =>
        tasksCountTheSame ? (double)Count / Tasks / _sizes.Values.Min() : 1;
}
