using System.Text;

namespace EvalHarness.OnnxRuntimeGenAI.Inspection;

/// <summary>
/// Reads single fields of a protobuf message from a stream and seeks over all others, so that reading the description of a graph does not
/// read gigabytes of weights. Google.Protobuf for C# is not used, because it reads nested messages only through generated classes, which
/// read every field.
/// </summary>
/// <remarks>Source: protobuf.dev, "Encoding".</remarks>
internal sealed class ProtobufReader(Stream stream)
{
    /// <summary>The most bytes of a text that are read, so that a damaged file cannot make this class allocate gigabytes.</summary>
    private const int LongestText = 1 << 20;

    internal const int VarintType = 0, LengthType = 2;

    internal long Length => stream.Length;

    /// <summary>Reads the tag of the next field: its number and its wire type.</summary>
    /// <returns>False at <paramref name="end"/>, where the message has no more fields.</returns>
    /// <exception cref="InvalidDataException">The bytes are not a protobuf message.</exception>
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

    /// <summary>Reads the length of a nested message or a text, and gives the position in the stream at which it ends.</summary>
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

    /// <summary>The values of a repeated integer field: all of them if they are packed, otherwise the one that stands here.</summary>
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

    private InvalidDataException Damaged() => new($"there is no protobuf message at byte {stream.Position}");
}
