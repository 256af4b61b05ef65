using System.Buffers.Binary;
using System.Numerics.Tensors;

namespace EvalHarness.Data.Shards;

/// <summary>What a data page holds: repetition levels, definition levels, and the values that are there.</summary>
/// <param name="Column">The column.</param>
/// <param name="Count">Values, nulls and empty lists included.</param>
/// <param name="Encoding">How the values are written, the number in parquet.thrift.</param>
/// <param name="Dictionary">Entries of the dictionary; null where the column has none.</param>
internal sealed record PageBody(ShardColumn Column, int Count, int Encoding, int? Dictionary)
{
    private string Subject => $"column {Column.Path}";

    /// <summary>The rows that begin in it; null where only levels would tell that are not read, because of the page's codec.</summary>
    internal long? Rows { get; private init; }

    /// <summary>The repetition level of each value, as a hybrid of runs; empty where the column lies in no list.</summary>
    internal ArraySegment<byte> Repetition { get; private init; } = [];

    /// <summary>The definition level of each value, as a hybrid of runs; empty where all values are there.</summary>
    internal ArraySegment<byte> Definition { get; private init; } = [];

    /// <summary>The number of values that are there.</summary>
    internal int There { get; private init; }

    /// <summary>The values that are there; null where the page's codec is not read here.</summary>
    internal ArraySegment<byte>? Values { get; private init; }

    internal static PageBody Of(ThriftStruct header, int version, ShardColumn column, int? dictionary)
    {
        int encoding = (int)header.Number(version == 2 ? 4 : 2, "encoding", high: 9);
        return new PageBody(column, (int)header.Number(1, "num_values", high: int.MaxValue), encoding, dictionary);
    }

    /// <summary>Checks a page of the first version, whose levels stand before the values, each with their length.</summary>
    /// <param name="page">Its bytes; null where its codec is not read here.</param>
    /// <param name="buffer">Memory for levels and indices.</param>
    /// <returns>The page with its parts, which lie in <paramref name="page"/>.</returns>
    internal PageBody Read(ArraySegment<byte>? page, PageBuffer buffer)
    {
        if (page is not { } bytes)
            return this with { Rows = Column.MaxRepetition == 0 ? Count : null };
        ArraySegment<byte> repetition = Column.MaxRepetition > 0 ? TakeLevels(ref bytes) : [];
        ArraySegment<byte> definition = Column.MaxDefinition > 0 ? TakeLevels(ref bytes) : [];
        return Checked(repetition, definition, bytes, buffer);
    }

    private ArraySegment<byte> TakeLevels(ref ArraySegment<byte> page)
    {
        uint length = page.Count < sizeof(int) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(page);
        if (length > page.Count - sizeof(int))
            throw new InvalidDataException($"{Subject}: the levels of a page are said to be longer than the page");
        ArraySegment<byte> levels = page.Slice(sizeof(int), (int)length);
        page = page[(sizeof(int) + (int)length)..];
        return levels;
    }

    /// <summary>Checks a page of the second version, whose header has the lengths of the levels, which are not compressed.</summary>
    /// <returns>The page with its parts, which lie in <paramref name="page"/> and in <paramref name="buffer"/>.</returns>
    internal PageBody ReadV2(ThriftStruct header, ArraySegment<byte> page, long whole, int codec, PageBuffer buffer)
    {
        long definitionLength = header.Number(5, "definition_levels_byte_length", high: page.Count);
        long repetitionLength = header.Number(6, "repetition_levels_byte_length", high: page.Count - definitionLength);
        int levels = (int)(definitionLength + repetitionLength);
        bool isCompressed = header.Flag(7, otherwise: true);
        if (whole < levels)
            throw new InvalidDataException($"{Subject}: a page has {whole} bytes uncompressed, and levels of {levels}");
        ArraySegment<byte>? values = PageCodec.Decompress(isCompressed ? codec : 0, page[levels..], whole - levels, buffer);
        PageBody body = Checked(page[..(int)repetitionLength], page.Slice((int)repetitionLength, (int)definitionLength), values, buffer);
        long written = header.Number(3, "num_rows", high: int.MaxValue);
        return body.Rows == written
            ? body
            : throw new InvalidDataException($"{Subject}: {body.Rows} rows begin in a page, its header says {written}");
    }

    private PageBody Checked(ArraySegment<byte> repetition, ArraySegment<byte> definition, ArraySegment<byte>? values, PageBuffer buffer)
    {
        int rows = CountLevels(repetition, Column.MaxRepetition, 0, "repetition levels", buffer);
        int there = CountLevels(definition, Column.MaxDefinition, Column.MaxDefinition, "definition levels", buffer);
        if (values is { } bytes)
            PageValues.Check(bytes, this, there, buffer);
        return this with
        {
            Rows = rows,
            Repetition = repetition,
            Definition = definition,
            There = there,
            Values = values,
        };
    }

    /// <returns>How many levels are <paramref name="counted"/>.</returns>
    private int CountLevels(ReadOnlySpan<byte> bytes, int most, int counted, string name, PageBuffer buffer)
    {
        if (most == 0)
            return Count;
        Span<uint> levels = buffer.TakeNumbers(Count);
        HybridRuns.Read(bytes, HybridRuns.Width(most), levels, $"{Subject}: {name} of a page");
        uint largest = levels.Length == 0 ? 0 : TensorPrimitives.Max<uint>(levels);
        return largest <= most
            ? levels.Count((uint)counted)
            : throw new InvalidDataException($"{Subject}: {name} of a page go up to {largest}, expected {most}");
    }
}
