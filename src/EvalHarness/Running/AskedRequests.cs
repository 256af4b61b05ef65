using System.Collections;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Running;

/// <summary>
/// The requests of a task's documents, made while an engine reads them, and which of them need no answer, because an earlier start has one
/// or another part of the run computes it. In memory are numbers: 4 bytes a document, and 8 more where a run is continued. An engine may
/// read on several threads.
/// </summary>
internal sealed class AskedRequests : IEnumerable<Request>
{
    /// <summary>Requests of a document whose answers a number of 64 bits notes.</summary>
    private const int Noted = 64;

    /// <summary>What <see cref="_open"/> has of documents that were not read yet, and of those that another part computes.</summary>
    private const int NotMet = -1, OfAnotherPart = -2;

    private readonly PreparedDocuments _documents;
    private readonly IReadOnlyList<int>? _positions;
    private readonly bool _isPart;
    private readonly Journal _journal;
    private readonly ProgressCounter _counter;
    private readonly Lock _gate = new();

    /// <summary>Requests of each document that are still to be answered, or one of the negative numbers above.</summary>
    private readonly int[] _open;

    private readonly ulong[]? _answered;
    private readonly HashSet<RequestKey> _others = [];

    /// <param name="documents">The documents of the task.</param>
    /// <param name="positions">Those to ask, in ascending order; null for all.</param>
    /// <param name="journal">Has the answers of earlier starts.</param>
    /// <param name="isPart">
    /// Whether other parts of the run ask the other documents: the engine is then given all of them, so that it computes each as a run in
    /// one piece does.
    /// </param>
    /// <param name="counter">Is told of each document when it is read for the first time.</param>
    internal AskedRequests(
        PreparedDocuments documents, IReadOnlyList<int>? positions, bool isPart, Journal journal, ProgressCounter counter)
    {
        (_documents, _positions, _isPart, _journal, _counter) = (documents, positions, isPart, journal, counter);
        _open = new int[documents.Count];
        Array.Fill(_open, isPart ? OfAnotherPart : NotMet);
        foreach (int position in isPart ? positions! : [])
            _open[position] = NotMet;
        _answered = journal.FinishedCount > 0 ? new ulong[documents.Count] : null;
    }

    /// <summary>The keys of the requests that need no answer.</summary>
    internal IReadOnlySet<RequestKey> Answered => new AnsweredKeys(this);

    private IEnumerable<int> Positions => _positions ?? Enumerable.Range(0, _documents.Count);

    public IEnumerator<Request> GetEnumerator()
    {
        foreach (int position in _isPart ? Enumerable.Range(0, _documents.Count) : Positions)
        {
            PreparedDocument document = _documents[position];
            if (_open[position] != OfAnotherPart)
                Meet(position, document);
            foreach (Request request in document.Requests)
                yield return request;
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Notes what the journal has of a document, when it is read for the first time.</summary>
    private void Meet(int position, PreparedDocument document)
    {
        lock (_gate)
        {
            if (_open[position] >= 0)
                return;
            IReadOnlyDictionary<int, Response> finished = _journal.Finished(_documents.Run.Definition.Name, document.Id, document.Requests);
            foreach (int index in finished.Keys)
            {
                if (index < Noted)
                    _answered![position] |= 1UL << index;
                else
                    _others.Add(document.Requests[index].Key);
            }

            _open[position] = document.Requests.Count - finished.Count;
            _counter.Met(position, document, finished.Count);
        }
    }

    /// <summary>Meets the documents whose requests the engine has not read.</summary>
    internal void MeetAll()
    {
        foreach (int position in Positions.Where(p => _open[p] == NotMet))
            Meet(position, _documents[position]);
    }

    /// <summary>Notes an answer of the engine.</summary>
    /// <returns>Whether it was the last that the document waited for.</returns>
    internal bool Answer(int position)
    {
        lock (_gate)
            return --_open[position] == 0;
    }

    private bool IsAnswered(RequestKey key)
    {
        if (_isPart && _open[_documents.PositionOf(key.Document)] == OfAnotherPart)
            return true;
        if (_answered is null)
            return false;
        lock (_gate)
        {
            return key.Index < Noted
                ? (_answered[_documents.PositionOf(key.Document)] & (1UL << key.Index)) != 0
                : _others.Contains(key);
        }
    }

    /// <summary>The keys as an engine gets them. It asks for a key when it has read the request.</summary>
    private sealed class AnsweredKeys(AskedRequests asked) : IReadOnlySet<RequestKey>
    {
        public int Count => Keys().Count();

        public bool Contains(RequestKey item) => asked.IsAnswered(item);

        private IEnumerable<RequestKey> Keys() => asked.Select(r => r.Key).Where(asked.IsAnswered);

        public IEnumerator<RequestKey> GetEnumerator() => Keys().GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public bool IsProperSubsetOf(IEnumerable<RequestKey> other) => Keys().ToHashSet().IsProperSubsetOf(other);

        public bool IsProperSupersetOf(IEnumerable<RequestKey> other) => Keys().ToHashSet().IsProperSupersetOf(other);

        public bool IsSubsetOf(IEnumerable<RequestKey> other) => Keys().ToHashSet().IsSubsetOf(other);

        public bool IsSupersetOf(IEnumerable<RequestKey> other) => Keys().ToHashSet().IsSupersetOf(other);

        public bool Overlaps(IEnumerable<RequestKey> other) => Keys().ToHashSet().Overlaps(other);

        public bool SetEquals(IEnumerable<RequestKey> other) => Keys().ToHashSet().SetEquals(other);
    }
}
