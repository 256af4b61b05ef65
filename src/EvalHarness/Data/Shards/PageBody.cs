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

    /// <summary>The rows that a page begins whose levels are not read; null where it has lists, because only the levels tell.</summary>
    internal long? Unchecked => Column.MaxRepetition == 0 ? Count : null;

    internal static PageBody Of(ThriftStruct header, int version, ShardColumn column, int? dictionary)
    {
        int encoding = (int)header.Number(version == 2 ? 4 : 2, "encoding", high: 9);
        return new PageBody(column, (int)header.Number(1, "num_values", high: int.MaxValue), encoding, dictionary);
    }

    /// <summary>Checks a page of the first version, whose levels stand before the values, each with their length.</summary>
    /// <returns>The number of rows that begin in it.</returns>
    internal long Check(ReadOnlySpan<byte> page, PageBuffer buffer)
    {
        ReadOnlySpan<byte> repetition = Column.MaxRepetition > 0 ? TakeLevels(ref page) : [];
        ReadOnlySpan<byte> definition = Column.MaxDefinition > 0 ? TakeLevels(ref page) : [];
        return CheckParts(repetition, definition, page, isRead: true, buffer);
    }

    private ReadOnlySpan<byte> TakeLevels(ref ReadOnlySpan<byte> page)
    {
        uint length = page.Length < sizeof(int) ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(page);
        if (length > page.Length - sizeof(int))
            throw new InvalidDataException($"{Subject}: the levels of a page are said to be longer than the page");
        ReadOnlySpan<byte> levels = page.Slice(sizeof(int), (int)length);
        page = page[(sizeof(int) + (int)length)..];
        return levels;
    }

    /// <summary>Checks a page of the second version, whose header has the lengths of the levels, which are not compressed.</summary>
    internal long CheckV2(ThriftStruct header, ArraySegment<byte> page, long whole, int codec, PageBuffer buffer)
    {
        long definitionLength = header.Number(5, "definition_levels_byte_length", high: page.Count);
        long repetitionLength = header.Number(6, "repetition_levels_byte_length", high: page.Count - definitionLength);
        int levels = (int)(definitionLength + repetitionLength);
        bool isCompressed = header.Flag(7, otherwise: true);
        if (whole < levels)
            throw new InvalidDataException($"{Subject}: a page has {whole} bytes uncompressed, and levels of {levels}");
        ArraySegment<byte>? values = PageCodec.Decompress(isCompressed ? codec : 0, page[levels..], whole - levels, buffer);
        ReadOnlySpan<byte> repetition = page[..(int)repetitionLength];
        ReadOnlySpan<byte> definition = page.Slice((int)repetitionLength, (int)definitionLength);
        long rows = CheckParts(repetition, definition, values ?? [], values is not null, buffer);
        long written = header.Number(3, "num_rows", high: int.MaxValue);
        return rows == written
            ? rows
            : throw new InvalidDataException($"{Subject}: {rows} rows begin in a page, its header says {written}");
    }

    private long CheckParts(
        ReadOnlySpan<byte> repetition, ReadOnlySpan<byte> definition, ReadOnlySpan<byte> values, bool isRead, PageBuffer buffer)
    {
        int rows = CountLevels(repetition, Column.MaxRepetition, 0, "repetition levels", buffer);
        int there = CountLevels(definition, Column.MaxDefinition, Column.MaxDefinition, "definition levels", buffer);
        if (isRead)
            PageValues.Check(values, this, there, buffer);
        return rows;
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
