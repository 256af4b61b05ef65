using System.Reflection;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using Parquet.Serialization;

namespace EvalHarness.Results;

/// <summary>Writes and reads <c>samples/TASK.parquet</c>.</summary>
/// <remarks>
/// Parquet.Net's own readers of records leave nulls out of lists, which moves what follows them. This one takes columns as they lie in
/// the file, with the levels of Dremel's encoding.
/// </remarks>
internal static class SampleFile
{
    private const int RowsPerGroup = 5_000;

    internal static Task WriteAsync(Stream stream, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        var options = new ParquetOptions { CompressionMethod = CompressionMethod.Snappy, RowGroupSize = RowsPerGroup };
        return ParquetSerializer.SerializeAsync(rows, stream, options, cancellationToken: cancellationToken);
    }

    /// <param name="stream">The file.</param>
    /// <param name="only">The columns to read, by their names in the file; null for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="InvalidDataException">A column has values of another kind than <see cref="SampleRow"/>.</exception>
    internal static async Task<IReadOnlyList<SampleRow>> ReadAsync(
        Stream stream, IReadOnlyCollection<string>? only, CancellationToken cancellationToken)
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(stream, cancellationToken: cancellationToken)
            .ConfigureAwait(false);
        ILookup<string, DataField> fields = reader.Schema.GetDataFields().ToLookup(f => f.Path.FirstPart!);
        var rows = new List<SampleRow>();
        for (int index = 0; index < reader.RowGroupCount; index++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(index);
            SampleRow[] read = [.. Enumerable.Range(0, checked((int)group.RowCount)).Select(_ => new SampleRow())];
            foreach ((string name, PropertyInfo property) in SampleRow.Columns)
            {
                if (fields[name].FirstOrDefault() is not { } field || only?.Contains(name) == false)
                    continue;
                using RawColumnData column = await group.ReadRawColumnDataBaseAsync(field, cancellationToken).ConfigureAwait(false);
                Array values = Values(column, field, property.PropertyType, read.Length);
                for (int row = 0; row < read.Length; row++)
                    property.SetValue(read[row], values.GetValue(row));
            }

            rows.AddRange(read);
        }

        return rows;
    }

    private static Array Values(RawColumnData column, DataField field, Type type, int rows) => column switch
    {
        RawColumnData<long> numbers when type == typeof(long) => numbers.Values[..rows].ToArray(),
        RawColumnData<double> numbers when type == typeof(double) => numbers.Values[..rows].ToArray(),
        RawColumnData<ReadOnlyMemory<char>> texts when type == typeof(string) => Texts(texts, field, rows),
        RawColumnData<long> numbers when type == typeof(List<long>) => Lists(numbers, field, rows, n => n),
        RawColumnData<double> numbers when type == typeof(List<double>) => Lists(numbers, field, rows, n => n),
        RawColumnData<bool> flags when type == typeof(List<bool>) => Lists(flags, field, rows, f => f),
        RawColumnData<ReadOnlyMemory<char>> texts when type == typeof(List<string>) => Lists(texts, field, rows, t => t.ToString()),
        _ => throw new InvalidDataException($"column {field.Path}: expected {type}, the file has {field.ClrType}"),
    };

    /// <summary>An empty text for null.</summary>
    private static string[] Texts(RawColumnData<ReadOnlyMemory<char>> column, DataField field, int rows)
    {
        var texts = new string[rows];
        int next = 0;
        for (int row = 0; row < rows; row++)
        {
            bool there = field.MaxDefinitionLevel == 0 || column.DefinitionLevels[row] == field.MaxDefinitionLevel;
            texts[row] = there ? column.Values[next++].ToString() : "";
        }

        return texts;
    }

    /// <summary>An empty list for null; an element that is null stays where it is.</summary>
    private static List<T>[] Lists<T, TStored>(RawColumnData<TStored> column, DataField field, int rows, Func<TStored, T> convert)
        where TStored : struct
    {
        var lists = new List<T>[rows];
        int row = -1, next = 0;
        for (int i = 0; i < column.RepetitionLevels.Length; i++)
        {
            int definition = column.DefinitionLevels[i];
            if (column.RepetitionLevels[i] == 0)
                lists[++row] = [];
            if (definition == field.MaxDefinitionLevel)
                lists[row].Add(convert(column.Values[next++]));
            else if (field.IsNullable && definition == field.MaxDefinitionLevel - 1)
                lists[row].Add(default!);
        }

        return lists;
    }
}
