using System.Buffers;
using System.IO.Compression;
using ZstdSharp;

namespace EvalHarness.Data.Shards;

/// <summary>Decompresses pages into the size that their headers give.</summary>
internal static class PageCodec
{
    private const int Uncompressed = 0, Snappy = 1, Gzip = 2, Brotli = 4, Zstandard = 6;

    /// <summary>No codec here makes bytes smaller than this factor, so a larger size is a lie, which would only take memory.</summary>
    private const long MostExpansion = 1 << 16;

    /// <summary>Whether pages with this compression are decompressed here; not those with LZO or a kind of LZ4.</summary>
    internal static bool Reads(int codec) => codec is Uncompressed or Snappy or Gzip or Brotli or Zstandard;

    /// <param name="codec">The number that parquet.thrift gives the codec.</param>
    /// <param name="compressed">The bytes of the page.</param>
    /// <param name="size">How many they are uncompressed.</param>
    /// <param name="buffer">Where they are decompressed to.</param>
    /// <returns>
    /// Exactly <paramref name="size"/> bytes, until the buffer is used again; null for a codec that is not read here.
    /// </returns>
    /// <exception cref="InvalidDataException">The bytes are damaged, or make another number of bytes.</exception>
    internal static ArraySegment<byte>? Decompress(int codec, ArraySegment<byte> compressed, long size, PageBuffer buffer)
    {
        if (size > MostExpansion * (compressed.Count + 64L))
            throw new InvalidDataException($"a page of {compressed.Count} bytes is said to have {size} uncompressed");
        ArraySegment<byte> whole = codec == Uncompressed ? [] : buffer.Take(checked((int)size));
        switch (codec)
        {
            case Uncompressed:
                return compressed.Count == size
                    ? compressed
                    : throw new InvalidDataException($"a page without compression has {compressed.Count} bytes, expected {size}");
            case Snappy:
                int there = Snappier.Snappy.GetUncompressedLength(compressed);
                if (there != size)
                    throw OtherSize(there, size);
                // Given an array, Snappier decompresses into one of its own, which it rents and keeps, and copies that.
                Snappier.Snappy.Decompress(new ReadOnlySequence<byte>(compressed), new PageTarget(whole));
                return whole;
            case Gzip:
                return ReadAll(new GZipStream(Open(compressed), CompressionMode.Decompress), whole);
            case Brotli:
                return ReadAll(new BrotliStream(Open(compressed), CompressionMode.Decompress), whole);
            case Zstandard:
                return ReadAll(new DecompressionStream(Open(compressed)), whole);
            default:
                return null;
        }
    }

    private static MemoryStream Open(ArraySegment<byte> bytes) => new(bytes.Array!, bytes.Offset, bytes.Count, writable: false);

    private static ArraySegment<byte> ReadAll(Stream stream, ArraySegment<byte> whole)
    {
        using (stream)
        {
            int read = stream.ReadAtLeast(whole, whole.Count, throwOnEndOfStream: false);
            return read == whole.Count && stream.ReadByte() < 0 ? whole : throw OtherSize(read, whole.Count);
        }
    }

    private static InvalidDataException OtherSize(long found, long expected) =>
        new($"a page decompresses to {(found == expected ? "more" : $"{found}")} bytes, expected {expected}");

    /// <summary>The memory of a page, all of which is written at once.</summary>
    private sealed class PageTarget(ArraySegment<byte> page) : IBufferWriter<byte>
    {
        public void Advance(int count)
        {
            if (count != page.Count)
                throw OtherSize(count, page.Count);
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => page;

        public Span<byte> GetSpan(int sizeHint = 0) => page;
    }
}
