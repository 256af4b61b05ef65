namespace EvalHarness.Tokenizers;

/// <summary>
/// The symbols of one word while they are merged, lowest rank first and leftmost first among equals, as byte-pair encoding demands.
/// Merging n symbols takes n log n steps. One thread may use an instance, for one word after the other.
/// </summary>
internal sealed class SymbolList
{
    private const int Removed = -1;

    private int[] _ids = new int[64];
    private int[] _previous = new int[64];
    private int[] _next = new int[64];
    private int[] _starts = new int[64];
    private int[] _ends = new int[64];

    /// <summary>A heap of candidates with four children a node: rank in the high half, place of the left symbol in the low half.</summary>
    private long[] _heap = new long[64];
    private int _candidates;

    internal int Count { get; private set; }

    /// <summary>How many symbols there is room for, which says how much memory the instance holds.</summary>
    internal int Capacity => _ids.Length;

    internal void Clear() => Count = 0;

    /// <summary>Adds a symbol behind the others.</summary>
    /// <param name="id">Its token.</param>
    /// <param name="start">Where the symbol begins in the word.</param>
    /// <param name="end">Where the symbol ends in the word.</param>
    internal void Add(int id, int start, int end)
    {
        if (Count == _ids.Length)
        {
            int size = _ids.Length * 2;
            Array.Resize(ref _ids, size);
            Array.Resize(ref _previous, size);
            Array.Resize(ref _next, size);
            Array.Resize(ref _starts, size);
            Array.Resize(ref _ends, size);
        }

        _ids[Count] = id;
        _starts[Count] = start;
        _ends[Count] = end;
        Count++;
    }

    /// <summary>Merges the symbols until no pair of neighbours is in the table.</summary>
    internal void Merge(MergeTable merges)
    {
        _candidates = 0;
        for (int i = 0; i < Count; i++)
        {
            _previous[i] = i - 1;
            _next[i] = i + 1;
            if (i > 0)
                Consider(merges, i - 1, i);
        }

        while (_candidates > 0)
        {
            long candidate = Pop();
            int left = (int)candidate;
            if (_ids[left] == Removed || _next[left] == Count)
                continue;
            int right = _next[left];
            // One of the two may have been merged with another symbol since the pair was found.
            if (!merges.TryGet(_ids[left], _ids[right], out int rank, out int id) || rank != (int)(candidate >> 32))
                continue;
            _ids[left] = id;
            _ends[left] = _ends[right];
            _ids[right] = Removed;
            int next = _next[left] = _next[right];
            if (next < Count)
            {
                _previous[next] = left;
                Consider(merges, left, next);
            }

            if (_previous[left] >= 0)
                Consider(merges, _previous[left], left);
        }
    }

    /// <summary>Appends the ids of the symbols and, if asked for, where each begins and ends in the word.</summary>
    internal void CopyTo(List<int> ids, List<(int Start, int End)>? extents)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_ids[i] == Removed)
                continue;
            ids.Add(_ids[i]);
            extents?.Add((_starts[i], _ends[i]));
        }
    }

    private void Consider(MergeTable merges, int left, int right)
    {
        if (!merges.TryGet(_ids[left], _ids[right], out int rank, out _))
            return;
        if (_candidates == _heap.Length)
            Array.Resize(ref _heap, _heap.Length * 2);
        long candidate = ((long)rank << 32) | (uint)left;
        int at = _candidates++;
        while (at > 0 && _heap[(at - 1) / 4] > candidate)
        {
            _heap[at] = _heap[(at - 1) / 4];
            at = (at - 1) / 4;
        }

        _heap[at] = candidate;
    }

    private long Pop()
    {
        long top = _heap[0], last = _heap[--_candidates];
        int at = 0;
        while (true)
        {
            int first = (at * 4) + 1, least = first;
            if (first >= _candidates)
                break;
            for (int child = first + 1; child < Math.Min(first + 4, _candidates); child++)
            {
                if (_heap[child] < _heap[least])
                    least = child;
            }

            if (_heap[least] >= last)
                break;
            _heap[at] = _heap[least];
            at = least;
        }

        _heap[at] = last;
        return top;
    }
}
