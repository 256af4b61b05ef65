using System.Text;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>
/// Reads fields of a protobuf message where they lie, and seeks over those that nobody asks for: a graph of gigabytes costs its
/// descriptions only. By hand, because Google.Protobuf for C# enters nested messages through generated classes alone, which read everything.
/// </summary>
/// <remarks>Source: protobuf.dev, "Encoding".</remarks>
internal sealed class ProtobufReader(Stream stream)
{
    /// <summary>A name longer than this is none.</summary>
    private const int LongestText = 1 << 20;

    internal const int VarintType = 0, LengthType = 2;

    internal long Length => stream.Length;

    /// <summary>The next field before <paramref name="end"/>, or false there.</summary>
    /// <exception cref="InvalidDataException">Not a protobuf message.</exception>
    internal bool Next(long end, out int field, out int type)
    {
        (field, type) = (0, 0);
        if (stream.Position >= end)
            return stream.Position == end ? false : throw Damaged();
        ulong tag = Varint();
        (field, type) = ((int)(tag >> 3), (int)(tag & 7));
        return field > 0 ? true : throw Damaged();
    }

    internal ulong Varint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int read = stream.ReadByte();
            if (read < 0)
                throw Damaged();
            value |= (ulong)(read & 0x7f) << shift;
            if (read < 0x80)
                return value;
        }

        throw Damaged();
    }

    /// <summary>Where the message that begins here ends.</summary>
    internal long End()
    {
        ulong length = Varint();
        long end = stream.Position + (long)Math.Min(length, long.MaxValue / 2);
        return end <= stream.Length ? end : throw Damaged();
    }

    internal string Text()
    {
        long end = End();
        int length = (int)Math.Min(end - stream.Position, LongestText);
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        stream.Position = end;
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A repeated integer, packed or one of many.</summary>
    internal IEnumerable<long> Integers(int type)
    {
        if (type == VarintType)
        {
            yield return (long)Varint();
            yield break;
        }

        for (long end = End(); stream.Position < end;)
            yield return (long)Varint();
    }

    internal void Skip(int type)
    {
        switch (type)
        {
            case VarintType:
                _ = Varint();
                break;
            case LengthType:
                stream.Position = End();
                break;
            case 1:
                stream.Position += sizeof(long);
                break;
            case 5:
                stream.Position += sizeof(int);
                break;
            default:
                throw Damaged();
        }
    }

    private InvalidDataException Damaged() => new($"no protobuf message at byte {stream.Position}");
}
