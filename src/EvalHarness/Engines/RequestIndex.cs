namespace EvalHarness.Engines;

/// <summary>
/// Where the lines are that name a document of a task, in 16 bytes a line, or for all lines of a document that stand in the order of their
/// requests.
/// </summary>
internal sealed class RequestIndex
{
    private readonly SortedPlaces<Entry> _entries = new();
    private int _next;

    /// <summary>A document's line.</summary>
    private readonly record struct Entry(long Document, LinePlace Place) : IComparable<Entry>
    {
        public int CompareTo(Entry other) => Document != other.Document
            ? Document.CompareTo(other.Document)
            : Place.Packed.CompareTo(other.Place.Packed);
    }

    /// <param name="document">The number of the document.</param>
    /// <param name="place">Where its line is.</param>
    /// <param name="isNext">Whether the line added before is the one before it in the file, and answers the request before.</param>
    public void Add(long document, LinePlace place, bool isNext)
    {
        if (isNext && _entries.Last.Place.WithNext() is { } both)
            _entries.Last = new Entry(document, both);
        else
            _entries.Add(new Entry(document, place));
    }

    public void Sort() => _entries.Sort();

    /// <summary>The lines of a document, in the order of the file.</summary>
    public IEnumerable<LinePlace> Find(long document)
    {
        int first = _entries.Find(new Entry(document, new LinePlace(0)), _next), end = first;
        while (end < _entries.Count && _entries[end].Document == document)
            end++;
        _next = end;
        for (int i = first; i < end; i++)
            yield return _entries[i].Place;
    }

    /// <summary>Documents with several lines, of which two may answer one request.</summary>
    public IEnumerable<long> Repeated()
    {
        var numbers = new HashSet<int>();
        for (int first = 0, end; first < _entries.Count; first = end)
        {
            numbers.Clear();
            bool isSure = true;
            for (end = first; end < _entries.Count && _entries[end].Document == _entries[first].Document; end++)
                isSure &= _entries[end].Place.Number is { } number && numbers.Add(number);
            if (!isSure && end - first > 1)
                yield return _entries[first].Document;
        }
    }
}
