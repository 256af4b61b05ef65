namespace EvalHarness.Planning;

/// <summary>
/// A growing list of numbers. It is kept in pieces, so that it has little room that is not used and is not copied while it grows.
/// </summary>
/// <typeparam name="T">A number, or a few of them.</typeparam>
internal sealed class Column<T>
    where T : unmanaged
{
    private const int PieceBits = 11, PieceLength = 1 << PieceBits, SmallestPiece = 4;

    private readonly List<T[]> _pieces = [];

    internal int Count { get; private set; }

    internal ref readonly T this[int index] => ref _pieces[index >> PieceBits][index & (PieceLength - 1)];

    internal void Add(T value)
    {
        int within = Count & (PieceLength - 1);
        if (within == 0)
        {
            // Most tasks are large and a few have a handful of requests: only the first piece begins small.
            _pieces.Add(new T[Count == 0 ? SmallestPiece : PieceLength]);
        }
        else if (within == _pieces[^1].Length)
        {
            T[] last = _pieces[^1];
            Array.Resize(ref last, 2 * last.Length);
            _pieces[^1] = last;
        }

        _pieces[^1][within] = value;
        Count++;
    }
}
