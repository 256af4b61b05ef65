using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace EvalHarness.Tests.LlamaCpp;

/// <summary>Rounds float32 values to blocks of 32, each with a scale in float16, as llama.cpp's quantization does.</summary>
/// <remarks>
/// Source: ggml's block_q8_0 (a scale, 32 signed bytes) and block_q4_0 (a scale, 16 bytes: the first half of the values in the lower four
/// bits, the second half in the upper four; the value of the largest magnitude becomes the lowest step).
/// </remarks>
internal static class GgufBlocks
{
    internal const int Size = 32;

    internal static byte[] Encode(ReadOnlySpan<float> values, int type)
    {
        if (type == GgufWriter.F32)
            return MemoryMarshal.AsBytes(values).ToArray();
        int bytes = type == GgufWriter.Q8_0 ? 2 + Size : 2 + (Size / 2);
        byte[] encoded = new byte[values.Length / Size * bytes];
        for (int block = 0; block < values.Length / Size; block++)
        {
            ReadOnlySpan<float> from = values.Slice(block * Size, Size);
            Span<byte> to = encoded.AsSpan(block * bytes, bytes);
            if (type == GgufWriter.Q8_0)
                Write8(from, to);
            else
                Write4(from, to);
        }

        return encoded;
    }

    private static void Write8(ReadOnlySpan<float> values, Span<byte> block)
    {
        float scale = MathF.Abs(Extreme(values)) / 127, inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (int i = 0; i < Size; i++)
            block[2 + i] = (byte)(sbyte)MathF.Round(values[i] * inverse, MidpointRounding.AwayFromZero);
    }

    private static void Write4(ReadOnlySpan<float> values, Span<byte> block)
    {
        float scale = Extreme(values) / -8, inverse = scale == 0 ? 0 : 1 / scale;
        BinaryPrimitives.WriteHalfLittleEndian(block, (Half)scale);
        for (int i = 0; i < Size / 2; i++)
            block[2 + i] = (byte)(Step(values[i] * inverse) | (Step(values[i + (Size / 2)] * inverse) << 4));
    }

    private static int Step(float value) => Math.Min(15, (int)(value + 8.5f));

    private static float Extreme(ReadOnlySpan<float> values)
    {
        float extreme = 0;
        foreach (float value in values)
        {
            if (MathF.Abs(value) > MathF.Abs(extreme))
                extreme = value;
        }

        return extreme;
    }
}
