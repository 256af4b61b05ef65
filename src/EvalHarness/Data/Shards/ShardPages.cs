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
    internal const int DataPage = 0, IndexPage = 1, DictionaryPage = 2, DataPageV2 = 3;

    /// <param name="stream">The file.</param>
    /// <param name="group">The row group.</param>
    /// <param name="wanted">The columns whose pages are checked.</param>
    /// <param name="memory">Memory for the pages, which the next row group may use again.</param>
    /// <param name="cancellationToken">Stops between the columns of a row group.</param>
    /// <exception cref="InvalidDataException">A page is damaged, or does not hold what the footer says.</exception>
    internal static void Check(
        FileStream stream,
        ShardRowGroup group,
        IReadOnlySet<ShardColumn> wanted,
        PageMemory memory,
        CancellationToken cancellationToken)
    {
        try
        {
            Parallel.ForEach(
                group.Chunks.Where(chunk => wanted.Contains(chunk.Column)),
                new ParallelOptions { CancellationToken = cancellationToken },
                chunk =>
                {
                    var pages = new ChunkPages(stream.SafeFileHandle, chunk, group.Rows, memory.Of(chunk.Column));
                    while (pages.Next() is not null)
                    {
                    }
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
}
