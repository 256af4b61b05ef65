using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using EvalHarness.Pythonic;

namespace EvalHarness.Data;

/// <summary>
/// Writes plain values as bytes and reads them back equal, with their types, the order of maps and the bits of numbers: the values of a
/// <see cref="Document"/> and those that a task's functions and literals give (<see cref="PythonSequence"/>, <see cref="PythonText"/>). The
/// bytes are for temporary files of the same process: no version of the program reads those of another.
/// </summary>
internal static class ValueCodec
{
    private enum Tag : byte
    {
        None, False, True, Integer, LargeInteger, Real, Text, Markup, Bytes, Decimal, Timestamp, UtcTimestamp, Time, List, Tuple, Range,
        Map, AnyMap,
    }

    /// <exception cref="ArgumentException">The value, or one inside it, is not plain.</exception>
    internal static void Write(BinaryWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                WriteTag(writer, Tag.None);
                break;
            case bool flag:
                WriteTag(writer, flag ? Tag.True : Tag.False);
                break;
            case long number:
                WriteNumber(writer, Tag.Integer, number);
                break;
            case BigInteger number:
                WriteBytes(writer, Tag.LargeInteger, number.ToByteArray());
                break;
            case double number:
                WriteTag(writer, Tag.Real);
                writer.Write(number);
                break;
            case string text:
                WriteTag(writer, Tag.Text);
                WriteText(writer, text);
                break;
            case PythonText text:
                WriteTag(writer, Tag.Markup);
                WriteText(writer, text.Text);
                break;
            case PythonBytes bytes:
                WriteBytes(writer, Tag.Bytes, bytes.Span);
                break;
            case PythonDecimal number:
                WriteBytes(writer, Tag.Decimal, number.Unscaled.ToByteArray());
                writer.Write7BitEncodedInt(number.Scale);
                break;
            case PythonTimestamp time:
                WriteNumber(writer, time.IsUtc ? Tag.UtcTimestamp : Tag.Timestamp, time.Microseconds);
                break;
            case PythonTime time:
                WriteNumber(writer, Tag.Time, time.Microseconds);
                break;
            case PythonSequence { RangeText: { } text } range:
                WriteItems(writer, Tag.Range, range);
                WriteText(writer, text);
                break;
            case PythonSequence tuple:
                WriteItems(writer, Tag.Tuple, tuple);
                WriteItems(writer, Tag.List, tuple.Names);
                break;
            case PythonDict map:
                WriteTag(writer, Tag.AnyMap);
                writer.Write7BitEncodedInt(map.Count);
                foreach ((object? key, object? member) in map)
                {
                    Write(writer, key);
                    Write(writer, member);
                }

                break;
            case IReadOnlyDictionary<string, object?> map:
                WriteTag(writer, Tag.Map);
                writer.Write7BitEncodedInt(map.Count);
                foreach ((string key, object? member) in map)
                {
                    WriteText(writer, key);
                    Write(writer, member);
                }

                break;
            case IReadOnlyList<object?> list:
                WriteItems(writer, Tag.List, list);
                break;
            default:
                throw new ArgumentException($"{value.GetType()} is not a plain value.", nameof(value));
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote. A list is an array, and a map with texts as keys keeps their order.</summary>
    internal static object? Read(BinaryReader reader)
    {
        var tag = (Tag)reader.ReadByte();
        switch (tag)
        {
            case Tag.None:
                return null;
            case Tag.False or Tag.True:
                return tag == Tag.True;
            case Tag.Integer:
                return reader.ReadInt64();
            case Tag.LargeInteger:
                return new BigInteger(ReadBytes(reader));
            case Tag.Real:
                return reader.ReadDouble();
            case Tag.Text:
                return ReadText(reader);
            case Tag.Markup:
                return new PythonText(ReadText(reader));
            case Tag.Bytes:
                return new PythonBytes(ReadBytes(reader));
            case Tag.Decimal:
                return new PythonDecimal(new BigInteger(ReadBytes(reader)), reader.Read7BitEncodedInt());
            case Tag.Timestamp or Tag.UtcTimestamp:
                return new PythonTimestamp(reader.ReadInt64(), tag == Tag.UtcTimestamp);
            case Tag.Time:
                return new PythonTime(reader.ReadInt64());
            case Tag.List:
                return ReadItems(reader);
            case Tag.Range:
                return PythonSequence.Range(ReadItems(reader), ReadText(reader));
            case Tag.Tuple:
                return PythonSequence.Tuple(ReadItems(reader), [.. ((object?[])Read(reader)!).Cast<string>()]);
            case Tag.Map:
                int count = reader.Read7BitEncodedInt();
                var map = new OrderedDictionary<string, object?>(count);
                for (int i = 0; i < count; i++)
                    map.Add(ReadText(reader), Read(reader));
                return map;
            case Tag.AnyMap:
                var any = new PythonDict();
                for (int left = reader.Read7BitEncodedInt(); left > 0; left--)
                {
                    object? key = Read(reader);
                    any[key] = Read(reader);
                }

                return any;
            default:
                throw new InvalidDataException($"{tag} is the mark of no value.");
        }
    }

    /// <summary>
    /// Writes a text as UTF-8, or as UTF-16 where it has half of a surrogate pair, which JSON may name and UTF-8 has not.
    /// </summary>
    internal static void WriteText(BinaryWriter writer, string text)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        try
        {
            bool isWhole = Utf8.FromUtf16(text, buffer, out _, out int written, replaceInvalidSequences: false) == OperationStatus.Done;
            ReadOnlySpan<byte> bytes = isWhole ? buffer.AsSpan(0, written) : MemoryMarshal.AsBytes(text.AsSpan());
            // The lowest bit says which of the two it is.
            writer.Write7BitEncodedInt64(((long)bytes.Length << 1) | (isWhole ? 0L : 1L));
            writer.Write(bytes);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads what <see cref="WriteText"/> wrote.</summary>
    internal static string ReadText(BinaryReader reader)
    {
        long header = reader.Read7BitEncodedInt64();
        int length = (int)(header >> 1);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Span<byte> bytes = buffer.AsSpan(0, length);
            reader.BaseStream.ReadExactly(bytes);
            return (header & 1) == 0 ? Encoding.UTF8.GetString(bytes) : new string(MemoryMarshal.Cast<byte, char>(bytes));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void WriteTag(BinaryWriter writer, Tag tag) => writer.Write((byte)tag);

    private static void WriteNumber(BinaryWriter writer, Tag tag, long number)
    {
        WriteTag(writer, tag);
        writer.Write(number);
    }

    private static void WriteBytes(BinaryWriter writer, Tag tag, ReadOnlySpan<byte> bytes)
    {
        WriteTag(writer, tag);
        writer.Write7BitEncodedInt(bytes.Length);
        writer.Write(bytes);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.Read7BitEncodedInt());

    private static void WriteItems(BinaryWriter writer, Tag tag, IReadOnlyList<object?> items)
    {
        WriteTag(writer, tag);
        writer.Write7BitEncodedInt(items.Count);
        // By index, because an enumerator of an interface is an object on the heap.
        for (int i = 0; i < items.Count; i++)
            Write(writer, items[i]);
    }

    private static object?[] ReadItems(BinaryReader reader)
    {
        object?[] items = new object?[reader.Read7BitEncodedInt()];
        for (int i = 0; i < items.Length; i++)
            items[i] = Read(reader);
        return items;
    }
}
