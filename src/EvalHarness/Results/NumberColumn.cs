using System.Collections;

namespace EvalHarness.Results;

/// <summary>
/// A list that grows by blocks: a million numbers are neither copied while they are added, nor held in arrays that are twice as long as
/// they need to be, as those of <see cref="List{T}"/> are.
/// </summary>
internal sealed class NumberColumn<T> : IReadOnlyList<T>
    where T : struct
{
    private const int Bits = 12, Block = 1 << Bits;

    private readonly List<T[]> _blocks = [];

    public int Count { get; private set; }

    public T this[int index] => _blocks[index >> Bits][index & (Block - 1)];

    internal void Add(T value)
    {
        if (Count == _blocks.Count << Bits)
            _blocks.Add(new T[Block]);
        _blocks[Count >> Bits][Count & (Block - 1)] = value;
        Count++;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
