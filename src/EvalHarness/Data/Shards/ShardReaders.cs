using System.Globalization;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Decides who reads a shard: Parquet.Net; <see cref="PageShardReader"/> where it is large, because Parquet.Net has a row group in memory;
/// and DuckDB where the shard has something in it that Parquet.Net refuses or reads wrongly, or is large and has values that are not read
/// here. The footer decides, and the headers of the pages where the footer cannot tell.
/// </summary>
internal static class ShardReaders
{
    private const int LzoCodec = 3, HadoopLz4Codec = 5;

    private const int Differences = 5, SplitStreams = 9;

    /// <summary>From here on Parquet.Net takes three times as long as the others.</summary>
    private const long ManyRows = 50_000;

    /// <summary>Decompressed bytes of a row group above which others need less memory than Parquet.Net, which has all of it.</summary>
    private const double LargeGroup = 16 << 20;

    /// <summary>Bytes of an average row of which DuckDB, with its blocks of 2,048 rows, has more in memory than a large group is.</summary>
    private const double LongRow = LargeGroup / 2048;

    /// <summary>The encodings that Parquet.Net reads rightly: plain, by dictionary, and differences.</summary>
    private static readonly int[] Known = [0, 2, 5, 6, 7, 8];

    private static readonly string[] Encodings =
    [
        "PLAIN", "GROUP_VAR_INT", "PLAIN_DICTIONARY", "RLE", "BIT_PACKED", "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY",
        "DELTA_BYTE_ARRAY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT",
    ];

    /// <returns>The reader, and why it is not Parquet.Net's; null if it is.</returns>
    /// <exception cref="InvalidDataException">The header of a page is damaged.</exception>
    /// <exception cref="UnsupportedShardException">No library reads the shard.</exception>
    internal static (IShardReader Reader, string? Reason) Of(Stream stream, ShardFooter footer)
    {
        string? reason = OfSchema(footer) ?? footer.Groups.SelectMany(group => group.Chunks).Select(chunk => OfPages(stream, chunk))
            .FirstOrDefault(found => found is not null);
        return reason is null ? OfSize(stream, footer) : (new DuckDbShardReader(), reason);
    }

    private static string? OfSchema(ShardFooter footer)
    {
        ShardColumn[] columns = [.. footer.Fields.SelectMany(field => field.Columns)];
        foreach (ShardColumn column in columns)
        {
            if (column.Names.Contains(""))
                return "a column has an empty name";
            if (column.Kind is not (ValueKind.Boolean or ValueKind.Integer or ValueKind.Real or ValueKind.Text or ValueKind.Bytes
                or ValueKind.Date))
            {
                return $"column {column.Path} has values of the kind {column.Kind}";
            }
        }

        if (footer.Fields.Select(OldList).FirstOrDefault(found => found is not null) is { } list)
            return list;
        // Parquet.Net finds columns by their names joined by slashes.
        return columns.GroupBy(column => string.Join('/', column.Names)).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? $"two columns have the path {twice.Key}"
            : null;
    }

    private static (IShardReader Reader, string? Reason) OfSize(Stream stream, ShardFooter footer)
    {
        long rows = footer.Groups.Sum(group => group.Rows);
        double largest = footer.Groups.Max(group => (double?)Bytes(group)) ?? 0, row = footer.Groups.Sum(Bytes) / Math.Max(1, rows);
        if (rows < ManyRows && largest <= LargeGroup)
            return (new ParquetNetShardReader(), null);
        string size = string.Create(CultureInfo.InvariantCulture, $"{rows} rows in row groups of up to {largest / (1 << 20):0.#} MiB");
        if (PageShardReader.Reads(stream, footer))
            return (new PageShardReader(), $"it holds a page of each column, of {size}");
        // DuckDB takes some lists of two levels for others, and refuses them here. It has thousands of rows in memory.
        return footer.Fields.Any(HasItem) || (largest <= LargeGroup && row > LongRow)
            ? (new ParquetNetShardReader(), null)
            : (new DuckDbShardReader(), $"it needs less time or memory for {size}");
    }

    private static double Bytes(ShardRowGroup group) => group.Chunks.Sum(chunk => (double)chunk.Decompressed);

    private static bool HasItem(ShardField field) =>
        (field is { Group: not GroupKind.Struct, Fields: [var repeated] } && ColumnShape.IsItem(field, repeated))
        || field.Fields.Any(HasItem);

    /// <summary>Parquet.Net finds only the first column of a list whose repeated group is itself the item.</summary>
    private static string? OldList(ShardField field) =>
        field is { Group: not GroupKind.Struct, Fields: [{ Repetition: FieldRepetition.Repeated, Column: null } repeated] }
            && (field.Group == GroupKind.List || repeated.Fields.Count != 2)
            && (repeated.Fields.Count != 1 || repeated.Fields[0].Repetition == FieldRepetition.Repeated)
            ? $"{field.Name} is a list of two levels of structs"
            : field.Fields.Select(OldList).FirstOrDefault(found => found is not null);

    private static string? OfPages(Stream stream, ShardChunk chunk)
    {
        if (chunk.Codec is LzoCodec or HadoopLz4Codec)
        {
            throw new UnsupportedShardException(
                $"column {chunk.Column.Path} is compressed with {(chunk.Codec == LzoCodec ? "LZO" : "LZ4 in Hadoop's frames")}, "
                + "which cannot be read; write the shard with Zstandard or Snappy");
        }

        foreach ((bool isSecond, int encoding) in ShardPages.DataPages(stream, chunk))
        {
            if (encoding == SplitStreams && chunk.Column.Type is not (PhysicalType.Float or PhysicalType.Double))
            {
                throw new UnsupportedShardException(
                    $"column {chunk.Column.Path} has values of type {chunk.Column.Type} encoded as {Encodings[encoding]}, which can be "
                    + "read only of floating point numbers; write the shard with another encoding");
            }

            if (encoding == Differences && chunk.Column.Bits == 8)
                return $"column {chunk.Column.Path} has whole numbers of 8 bits encoded as {Encodings[encoding]}";
            if (!Known.Contains(encoding))
                return $"column {chunk.Column.Path} is encoded as {Encodings[encoding]}";
            if (isSecond && chunk.Column.MaxRepetition > 0)
                return $"column {chunk.Column.Path} has lists in data pages of version 2";
        }

        return null;
    }
}
