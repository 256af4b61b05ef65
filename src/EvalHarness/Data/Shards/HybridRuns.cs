using System.Buffers.Binary;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Parquet's hybrid of run lengths and bit-packed groups, in which levels and indices into a dictionary are written.
/// </summary>
/// <remarks>Source: Apache Parquet, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".</remarks>
internal static class HybridRuns
{
    /// <summary>The bits that a number takes up if the numbers go up to <paramref name="largest"/>.</summary>
    internal static int Width(int largest) => 32 - int.LeadingZeroCount(largest);

    /// <param name="bytes">The runs, and nothing behind them.</param>
    /// <param name="width">The bits of a number, 0 to 32.</param>
    /// <param name="numbers">Where the numbers are written to, all of it; the last bit-packed group may hold some more.</param>
    /// <param name="subject">What the numbers are, for error messages.</param>
    /// <exception cref="InvalidDataException">The bytes hold more or fewer numbers.</exception>
    internal static void Read(ReadOnlySpan<byte> bytes, int width, Span<uint> numbers, string subject)
    {
        int count = numbers.Length;
        if (width > 32)
            throw new InvalidDataException($"{subject} have {width} bits, expected at most 32");
        int filled = 0;
        while (filled < count)
        {
            ulong header = Varint(ref bytes, subject);
            ulong run = header >> 1;
            bool packed = (header & 1) == 1;
            ulong size = packed ? run * (ulong)width : (ulong)((width + 7) / 8);
            if (run == 0 || run > int.MaxValue || size > (ulong)bytes.Length)
                throw new InvalidDataException($"{subject} end after {filled} of {count}");
            if (packed)
            {
                int there = (int)Math.Min((long)run * 8, count - filled);
                Unpack(bytes, width, numbers.Slice(filled, there));
                filled += there;
            }
            else if (run > (ulong)(count - filled))
            {
                throw new InvalidDataException($"{subject} are {(ulong)filled + run}, expected {count}");
            }
            else
            {
                uint value = 0;
                for (int i = (int)size - 1; i >= 0; i--)
                    value = (value << 8) | bytes[i];
                numbers.Slice(filled, (int)run).Fill(value);
                filled += (int)run;
            }

            bytes = bytes[(int)size..];
        }

        if (bytes.Length > 0)
            throw new InvalidDataException($"{subject} are followed by {bytes.Length} bytes that belong to none of the {count}");
    }

    private static void Unpack(ReadOnlySpan<byte> bytes, int width, Span<uint> numbers)
    {
        ulong mask = (1UL << width) - 1;
        long bit = 0;
        for (int i = 0; i < numbers.Length; i++, bit += width)
        {
            ReadOnlySpan<byte> rest = bytes[(int)(bit / 8)..];
            ulong bits = rest.Length >= sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(rest) : Last(rest);
            numbers[i] = (uint)((bits >> (int)(bit % 8)) & mask);
        }
    }

    private static ulong Last(ReadOnlySpan<byte> bytes)
    {
        ulong bits = 0;
        for (int i = bytes.Length - 1; i >= 0; i--)
            bits = (bits << 8) | bytes[i];
        return bits;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes, string subject)
    {
        ulong value = 0;
        for (int i = 0; i < 5 && i < bytes.Length; i++)
        {
            value |= (ulong)(bytes[i] & 0x7f) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            bytes = bytes[(i + 1)..];
            return value;
        }

        throw new InvalidDataException($"{subject} end in the middle of a run");
    }
}
