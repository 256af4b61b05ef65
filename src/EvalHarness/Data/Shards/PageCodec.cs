using System.IO.Compression;
using ZstdSharp;

namespace EvalHarness.Data.Shards;

/// <summary>Decompresses pages into the size that their headers give.</summary>
internal static class PageCodec
{
    private const int Uncompressed = 0, Snappy = 1, Gzip = 2, Brotli = 4, Zstandard = 6;

    /// <summary>No codec here makes bytes smaller than this factor, so a larger size is a lie, which would only take memory.</summary>
    private const long MostExpansion = 1 << 16;

    /// <returns>Exactly <paramref name="size"/> bytes; null for a codec that is not read here (LZO and both kinds of LZ4).</returns>
    /// <exception cref="InvalidDataException">The bytes are damaged, or make another number of bytes.</exception>
    internal static byte[]? Decompress(int codec, byte[] compressed, long size)
    {
        if (size > MostExpansion * (compressed.Length + 64L))
            throw new InvalidDataException($"a page of {compressed.Length} bytes is said to have {size} uncompressed");
        byte[] whole = new byte[size];
        switch (codec)
        {
            case Uncompressed:
                return compressed.Length == size
                    ? compressed
                    : throw new InvalidDataException($"a page without compression has {compressed.Length} bytes, expected {size}");
            case Snappy:
                int there = Snappier.Snappy.GetUncompressedLength(compressed);
                return there == size && Snappier.Snappy.Decompress(compressed, whole) == size ? whole : throw OtherSize(there, size);
            case Gzip:
                return ReadAll(new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress), whole);
            case Brotli:
                return ReadAll(new BrotliStream(new MemoryStream(compressed), CompressionMode.Decompress), whole);
            case Zstandard:
                return ReadAll(new DecompressionStream(new MemoryStream(compressed)), whole);
            default:
                return null;
        }
    }

    private static byte[] ReadAll(Stream stream, byte[] whole)
    {
        using (stream)
        {
            int read = stream.ReadAtLeast(whole, whole.Length, throwOnEndOfStream: false);
            return read == whole.Length && stream.ReadByte() < 0 ? whole : throw OtherSize(read, whole.Length);
        }
    }

    private static InvalidDataException OtherSize(long found, long expected) =>
        new($"a page decompresses to {(found == expected ? "more" : $"{found}")} bytes, expected {expected}");
}
