using System.Buffers.Binary;

namespace EvalHarness.Data.Shards;

/// <summary>The values of one column in one row group.</summary>
/// <param name="Column">The column.</param>
/// <param name="Codec">How its pages are compressed: the number that parquet.thrift gives the codec.</param>
/// <param name="Values">Values, nulls and empty lists included.</param>
/// <param name="Start">The position of its first page in the file.</param>
/// <param name="Length">Bytes of all its pages.</param>
/// <param name="Decompressed">Bytes of all its pages without their compression, as the footer says; nothing is checked of it.</param>
internal sealed record ShardChunk(ShardColumn Column, int Codec, long Values, long Start, long Length, long Decompressed);

/// <param name="Rows">The number of rows.</param>
/// <param name="Chunks">One per column, in the order of the schema.</param>
internal sealed record ShardRowGroup(long Rows, IReadOnlyList<ShardChunk> Chunks);

/// <summary>
/// The footer of a Parquet file, checked against the file's size and against itself before a library reads it: Parquet.Net believes
/// every count, and gives other rows, no end or a dead process where one is wrong.
/// </summary>
/// <param name="Fields">The top-level fields of the schema, which are the columns of a row.</param>
/// <param name="Groups">The row groups in their order.</param>
/// <remarks>Source: Apache Parquet, parquet.thrift, FileMetaData.</remarks>
internal sealed record ShardFooter(IReadOnlyList<ShardField> Fields, IReadOnlyList<ShardRowGroup> Groups)
{
    private const int MagicBytes = 4;

    /// <summary>The length of the footer, and the magic bytes, at the end of the file.</summary>
    private const int TailBytes = 8;

    private const int LargestCodec = 7;

    /// <summary>The names of the columns of a row.</summary>
    internal IReadOnlyList<string> Names => [.. Fields.Select(column => column.Name)];

    /// <exception cref="InvalidDataException">The footer is damaged, or its numbers contradict each other.</exception>
    /// <exception cref="UnsupportedShardException">The file is encrypted, or two of its columns have the same name.</exception>
    internal static ShardFooter Read(Stream stream)
    {
        long end = FindStart(stream, out int length);
        byte[] bytes = new byte[length];
        stream.Position = end;
        stream.ReadExactly(bytes);
        ThriftStruct footer = new ThriftReader(bytes, "the footer").Read();
        if (footer.Has(8))
            throw Encrypted();
        IReadOnlyList<ShardField> fields = ShardSchema.Read(footer.Structs(2, "schema"));
        ShardColumn[] columns = [.. fields.SelectMany(field => field.Columns)];
        ShardRowGroup[] groups = [.. footer.Structs(4, "row_groups").Select(group => RowGroup(group, columns, end))];
        long rows = footer.Number(3, "num_rows");
        UInt128 sum = groups.Aggregate(UInt128.Zero, (total, group) => total + (UInt128)group.Rows);
        if (sum != (UInt128)rows)
            throw new InvalidDataException($"the footer counts {rows} rows, and its {groups.Length} row groups together {sum}");
        CheckOverlaps([.. groups.SelectMany(group => group.Chunks)]);
        return new ShardFooter(fields, groups);
    }

    /// <returns>The position of the footer, behind which no page can lie.</returns>
    private static long FindStart(Stream stream, out int length)
    {
        length = 0;
        // Parquet.Net says it best where the magic bytes are wrong.
        if (stream.Length < MagicBytes + TailBytes)
            throw new InvalidDataException($"has {stream.Length} bytes, and the smallest has more than {MagicBytes + TailBytes}");
        Span<byte> head = stackalloc byte[MagicBytes], tail = stackalloc byte[TailBytes];
        stream.Position = 0;
        stream.ReadExactly(head);
        stream.Position = stream.Length - TailBytes;
        stream.ReadExactly(tail);
        if (head.SequenceEqual("PARE"u8) && tail[MagicBytes..].SequenceEqual("PARE"u8))
            throw Encrypted();
        if (!head.SequenceEqual("PAR1"u8) || !tail[MagicBytes..].SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException(
                $"not a parquet file, head: {Convert.ToHexStringLower(head)}, tail: {Convert.ToHexStringLower(tail[MagicBytes..])}; "
                + "expected 50415231 (PAR1) at both ends");
        }

        uint claimed = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        long most = stream.Length - TailBytes - MagicBytes;
        if (claimed == 0 || claimed > most)
            throw new InvalidDataException($"the footer is said to have {claimed} bytes, expected 1 to {most}");
        length = (int)claimed;
        return stream.Length - TailBytes - claimed;
    }

    private static UnsupportedShardException Encrypted() =>
        new("is encrypted, and there is no way to give its key; write the shard without encryption");

    private static ShardRowGroup RowGroup(ThriftStruct group, ShardColumn[] columns, long end)
    {
        long rows = group.Number(3, "num_rows of a row group", high: int.MaxValue);
        ThriftStruct[] chunks = [.. group.Structs(1, "columns of a row group")];
        if (chunks.Length != columns.Length)
            throw new InvalidDataException($"a row group has {chunks.Length} columns, and the schema {columns.Length}");
        return new ShardRowGroup(rows, [.. chunks.Select((chunk, i) => Chunk(chunk, columns[i], rows, end))]);
    }

    private static ShardChunk Chunk(ThriftStruct chunk, ShardColumn column, long rows, long end)
    {
        if (chunk.Has(1))
            throw new InvalidDataException($"column {column.Path} lies in another file; a shard holds all of its columns");
        ThriftStruct data = chunk.Get<ThriftStruct>(3, "meta_data of a column");
        long type = data.Number(1, "type of a column", high: (long)PhysicalType.FixedLengthByteArray);
        string path = string.Join('.', data.Get<List<object>>(3, "path_in_schema").Select(
            part => part is byte[] text ? System.Text.Encoding.UTF8.GetString(text) : ""));
        if (path != column.Path || type != (long)column.Type)
        {
            throw new InvalidDataException(
                $"a row group has column {path} of type {(PhysicalType)type} where the schema has {column.Path} of type {column.Type}");
        }

        long values = data.Number(5, "num_values of a column");
        if (column.MaxRepetition == 0 ? values != rows : values < rows)
            throw new InvalidDataException($"column {path} has {values} values in a row group of {rows} rows");
        long first = data.Number(9, "data_page_offset of a column");
        // Writers without a dictionary write 0, or nothing.
        long dictionary = data.FindNumber(11, "dictionary_page_offset of a column") ?? 0;
        long start = dictionary > 0 ? Math.Min(dictionary, first) : first;
        long length = data.Number(7, "total_compressed_size of a column");
        if (Math.Max(dictionary, first) >= end || start < MagicBytes || length > end - start)
        {
            throw new InvalidDataException(
                $"column {path} is said to lie at {start} with {length} bytes and its pages at {dictionary} and {first}; "
                + $"expected between {MagicBytes} and {end}");
        }

        long decompressed = data.FindNumber(6, "total_uncompressed_size of a column") ?? length;
        return new ShardChunk(column, (int)data.Number(4, "codec of a column", high: LargestCodec), values, start, length, decompressed);
    }

    private static void CheckOverlaps(ShardChunk[] chunks)
    {
        Array.Sort(chunks, (a, b) => a.Start.CompareTo(b.Start));
        for (int i = 1; i < chunks.Length; i++)
        {
            if (chunks[i - 1].Start + chunks[i - 1].Length > chunks[i].Start)
            {
                throw new InvalidDataException(
                    $"columns {chunks[i - 1].Column.Path} and {chunks[i].Column.Path} are said to lie in the same bytes");
            }
        }
    }
}
