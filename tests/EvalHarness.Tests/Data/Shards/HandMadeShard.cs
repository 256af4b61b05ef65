using System.Buffers.Binary;
using System.Text;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>
/// Writes a Parquet file of one row group byte by byte, with the pages of each column, so that tests have what no writer at hand makes.
/// </summary>
/// <remarks>Source: Apache Parquet, parquet.thrift; Apache Thrift, thrift-compact-protocol.md.</remarks>
internal sealed class HandMadeShard
{
    private readonly List<byte[]> _schema = [];
    private readonly List<Chunk> _chunks = [];

    private sealed record Chunk(int Type, string[] Path, int Encoding, int Entries, byte[] Page, byte[] Header, int Codec);

    internal const int Required = 0, Optional = 1, Repeated = 2;

    /// <summary>Adds a group of so many fields to the schema.</summary>
    internal HandMadeShard Group(string name, int repetition, int children, int? converted = null)
    {
        _schema.Add(Struct((3, repetition), (4, name), (5, children), (6, converted)));
        return this;
    }

    /// <summary>Adds a column to the schema, and its page of the first version: levels and values as they lie in the file.</summary>
    /// <param name="path">The names from the root.</param>
    /// <param name="repetition">Whether the field is required, optional or repeated.</param>
    /// <param name="type">The physical type.</param>
    /// <param name="encoding">The number of the values' encoding.</param>
    /// <param name="entries">Values, with nulls and empty lists.</param>
    /// <param name="page">The page's bytes.</param>
    /// <param name="converted">The converted type.</param>
    /// <param name="length">Bytes of a value of fixed length.</param>
    /// <param name="logical">The logical type, as a struct of Thrift.</param>
    /// <param name="codec">The number of the compression that the footer claims.</param>
    internal HandMadeShard Column(
        string[] path,
        int repetition,
        int type,
        int encoding,
        int entries,
        byte[] page,
        int? converted = null,
        int? length = null,
        byte[]? logical = null,
        int codec = 0)
    {
        _schema.Add(Struct((1, type), (2, length), (3, repetition), (4, path[^1]), (6, converted), (10, logical)));
        byte[] header = Struct(
            (1, 0), (2, page.Length), (3, page.Length), (5, Struct((1, entries), (2, encoding), (3, 3), (4, 3))));
        _chunks.Add(new Chunk(type, path, encoding, entries, page, header, codec));
        return this;
    }

    /// <summary>Adds another page of the first version to the column that was added last.</summary>
    internal HandMadeShard Page(int entries, byte[] page)
    {
        Chunk last = _chunks[^1];
        byte[] header = Struct(
            (1, 0), (2, page.Length), (3, page.Length), (5, Struct((1, entries), (2, last.Encoding), (3, 3), (4, 3))));
        _chunks[^1] = last with
        {
            Entries = last.Entries + entries,
            Page = [.. last.Page, .. header, .. page],
        };
        return this;
    }

    /// <summary>Adds a column with a page of the second version.</summary>
    internal HandMadeShard ColumnV2(
        string[] path, int repetition, int type, int encoding, int entries, int rows, byte[] repetitions, byte[] definitions, byte[] values)
    {
        _schema.Add(Struct((1, type), (3, repetition), (4, path[^1])));
        byte[] page = [.. repetitions, .. definitions, .. values];
        byte[] body = Struct(
            (1, entries), (2, 0), (3, rows), (4, encoding), (5, definitions.Length), (6, repetitions.Length), (7, false));
        _chunks.Add(new Chunk(type, path, encoding, entries, page, Struct((1, 3), (2, page.Length), (3, page.Length), (8, body)), 0));
        return this;
    }

    /// <param name="file">The file to write.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of top-level fields.</param>
    internal void Write(string file, long rows, int columns)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        List<byte> bytes = [.. "PAR1"u8];
        var chunks = new List<byte[]>();
        foreach (Chunk chunk in _chunks)
        {
            long start = bytes.Count, size = chunk.Header.Length + chunk.Page.Length;
            bytes.AddRange(chunk.Header);
            bytes.AddRange(chunk.Page);
            byte[] meta = Struct(
                (1, chunk.Type), (2, new[] { chunk.Encoding }), (3, chunk.Path), (4, chunk.Codec), (5, (long)chunk.Entries), (6, size),
                (7, size), (9, start));
            chunks.Add(Struct((2, start), (3, meta)));
        }

        byte[] group = Struct((1, chunks), (2, (long)bytes.Count), (3, rows));
        List<byte[]> schema = [Struct((4, "schema"), (5, columns)), .. _schema];
        byte[] footer = Struct((1, 1), (2, schema), (3, rows), (4, new List<byte[]> { group }));
        bytes.AddRange(footer);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        File.WriteAllBytes(file, [.. bytes, .. length, .. "PAR1"u8]);
    }

    /// <summary>Levels or booleans in run lengths, behind the number of their bytes, in bits that fit into a byte.</summary>
    internal static byte[] WithLength(params byte[] runs) => [.. BitConverter.GetBytes(runs.Length), .. runs];

    /// <summary>Runs of one value each: the levels of a page.</summary>
    internal static byte[] Runs(params int[] values) => [.. values.SelectMany(value => new byte[] { 2, (byte)value })];

    /// <summary>A struct of Thrift's compact protocol. A field without a value is left out.</summary>
    internal static byte[] Struct(params (int Number, object? Value)[] fields)
    {
        var bytes = new List<byte>();
        int last = 0;
        foreach ((int number, object? value) in fields.Where(field => field.Value is not null))
        {
            (int type, byte[] written) = Value(value!);
            bytes.Add((byte)(((number - last) << 4) | type));
            bytes.AddRange(written);
            last = number;
        }

        return [.. bytes, 0];
    }

    private static (int Type, byte[] Bytes) Value(object value) => value switch
    {
        bool flag => (flag ? 1 : 2, []),
        int number => (5, Varint(ZigZag(number))),
        long number => (6, Varint(ZigZag(number))),
        string text => (8, [.. Varint((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)]),
        byte[] inner => (12, inner),
        int[] numbers => (9, List(5, [.. numbers.Select(n => Varint(ZigZag(n)))])),
        string[] texts => (9, List(8, [.. texts.Select(text => Value(text).Bytes)])),
        List<byte[]> structs => (9, List(12, structs)),
        _ => throw new ArgumentException($"{value.GetType()} cannot be written."),
    };

    private static byte[] List(int type, List<byte[]> items) => items.Count < 15
        ? [(byte)((items.Count << 4) | type), .. items.SelectMany(item => item)]
        : [(byte)(0xf0 | type), .. Varint((ulong)items.Count), .. items.SelectMany(item => item)];

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }
}
