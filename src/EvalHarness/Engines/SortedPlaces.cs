namespace EvalHarness.Engines;

/// <summary>
/// Keys with the places of their lines. They are collected in any order, sorted once, and then found by their keys.
/// </summary>
/// <typeparam name="T">A key and a place; its order is that of the keys and, where they are equal, of the places.</typeparam>
internal sealed class SortedPlaces<T>
    where T : struct, IComparable<T>
{
    /// <summary>Items of a piece, as a power of two.</summary>
    private const int PieceBits = 16;

    private const int Piece = 1 << PieceBits;

    // Pieces of one size, of which only the first grows, because a list that grows holds up to three times what is in it.
    private readonly List<T[]> _pieces = [[]];
    private bool _isSorted = true;

    public int Count { get; private set; }

    /// <summary>The item that was added last.</summary>
    public T Last
    {
        get => this[Count - 1];
        set => Set(Count - 1, value);
    }

    public T this[int index] => _pieces[index >> PieceBits][index & (Piece - 1)];

    public void Add(T item)
    {
        if (Count < Piece && Count == _pieces[0].Length)
        {
            T[] first = _pieces[0];
            Array.Resize(ref first, Math.Clamp(2 * Count, 4, Piece));
            _pieces[0] = first;
        }
        else if (Count == (long)_pieces.Count << PieceBits)
        {
            _pieces.Add(new T[Piece]);
        }

        Set(Count++, item);
    }

    private void Set(int index, T item)
    {
        _isSorted &= index == 0 || this[index - 1].CompareTo(item) <= 0;
        _pieces[index >> PieceBits][index & (Piece - 1)] = item;
    }

    /// <summary>Ends the collection; from here on items are found.</summary>
    public void Sort()
    {
        if (_isSorted)
            return;
        var all = new T[Count];
        for (int i = 0; i < _pieces.Count; i++)
            _pieces[i].AsSpan(0, Math.Min(Piece, Count - (i << PieceBits))).CopyTo(all.AsSpan(i << PieceBits));
        Array.Sort(all);
        for (int i = 0; i < _pieces.Count; i++)
            all.AsSpan(i << PieceBits, Math.Min(Piece, Count - (i << PieceBits))).CopyTo(_pieces[i]);
        _isSorted = true;
    }

    /// <summary>The index of the first item that is not before another.</summary>
    /// <param name="smallest">An item with a key and the smallest place.</param>
    /// <param name="guess">Where it may be, as items are often asked for in their order.</param>
    public int Find(T smallest, int guess)
    {
        if (guess < Count && this[guess].CompareTo(smallest) >= 0 && (guess == 0 || this[guess - 1].CompareTo(smallest) < 0))
            return guess;
        int first = 0, end = Count;
        while (first < end)
        {
            int middle = first + ((end - first) / 2);
            if (this[middle].CompareTo(smallest) < 0)
                first = middle + 1;
            else
                end = middle;
        }

        return first;
    }
}
