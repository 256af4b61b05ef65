using System.Runtime.CompilerServices;
using System.Text;
using EvalHarness.Pythonic;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Reads columns with Parquet.Net, as values and levels, and puts the rows together here: its own rows have null for an empty list, and
/// lists without their nulls.
/// </summary>
internal sealed class ParquetNetShardReader : IShardReader
{
    private static readonly object True = true, False = false;

    public string Name => "Parquet.Net";

    public async IAsyncEnumerable<IEnumerable<object?[]>> ReadAsync(
        string file,
        FileStream stream,
        ShardFooter footer,
        IReadOnlyList<ShardField> fields,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        stream.Position = 0;
        await using ParquetReader reader =
            await ParquetReader.CreateAsync(stream, leaveStreamOpen: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        HashSet<ShardColumn> columns = [.. fields.SelectMany(field => field.Columns)];
        Dictionary<ShardColumn, DataField> known = Match(footer, reader.Schema);
        using var memory = new PageMemory();
        for (int index = 0; index < footer.Groups.Count; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ShardRowGroup group = footer.Groups[index];
            ShardPages.Check(stream, group, columns, memory, cancellationToken);
            var cursors = new Dictionary<ShardColumn, LevelCursor>();
            using (ParquetRowGroupReader groupReader = reader.OpenRowGroupReader(index))
            {
                foreach (ShardChunk chunk in group.Chunks.Where(chunk => columns.Contains(chunk.Column)))
                {
                    using RawColumnData data = await ReadAsync(groupReader, chunk.Column, known[chunk.Column], cancellationToken)
                        .ConfigureAwait(false);
                    cursors.Add(chunk.Column, Cursor(chunk, data));
                }
            }

            ColumnNode[] nodes = [.. fields.Select(field => ColumnNode.Of(ColumnShape.Of(field), cursors))];
            yield return ColumnNode.Rows(nodes, group.Rows);

            if (columns.FirstOrDefault(column => !cursors[column].IsAtEnd) is { } longer)
                throw new InvalidDataException($"column {longer.Path} has values behind the {group.Rows} rows of row group {index}");
        }
    }

    private static async ValueTask<RawColumnData> ReadAsync(
        ParquetRowGroupReader group, ShardColumn column, DataField field, CancellationToken cancellationToken)
    {
        try
        {
            return await group.ReadRawColumnDataBaseAsync(field, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentOutOfRangeException e) when (column.Kind == ValueKind.Date)
        {
            // Parquet.Net adds the days to a date of .NET, which ends where Python's dates do.
            throw new UnsupportedShardException(
                $"column {column.Path} has a date, such as infinity, which Python has not; write null, or a date from year 1 to 9999", e);
        }
    }

    private static Dictionary<ShardColumn, DataField> Match(ShardFooter footer, ParquetSchema schema)
    {
        ShardColumn[] columns = [.. footer.Fields.SelectMany(field => field.Columns)];
        DataField[] fields = schema.DataFields;
        IEnumerable<string> found = fields.Select(field => string.Join('\0', field.Path.ToList()));
        if (!columns.Select(column => string.Join('\0', column.Names)).SequenceEqual(found))
            throw new InvalidDataException($"Parquet.Net finds the columns {string.Join(", ", fields.Select(f => f.Path))}");
        return columns.Zip(fields).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static LevelCursor Cursor(ShardChunk chunk, RawColumnData data)
    {
        ShardColumn column = chunk.Column;
        int[] definitions = column.MaxDefinition > 0 ? data.DefinitionLevels.ToArray() : [];
        int[] repetitions = column.MaxRepetition > 0 ? data.RepetitionLevels.ToArray() : [];
        return (data, column.Kind) switch
        {
            (RawColumnData<bool> flags, ValueKind.Boolean) => Make(flags, flag => flag ? True : False),
            (RawColumnData<long> numbers, ValueKind.Integer) => Make(numbers, number => number),
            (RawColumnData<int> numbers, ValueKind.Integer) => Make(numbers, number => (long)number),
            (RawColumnData<short> numbers, ValueKind.Integer) => Make(numbers, number => (long)number),
            (RawColumnData<sbyte> numbers, ValueKind.Integer) => Make(numbers, number => (long)number),
            (RawColumnData<byte> numbers, ValueKind.Integer) => Make(numbers, number => (long)number),
            (RawColumnData<ushort> numbers, ValueKind.Integer) => Make(numbers, number => (long)number),
            (RawColumnData<uint> numbers, ValueKind.Integer) => Make(numbers, number => (long)number),
            (RawColumnData<ulong> numbers, ValueKind.Integer) => Make(numbers, ColumnNumber.Of),
            (RawColumnData<double> numbers, ValueKind.Real) => Make(numbers, number => number),
            (RawColumnData<float> numbers, ValueKind.Real) => Make(numbers, number => (double)number),
            (RawColumnData<DateTime> days, ValueKind.Date) => Make(days, day => CivilDate.Text((day - DateTime.UnixEpoch).Days)),
            (RawColumnData<ReadOnlyMemory<char>> texts, ValueKind.Text) => Make(texts, text => text.ToString()),
            (RawColumnData<ReadOnlyMemory<byte>> texts, ValueKind.Text) => Make(texts, text => Encoding.UTF8.GetString(text.Span)),
            (RawColumnData<ReadOnlyMemory<byte>> bytes, ValueKind.Bytes) => Make(bytes, value => new PythonBytes(value.ToArray())),
            _ => throw new InvalidDataException(
                $"column {column.Path} has values of the kind {column.Kind}, and Parquet.Net gives {data.GetType()}"),
        };

        ColumnCursor<T> Make<T>(RawColumnData<T> raw, Func<T, object> convert)
            where T : struct
        {
            T[] values = raw.Values.ToArray();
            int there = definitions.Length == 0 ? (int)chunk.Values : definitions.Count(level => level == column.MaxDefinition);
            bool isWhole = (definitions.Length == 0 || definitions.Length == chunk.Values)
                && (repetitions.Length == 0 || repetitions.Length == chunk.Values)
                && values.Length >= there;
            return isWhole
                ? new ColumnCursor<T>(column, definitions, repetitions, (int)chunk.Values, values, convert)
                : throw new InvalidDataException(
                    $"column {column.Path}: Parquet.Net gives {values.Length} values, {definitions.Length} definition levels and "
                    + $"{repetitions.Length} repetition levels, the footer says {chunk.Values}");
        }
    }
}
