using System.Text;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>Writes one column of a block of sample rows.</summary>
/// <remarks>
/// Source: Dremel's repetition and definition levels (Melnik et al. 2010), as the Parquet format's description of nested encoding has them.
/// </remarks>
internal static class SampleColumnWriter
{
    /// <summary>
    /// Texts of more characters are written as bytes. Parquet.Net puts the smallest and the largest text of each row group into the footer,
    /// twice each and in their full length, so that the footer of long texts has a tenth of the file; of bytes it puts none there.
    /// </summary>
    private const int LongText = 1_024;

    /// <param name="group">The row group; its columns are written in the order of the schema.</param>
    /// <param name="field">The column.</param>
    /// <param name="values">A value for each row: a number, a text, or a list of numbers, texts or flags.</param>
    /// <param name="cancellationToken">Stops the write.</param>
    internal static Task WriteAsync(
        ParquetRowGroupWriter group, DataField field, IReadOnlyList<object?> values, CancellationToken cancellationToken) =>
        Type(values) switch
        {
            List<string> when values.Any(row => ((List<string>)row!).Exists(IsLong)) =>
                ListsAsync<string, ReadOnlyMemory<byte>>(group, AsBytes(field), values, Bytes, cancellationToken),
            List<string> => ListsAsync<string, ReadOnlyMemory<char>>(group, field, values, text => text.AsMemory(), cancellationToken),
            List<long> => ListsAsync<long, long>(group, field, values, number => number, cancellationToken),
            List<double> => ListsAsync<double, double>(group, field, values, number => number, cancellationToken),
            List<bool> => ListsAsync<bool, bool>(group, field, values, flag => flag, cancellationToken),
            string when values.Any(text => IsLong((string?)text)) =>
                ValuesAsync<string, ReadOnlyMemory<byte>>(group, AsBytes(field), values, Bytes, cancellationToken),
            string => ValuesAsync<string, ReadOnlyMemory<char>>(group, field, values, text => text.AsMemory(), cancellationToken),
            long => ValuesAsync<long, long>(group, field, values, number => number, cancellationToken),
            double => ValuesAsync<double, double>(group, field, values, number => number, cancellationToken),
            var other => throw new InvalidOperationException($"Column {field.Path} has {other?.GetType()}, which no sample has."),
        };

    private static bool IsLong(string? text) => text?.Length > LongText;

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The same column as one of bytes. The file's schema, which was written before, says that they are text.</summary>
    private static DataField AsBytes(DataField field)
    {
        var bytes = new DataField(field.Name, typeof(byte[]), field.IsNullable);
        string name = field.Path.FirstPart!;
        return new ParquetSchema(field.MaxRepetitionLevel > 0 ? new ListField(name, bytes) : bytes).GetDataFields().Single() is var same
            && (same.MaxDefinitionLevel, same.MaxRepetitionLevel) == (field.MaxDefinitionLevel, field.MaxRepetitionLevel)
                ? same
                : throw new InvalidOperationException($"Column {field.Path} has other levels as bytes: {same}.");
    }

    private static object? Type(IReadOnlyList<object?> values) => values.FirstOrDefault(v => v is not null);

    private static Task ValuesAsync<T, TStored>(
        ParquetRowGroupWriter group, DataField field, IReadOnlyList<object?> rows, Func<T, TStored> convert, CancellationToken token)
        where TStored : struct
    {
        var values = new TStored[rows.Count];
        for (int row = 0; row < rows.Count; row++)
            values[row] = convert((T)rows[row]!);
        if (field.MaxDefinitionLevel == 0)
            return group.WriteAsync<TStored>(field, values.AsMemory(), null, null, token);
        int[] definitions = new int[rows.Count];
        Array.Fill(definitions, field.MaxDefinitionLevel);
        return group.WriteAllPartsAsync<TStored>(field, values, definitions, null, token);
    }

    /// <summary>An element that is null stays where it is.</summary>
    private static Task ListsAsync<T, TStored>(
        ParquetRowGroupWriter group, DataField field, IReadOnlyList<object?> rows, Func<T, TStored> convert, CancellationToken token)
        where TStored : struct
    {
        int elements = rows.Sum(row => Math.Max(1, ((List<T>)row!).Count)), values = 0, levels = 0;
        var stored = new TStored[elements];
        (int[] definitions, int[] repetitions) = (new int[elements], new int[elements]);
        int whole = field.MaxDefinitionLevel, empty = whole - (field.IsNullable ? 2 : 1);
        foreach (object? row in rows)
        {
            var list = (List<T>)row!;
            if (list.Count == 0)
                definitions[levels++] = empty;
            for (int i = 0; i < list.Count; i++)
            {
                bool isThere = list[i] is not null;
                (definitions[levels], repetitions[levels++]) = (isThere ? whole : whole - 1, i == 0 ? 0 : field.MaxRepetitionLevel);
                if (isThere)
                    stored[values++] = convert(list[i]);
            }
        }

        return group.WriteAllPartsAsync<TStored>(field, stored.AsMemory(0, values), definitions, repetitions, token);
    }
}
