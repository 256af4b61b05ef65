using System.Buffers.Binary;
using System.Numerics.Tensors;

namespace EvalHarness.Data.Shards;

/// <summary>Checks that the bytes of values hold as many values as the levels say, and nothing behind them.</summary>
/// <remarks>Source: Apache Parquet, Encodings.md.</remarks>
internal static class PageValues
{
    internal const int Plain = 0;

    private const int PlainDictionary = 2, Runs = 3, RunsDictionary = 8, SplitStreams = 9;

    /// <summary>Whether values in this encoding are indices into the column's dictionary.</summary>
    internal static bool IsOfDictionary(int encoding) => encoding is PlainDictionary or RunsDictionary;

    internal static void Check(ReadOnlySpan<byte> bytes, PageBody page, int count, PageBuffer buffer)
    {
        string subject = $"column {page.Column.Path}: the values of a page";
        switch (page.Encoding)
        {
            case Plain:
                CheckPlain(bytes, page.Column, count);
                break;
            case PlainDictionary or RunsDictionary when page.Dictionary is not { }:
                throw new InvalidDataException($"{subject} are indices into a dictionary, and the column has none");
            case PlainDictionary or RunsDictionary when count > 0:
                if (bytes.Length == 0)
                    throw new InvalidDataException($"{subject} end after 0 of {count}");
                Span<uint> indices = buffer.TakeNumbers(count);
                HybridRuns.Read(bytes[1..], bytes[0], indices, subject);
                uint largest = TensorPrimitives.Max<uint>(indices);
                if (largest >= page.Dictionary)
                    throw new InvalidDataException($"{subject} have index {largest}, the dictionary has {page.Dictionary} entries");
                break;
            case Runs when page.Column.Type == PhysicalType.Boolean:
                if (bytes.Length < sizeof(int) || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != bytes.Length - sizeof(int))
                    throw new InvalidDataException($"{subject} have another length than they say");
                HybridRuns.Read(bytes[sizeof(int)..], 1, buffer.TakeNumbers(count), subject);
                break;
            case SplitStreams:
                CheckLength(bytes, page.Column, count);
                break;
        }
    }

    internal static void CheckPlain(ReadOnlySpan<byte> bytes, ShardColumn column, int count)
    {
        if (column.Type != PhysicalType.ByteArray)
        {
            CheckLength(bytes, column, count);
            return;
        }

        int length = bytes.Length;
        for (int i = 0; i < count; i++)
        {
            uint size = bytes.Length < sizeof(int) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            if (size > bytes.Length - sizeof(int))
                throw new InvalidDataException($"column {column.Path}: the values of a page end after {i} of {count}");
            bytes = bytes[(sizeof(int) + (int)size)..];
        }

        if (bytes.Length > 0)
        {
            throw new InvalidDataException(
                $"column {column.Path}: {count} values take {length - bytes.Length} of the {length} bytes of a page");
        }
    }

    private static void CheckLength(ReadOnlySpan<byte> bytes, ShardColumn column, int count)
    {
        long expected = column.Type switch
        {
            PhysicalType.Boolean => (count + 7L) / 8,
            PhysicalType.Int32 or PhysicalType.Float => 4L * count,
            PhysicalType.Int96 => 12L * count,
            PhysicalType.FixedLengthByteArray => (long)column.TypeLength * count,
            _ => 8L * count,
        };
        if (bytes.Length != expected)
        {
            throw new InvalidDataException(
                $"column {column.Path}: {count} values take {expected} bytes, a page has {bytes.Length} for them");
        }
    }
}
