using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Data.Shards;

/// <summary>
/// The bytes of a column in one row group, of which no more is in memory than the page that is looked at and a little behind it: a writer
/// may put a whole file into one row group.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="chunk">Where the column lies.</param>
/// <param name="buffer">Memory for the bytes.</param>
internal sealed class ChunkWindow(SafeFileHandle file, ShardChunk chunk, PageBuffer buffer)
{
    /// <summary>The bytes that are read behind those asked for, so that the header of the next page is among them.</summary>
    private const int Behind = 64 * 1024;

    private ArraySegment<byte> _bytes = [];
    private long _start;

    /// <param name="position">The position in the column, from 0.</param>
    /// <param name="count">How many bytes are needed.</param>
    /// <returns>At least so many, or all that are left, until the next call.</returns>
    /// <exception cref="InvalidDataException">The file ends before.</exception>
    internal ArraySegment<byte> From(long position, long count)
    {
        long left = chunk.Length - position, most = Math.Min(left, Array.MaxLength);
        if (position < _start || position + Math.Min(count, most) > _start + _bytes.Count)
        {
            _bytes = buffer.Take((int)Math.Min(most, count + Behind));
            _start = position;
            int read = 0;
            while (read < _bytes.Count)
            {
                int more = RandomAccess.Read(file, _bytes[read..], chunk.Start + position + read);
                read += more > 0 ? more : throw new InvalidDataException($"column {chunk.Column.Path}: the file ends in the middle of it");
            }
        }

        return _bytes[(int)(position - _start)..];
    }
}
