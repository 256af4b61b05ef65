namespace EvalHarness.Results;

/// <summary>Where the lines of each document of a task begin in a journal: 16 bytes a line.</summary>
internal sealed class JournalIndex
{
    private long[] _documents = [];
    private long[] _offsets = [];

    /// <summary>So many entries from the beginning are in order: by document, then by offset.</summary>
    private int _sorted;

    internal int Count { get; private set; }

    /// <param name="document">The document that the line answers.</param>
    /// <param name="offset">Where the line begins, behind all lines that were added before.</param>
    internal void Add(long document, long offset)
    {
        if (Count == _documents.Length)
        {
            int larger = Math.Max(64, Count + (Count / 2));
            Array.Resize(ref _documents, larger);
            Array.Resize(ref _offsets, larger);
        }

        (_documents[Count], _offsets[Count]) = (document, offset);
        if (_sorted == Count && (Count == 0 || _documents[Count - 1] <= document))
            _sorted++;
        Count++;
    }

    /// <summary>Puts all entries in order, so that all can be found.</summary>
    internal void Sort()
    {
        if (_sorted == Count)
            return;
        Array.Sort(_documents, _offsets, 0, Count);
        for (int first = 0, end; first < Count; first = end)
        {
            end = first + 1;
            while (end < Count && _documents[end] == _documents[first])
                end++;
            if (end - first > 1)
                Array.Sort(_offsets, first, end - first);
        }

        _sorted = Count;
    }

    /// <summary>
    /// The offsets of a document's lines, in the order of the file. Of entries that were added out of order, those since the last
    /// <see cref="Sort"/> may be missing.
    /// </summary>
    internal ReadOnlySpan<long> Find(long document)
    {
        int at = _sorted == 0 ? -1 : Array.BinarySearch(_documents, 0, _sorted, document);
        if (at < 0)
            return [];
        (int first, int end) = (at, at + 1);
        while (first > 0 && _documents[first - 1] == document)
            first--;
        while (end < _sorted && _documents[end] == document)
            end++;
        return _offsets.AsSpan(first..end);
    }

    /// <summary>All documents with lines, each once, in ascending order.</summary>
    internal IEnumerable<long> Documents()
    {
        Sort();
        for (int i = 0; i < Count; i++)
        {
            if (i == 0 || _documents[i] != _documents[i - 1])
                yield return _documents[i];
        }
    }
}
