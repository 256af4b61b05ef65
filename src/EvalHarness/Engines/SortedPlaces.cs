namespace EvalHarness.Engines;

/// <summary>
/// Keys with the places of their lines. They are collected in any order, sorted once, and then found by their keys.
/// </summary>
/// <typeparam name="T">A key and a place; its order is that of the keys and, where they are equal, of the places.</typeparam>
internal sealed class SortedPlaces<T>
    where T : struct, IComparable<T>
{
    private const int Largest = 1 << 16;

    // Pieces of a limited size, because a list that grows holds up to three times what is in it.
    private readonly List<T[]> _pieces = [];
    private T[] _last = [];
    private int _used;
    private bool _isSorted = true;
    private T[] _all = [];

    public int Count => _all.Length;

    public T this[int index] => _all[index];

    public void Add(T item)
    {
        if (_used == _last.Length)
        {
            _last = new T[Math.Clamp(2 * _used, 4, Largest)];
            _pieces.Add(_last);
            _isSorted &= _pieces.Count == 1 || _pieces[^2][^1].CompareTo(item) <= 0;
            _used = 0;
        }
        else
        {
            _isSorted &= _last[_used - 1].CompareTo(item) <= 0;
        }

        _last[_used++] = item;
    }

    /// <summary>Ends the collection; from here on items are found.</summary>
    public void Sort()
    {
        if (_pieces.Count == 0)
            return;
        _all = new T[_pieces.Sum(p => (long)p.Length) - _last.Length + _used];
        int at = 0;
        foreach (T[] piece in _pieces)
        {
            int length = ReferenceEquals(piece, _last) ? _used : piece.Length;
            piece.AsSpan(0, length).CopyTo(_all.AsSpan(at));
            at += length;
        }

        _pieces.Clear();
        _last = [];
        if (!_isSorted)
            Array.Sort(_all);
    }

    /// <summary>The index of the first item that is not before another.</summary>
    /// <param name="smallest">An item with a key and the smallest place.</param>
    /// <param name="guess">Where it may be, as items are often asked for in their order.</param>
    public int Find(T smallest, int guess)
    {
        if (guess < _all.Length && _all[guess].CompareTo(smallest) >= 0 && (guess == 0 || _all[guess - 1].CompareTo(smallest) < 0))
            return guess;
        int found = Array.BinarySearch(_all, smallest);
        return found < 0 ? ~found : found;
    }
}
