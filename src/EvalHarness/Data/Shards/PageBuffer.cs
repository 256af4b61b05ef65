using System.Buffers;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Memory for the bytes and the numbers of one page at a time, which the next page, and then another shard, uses again. A rented array is
/// not kept by whoever asked for it.
/// </summary>
internal sealed class PageBuffer : IDisposable
{
    /// <summary>Larger arrays are not given back to the pool, which would keep them.</summary>
    private const int MostKept = 4 << 20;

    private byte[] _bytes = [];
    private uint[] _numbers = [];

    internal ArraySegment<byte> Take(int size) => new(Grow(ref _bytes, size), 0, size);

    internal Span<uint> TakeNumbers(int count) => Grow(ref _numbers, count).AsSpan(0, count);

    private static T[] Grow<T>(ref T[] array, int count)
    {
        if (array.Length < count)
        {
            Return(array);
            array = count > MostKept ? GC.AllocateUninitializedArray<T>(count) : ArrayPool<T>.Shared.Rent(count);
        }

        return array;
    }

    private static void Return<T>(T[] array)
    {
        if (array.Length <= MostKept)
            ArrayPool<T>.Shared.Return(array);
    }

    public void Dispose()
    {
        Return(_bytes);
        Return(_numbers);
        (_bytes, _numbers) = ([], []);
    }
}
