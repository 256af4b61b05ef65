using System.Text;

namespace EvalHarness.Tests.Adapters;

/// <summary>Writes fields of protobuf messages, and reads the fields of one.</summary>
internal static class OnnxMessage
{
    internal static byte[] Text(int field, string text) => Message(field, Encoding.UTF8.GetBytes(text));

    internal static byte[] Message(int field, byte[] content) =>
        [.. Varint((ulong)((field << 3) | 2)), .. Varint((ulong)content.Length), .. content];

    internal static byte[] Number(int field, long value) => [.. Varint((ulong)(field << 3)), .. Varint(unchecked((ulong)value))];

    /// <summary>A tensor with float32 values (type 1), as field 5 of a graph has it.</summary>
    internal static byte[] Tensor(string name, long[] shape, float[] values) => Message(
        5, [.. shape.SelectMany(d => Number(1, d)), .. Number(2, 1), .. Text(8, name), .. Message(9, [.. AdapterWriter.Bytes(values)])]);

    /// <summary>An input of float32, as field 11 of a graph has it; a dimension below 0 gets a name.</summary>
    internal static byte[] Input(string name, params long[] shape)
    {
        byte[] sizes = [.. shape.SelectMany(d => Message(1, d < 0 ? Text(2, "lora_rank") : Number(1, d)))];
        return Message(11, [.. Text(1, name), .. Message(2, Message(1, [.. Number(1, 1), .. Message(2, sizes)]))]);
    }

    internal static byte[] Node(string operation, string output, params string[] inputs) =>
        Message(1, [.. inputs.SelectMany(i => Text(1, i)), .. Text(2, output), .. Text(3, output), .. Text(4, operation)]);

    /// <summary>The fields in their order: the number, all bytes of the field, and its content if it has a length.</summary>
    internal static IEnumerable<(int Field, ReadOnlyMemory<byte> Whole, ReadOnlyMemory<byte> Content)> Fields(ReadOnlyMemory<byte> message)
    {
        for (int at = 0; at < message.Length;)
        {
            int first = at;
            ulong tag = Varint(message.Span, ref at);
            int content = at;
            switch (tag & 7)
            {
                case 0:
                    _ = Varint(message.Span, ref at);
                    break;
                case 1:
                    at += 8;
                    break;
                case 2:
                    int length = (int)Varint(message.Span, ref at);
                    content = at;
                    at += length;
                    break;
                default:
                    at += 4;
                    break;
            }

            yield return ((int)(tag >> 3), message[first..at], message[content..at]);
        }
    }

    private static IEnumerable<byte> Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            yield return (byte)(value | 0x80);
        yield return (byte)value;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
                return value;
        }
    }
}
