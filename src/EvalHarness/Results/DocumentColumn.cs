using System.Collections;

namespace EvalHarness.Results;

/// <summary>
/// The numbers of documents, ascending. As long as they count from 0 without a gap, which is usual, nothing is kept of them.
/// </summary>
internal sealed class DocumentColumn : IReadOnlyList<long>
{
    private readonly NumberColumn<long> _others = new();
    private int _counted;

    public int Count => _counted + _others.Count;

    public long this[int index] => index < _counted ? index : _others[index - _counted];

    internal void Add(long document)
    {
        if (_others.Count == 0 && document == _counted)
            _counted++;
        else
            _others.Add(document);
    }

    public IEnumerator<long> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
