using System.Buffers.Binary;
using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Data.Shards;

/// <summary>
/// The values of a page that are written plainly, or the entries of a dictionary, each of which is made when it is asked for. They were
/// checked before: there are as many as is said, and they fill the bytes.
/// </summary>
/// <remarks>Source: Apache Parquet, Encodings.md, "Plain".</remarks>
internal sealed class PlainValues
{
    private static readonly object True = true, False = false;

    /// <summary>An invalid text is an error, as it is for other readers, and not another text.</summary>
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ShardColumn _column;
    private readonly ArraySegment<byte> _bytes;

    /// <summary>Where values of different lengths begin, behind their lengths.</summary>
    private readonly int[] _starts;

    internal PlainValues(ShardColumn column, ArraySegment<byte> bytes, int count)
    {
        (_column, _bytes) = (column, bytes);
        _starts = new int[column.Type == PhysicalType.ByteArray ? count : 0];
        int start = 0;
        for (int i = 0; i < _starts.Length; i++)
        {
            _starts[i] = start + sizeof(int);
            start += sizeof(int) + (int)BinaryPrimitives.ReadUInt32LittleEndian(bytes[start..]);
        }
    }

    /// <summary>Whether the values of a column are made here.</summary>
    internal static bool Has(ShardColumn column) => (column.Kind, column.Type) switch
    {
        (ValueKind.Boolean, PhysicalType.Boolean) => true,
        (ValueKind.Integer, PhysicalType.Int32 or PhysicalType.Int64) => true,
        (ValueKind.Real, PhysicalType.Float or PhysicalType.Double) => true,
        (ValueKind.Text, PhysicalType.ByteArray) => true,
        (ValueKind.Bytes, PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray) => true,
        _ => false,
    };

    /// <summary>The value of a document.</summary>
    /// <exception cref="InvalidDataException">A text is not in UTF-8.</exception>
    internal object this[int index] => _column.Type switch
    {
        PhysicalType.Boolean => (_bytes[index / 8] >> (index % 8) & 1) == 1 ? True : False,
        PhysicalType.Int32 when _column.IsUnsigned => (long)BinaryPrimitives.ReadUInt32LittleEndian(At(index, sizeof(int))),
        PhysicalType.Int32 => (long)BinaryPrimitives.ReadInt32LittleEndian(At(index, sizeof(int))),
        PhysicalType.Int64 when _column.IsUnsigned => ColumnNumber.Of(BinaryPrimitives.ReadUInt64LittleEndian(At(index, sizeof(long)))),
        PhysicalType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(At(index, sizeof(long))),
        PhysicalType.Float => (double)BinaryPrimitives.ReadSingleLittleEndian(At(index, sizeof(float))),
        PhysicalType.Double => BinaryPrimitives.ReadDoubleLittleEndian(At(index, sizeof(double))),
        PhysicalType.FixedLengthByteArray => new PythonBytes(At(index, _column.TypeLength).ToArray()),
        PhysicalType.ByteArray when _column.Kind == ValueKind.Bytes => new PythonBytes(Bytes(index).ToArray()),
        PhysicalType.ByteArray => Text(Bytes(index)),
        var other => throw new InvalidOperationException($"Values of type {other} are not made here."),
    };

    private ReadOnlySpan<byte> At(int index, int size) => _bytes.AsSpan(index * size, size);

    private ReadOnlySpan<byte> Bytes(int index)
    {
        int end = index + 1 < _starts.Length ? _starts[index + 1] - sizeof(int) : _bytes.Count;
        return _bytes.AsSpan(_starts[index]..end);
    }

    private string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException($"column {_column.Path}: a text is not in UTF-8: {e.Message}", e);
        }
    }
}
