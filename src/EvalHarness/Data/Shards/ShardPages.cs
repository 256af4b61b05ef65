using System.Runtime.ExceptionServices;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Checks the pages of a row group: that they fill their column's bytes, that the counts in their headers agree with the footer and with
/// the levels and values that they hold, and that their checksums are right where they have any.
/// </summary>
/// <remarks>
/// Not covered: values written with a delta encoding, pages compressed with LZO or LZ4, and a change of a value that leaves all sizes as
/// they are in a page without a checksum. Only the hash of the whole shard shows the last. Source: Apache Parquet, parquet.thrift,
/// PageHeader.
/// </remarks>
internal static class ShardPages
{
    private const int DataPage = 0, IndexPage = 1, DictionaryPage = 2, DataPageV2 = 3;

    /// <param name="stream">The file.</param>
    /// <param name="group">The row group.</param>
    /// <param name="wanted">The columns whose pages are checked.</param>
    /// <param name="cancellationToken">Stops between the columns of a row group.</param>
    /// <exception cref="InvalidDataException">A page is damaged, or does not hold what the footer says.</exception>
    internal static void Check(
        FileStream stream, ShardRowGroup group, IReadOnlySet<ShardColumn> wanted, CancellationToken cancellationToken)
    {
        try
        {
            Parallel.ForEach(
                group.Chunks.Where(chunk => wanted.Contains(chunk.Column)),
                new ParallelOptions { CancellationToken = cancellationToken },
                chunk =>
                {
                    using PageBuffer window = new(), page = new();
                    Check(new ChunkWindow(stream.SafeFileHandle, chunk, window), chunk, group.Rows, page);
                });
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    /// <summary>The headers of a column's data pages, each of which says whether it is of the second version, and its encoding.</summary>
    /// <exception cref="InvalidDataException">A header is damaged.</exception>
    internal static IEnumerable<(bool IsSecond, int Encoding)> DataPages(Stream stream, ShardChunk chunk)
    {
        for (long position = chunk.Start, end = chunk.Start + chunk.Length; position < end;)
        {
            ThriftStruct header = ReadHeader(stream, chunk, ref position);
            position += header.Number(3, "compressed_page_size", high: int.MaxValue);
            long type = header.Number(1, "type", high: DataPageV2);
            if (type == DataPage)
                yield return (false, (int)header.Get<ThriftStruct>(5, "data_page_header").Number(2, "encoding", high: 9));
            else if (type == DataPageV2)
                yield return (true, (int)header.Get<ThriftStruct>(8, "data_page_header_v2").Number(4, "encoding", high: 9));
        }
    }

    /// <summary>Reads a header, whose size only its content tells, and goes to the page behind it.</summary>
    private static ThriftStruct ReadHeader(Stream stream, ShardChunk chunk, ref long position)
    {
        long left = chunk.Start + chunk.Length - position;
        for (long size = Math.Min(512, left); ; size = Math.Min(8 * size, left))
        {
            byte[] bytes = new byte[size];
            stream.Position = position;
            stream.ReadExactly(bytes);
            var reader = new ThriftReader(bytes, $"column {chunk.Column.Path}: the header of the page at {position}");
            try
            {
                ThriftStruct header = reader.Read();
                position += reader.Position;
                return header;
            }
            catch (InvalidDataException) when (size < left)
            {
                // It may be longer than what was read of it.
            }
        }
    }

    /// <summary>Reads a header from the part of the column that is in memory, more of which is read where it is longer.</summary>
    private static ThriftStruct ReadHeader(ChunkWindow window, ShardChunk chunk, ref long position)
    {
        for (long size = 512; ; size *= 8)
        {
            ArraySegment<byte> bytes = window.From(position, size);
            var reader = new ThriftReader(bytes, $"column {chunk.Column.Path}: the header of the page at {chunk.Start + position}");
            try
            {
                ThriftStruct header = reader.Read();
                position += reader.Position;
                return header;
            }
            catch (InvalidDataException) when (bytes.Count < Math.Min(chunk.Length - position, Array.MaxLength))
            {
                // It may be longer than what was read of it.
            }
        }
    }

    private static void Check(ChunkWindow window, ShardChunk chunk, long rows, PageBuffer buffer)
    {
        string subject = $"column {chunk.Column.Path}";
        long values = 0;
        long? begun = 0;
        int? dictionary = null;
        for (long position = 0; position < chunk.Length;)
        {
            ThriftStruct header = ReadHeader(window, chunk, ref position);
            long size = header.Number(3, "compressed_page_size", high: int.MaxValue);
            if (size > chunk.Length - position)
                throw new InvalidDataException($"{subject}: a page has {size} bytes, and {chunk.Length - position} are left for it");
            ArraySegment<byte> page = window.From(position, size)[..(int)size];
            position += size;
            CheckSum(header, page, subject);
            long whole = header.Number(2, "uncompressed_page_size", high: int.MaxValue);
            switch (header.Number(1, "type", high: DataPageV2))
            {
                case DictionaryPage:
                    if (dictionary is not null || values > 0)
                        throw new InvalidDataException($"{subject}: has a dictionary that is not its first page");
                    ThriftStruct own = header.Get<ThriftStruct>(7, "dictionary_page_header");
                    dictionary = (int)own.Number(1, "num_values", high: int.MaxValue);
                    if (PageCodec.Decompress(chunk.Codec, page, whole, buffer) is { } entries)
                        PageValues.CheckPlain(entries, chunk.Column, dictionary.Value);
                    break;
                case DataPage:
                    ThriftStruct first = header.Get<ThriftStruct>(5, "data_page_header");
                    var body = PageBody.Of(first, version: 1, chunk.Column, dictionary);
                    values += body.Count;
                    begun += PageCodec.Decompress(chunk.Codec, page, whole, buffer) is { } content
                        ? body.Check(content, buffer)
                        : body.Unchecked;
                    break;
                case DataPageV2:
                    ThriftStruct second = header.Get<ThriftStruct>(8, "data_page_header_v2");
                    var split = PageBody.Of(second, version: 2, chunk.Column, dictionary);
                    values += split.Count;
                    begun += split.CheckV2(second, page, whole, chunk.Codec, buffer);
                    break;
                case IndexPage:
                    break;
            }
        }

        if (values != chunk.Values || (begun ?? rows) != rows)
        {
            throw new InvalidDataException(
                $"{subject}: its pages hold {values} values of {begun} rows, the footer says {chunk.Values} values of {rows} rows");
        }
    }

    private static void CheckSum(ThriftStruct header, ReadOnlySpan<byte> page, string subject)
    {
        if (header.FindNumber(4, "crc", low: int.MinValue, high: int.MaxValue) is not { } written)
            return;
        uint found = Crc32.Of(page);
        if (found != unchecked((uint)written))
        {
            throw new InvalidDataException(
                $"{subject}: the checksum of a page is {found:x8}, its header says {unchecked((uint)written):x8}");
        }
    }
}
