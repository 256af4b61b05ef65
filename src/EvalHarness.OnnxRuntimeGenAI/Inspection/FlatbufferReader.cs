using System.Buffers.Binary;
using System.Text;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>
/// Reads single fields of a flatbuffer from a file, so that reading the description of an adapter does not read its values. Positions are
/// bytes from the beginning of the file.
/// </summary>
/// <remarks>Source: flatbuffers.dev, "FlatBuffer Internals".</remarks>
internal sealed class FlatbufferReader(Stream stream)
{
    /// <summary>The most bytes of a text, and the most elements of a vector that is walked, so that a damaged file ends soon.</summary>
    private const int Most = 1 << 20;

    /// <summary>The position of the root table.</summary>
    /// <exception cref="InvalidDataException">The file is too short, or a position in it lies outside.</exception>
    internal long Root => Follow(0);

    /// <summary>The four letters that say what the file holds; null where the file is too short for them.</summary>
    internal string? Identifier => stream.Length < 8 ? null : Encoding.Latin1.GetString(Read(4, 4));

    /// <summary>The position of a field's value in a table; null where the table leaves the field at its default.</summary>
    internal long? Field(long table, int number)
    {
        long fields = table - Int32(table);
        int entry = 4 + (2 * number);
        int offset = entry + 2 > UInt16(fields) ? 0 : UInt16(fields + entry);
        return offset == 0 ? null : table + offset;
    }

    /// <summary>What an offset at a position leads to: a table, a text or a vector.</summary>
    internal long Follow(long position) => position + BinaryPrimitives.ReadUInt32LittleEndian(Read(position, 4));

    internal int Int32(long position) => BinaryPrimitives.ReadInt32LittleEndian(Read(position, 4));

    internal long Int64(long position) => BinaryPrimitives.ReadInt64LittleEndian(Read(position, 8));

    internal string Text(long position)
    {
        (long first, long bytes) = Bytes(position);
        return bytes <= Most ? Encoding.UTF8.GetString(Read(first, (int)bytes)) : throw Damaged(position);
    }

    /// <summary>Where the bytes of a vector of bytes, or of a text, stand, and how many there are.</summary>
    internal (long First, long Count) Bytes(long position)
    {
        long count = BinaryPrimitives.ReadUInt32LittleEndian(Read(position, 4));
        return position + 4 + count <= stream.Length ? (position + 4, count) : throw Damaged(position);
    }

    /// <summary>The positions of a vector's elements.</summary>
    /// <param name="position">Of the vector.</param>
    /// <param name="size">Bytes of an element.</param>
    internal IEnumerable<long> Elements(long position, int size)
    {
        int count = Int32(position);
        return count is >= 0 and <= Most
            ? Enumerable.Range(0, count).Select(i => position + 4 + ((long)i * size))
            : throw Damaged(position);
    }

    private int UInt16(long position) => BinaryPrimitives.ReadUInt16LittleEndian(Read(position, 2));

    private byte[] Read(long position, int length)
    {
        if (position < 0 || position + length > stream.Length)
            throw Damaged(position);
        byte[] bytes = new byte[length];
        stream.Position = position;
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static InvalidDataException Damaged(long position) => new($"it ends before what byte {position} leads to");
}
