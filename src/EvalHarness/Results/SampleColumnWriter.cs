using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>Writes one column of a block of sample rows.</summary>
/// <remarks>
/// Source: Dremel's repetition and definition levels (Melnik et al. 2010), as the Parquet format's description of nested encoding has them.
/// </remarks>
internal static class SampleColumnWriter
{
    /// <param name="group">The row group; its columns are written in the order of the schema.</param>
    /// <param name="field">The column.</param>
    /// <param name="values">A value for each row: a number, a text, or a list of numbers, texts or flags.</param>
    /// <param name="cancellationToken">Stops the write.</param>
    internal static Task WriteAsync(
        ParquetRowGroupWriter group, DataField field, IReadOnlyList<object?> values, CancellationToken cancellationToken) =>
        Type(values) switch
        {
            List<string> => ListsAsync<string, ReadOnlyMemory<char>>(group, field, values, text => text.AsMemory(), cancellationToken),
            List<long> => ListsAsync<long, long>(group, field, values, number => number, cancellationToken),
            List<double> => ListsAsync<double, double>(group, field, values, number => number, cancellationToken),
            List<bool> => ListsAsync<bool, bool>(group, field, values, flag => flag, cancellationToken),
            string => ValuesAsync<string, ReadOnlyMemory<char>>(group, field, values, text => text.AsMemory(), cancellationToken),
            long => ValuesAsync<long, long>(group, field, values, number => number, cancellationToken),
            double => ValuesAsync<double, double>(group, field, values, number => number, cancellationToken),
            var other => throw new InvalidOperationException($"Column {field.Path} has {other?.GetType()}, which no sample has."),
        };

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
