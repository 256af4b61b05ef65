using System.Reflection;
using Parquet.Data;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of a sample file, and the property of <see cref="SampleRow"/> that it fills.</summary>
/// <remarks>
/// Parquet.Net's own readers of records leave nulls out of lists, which moves what follows them. This one takes columns as they lie in
/// the file, with the levels of Dremel's encoding.
/// </remarks>
internal abstract class SampleColumn(string name, PropertyInfo property)
{
    /// <summary>All columns in the order of the file.</summary>
    internal static IReadOnlyList<SampleColumn> All { get; } = [.. SampleRow.Columns.Select(c => Of(c.Name, c.Property))];

    /// <summary>The name in the file.</summary>
    internal string Name => name;

    /// <param name="column">What the file has.</param>
    /// <param name="field">The column's field in the file's schema.</param>
    /// <param name="rows">One for each row of the row group; null for those that are not wanted, which stay unread.</param>
    /// <exception cref="InvalidDataException">The file has values of another kind.</exception>
    internal abstract void Fill(RawColumnData column, DataField field, SampleRow?[] rows);

    private static SampleColumn Of(string name, PropertyInfo property) => property.PropertyType switch
    {
        Type type when type == typeof(long) => new Single<long, long>(name, property, number => number),
        Type type when type == typeof(double) => new Single<double, double>(name, property, number => number),
        Type type when type == typeof(string) => new Single<string, ReadOnlyMemory<char>>(name, property, text => text.ToString()),
        Type type when type == typeof(List<long>) => new Several<long, long>(name, property, number => number),
        Type type when type == typeof(List<double>) => new Several<double, double>(name, property, number => number),
        Type type when type == typeof(List<bool>) => new Several<bool, bool>(name, property, flag => flag),
        Type type when type == typeof(List<string>) => new Several<string, ReadOnlyMemory<char>>(name, property, text => text.ToString()),
        Type type => throw new NotSupportedException($"{name}: no column has values of the type {type}"),
    };

    private RawColumnData<TStored> As<TStored>(RawColumnData column, DataField field)
        where TStored : struct =>
        column as RawColumnData<TStored>
        ?? throw new InvalidDataException($"column {field.Path}: expected {property.PropertyType}, the file has {field.ClrType}");

    /// <summary>One value a row. Where the file has null the row keeps its default.</summary>
    private sealed class Single<T, TStored>(string name, PropertyInfo property, Func<TStored, T> convert) : SampleColumn(name, property)
        where TStored : struct
    {
        private readonly Action<SampleRow, T> _set = property.SetMethod!.CreateDelegate<Action<SampleRow, T>>();

        internal override void Fill(RawColumnData column, DataField field, SampleRow?[] rows)
        {
            RawColumnData<TStored> stored = As<TStored>(column, field);
            ReadOnlySpan<TStored> values = stored.Values;
            ReadOnlySpan<int> definitions = field.MaxDefinitionLevel > 0 ? stored.DefinitionLevels : [];
            int next = 0;
            for (int row = 0; row < rows.Length; row++)
            {
                if (field.MaxDefinitionLevel > 0 && definitions[row] < field.MaxDefinitionLevel)
                    continue;
                if (rows[row] is { } wanted)
                    _set(wanted, convert(values[next]));
                next++;
            }
        }
    }

    /// <summary>A list a row: empty where the file has null. An element that is null stays where it is.</summary>
    private sealed class Several<T, TStored>(string name, PropertyInfo property, Func<TStored, T> convert) : SampleColumn(name, property)
        where TStored : struct
    {
        private readonly Func<SampleRow, List<T>> _get = property.GetMethod!.CreateDelegate<Func<SampleRow, List<T>>>();

        internal override void Fill(RawColumnData column, DataField field, SampleRow?[] rows)
        {
            RawColumnData<TStored> stored = As<TStored>(column, field);
            ReadOnlySpan<TStored> values = stored.Values;
            ReadOnlySpan<int> repetitions = stored.RepetitionLevels, definitions = stored.DefinitionLevels;
            int row = -1, next = 0;
            List<T>? list = null;
            for (int i = 0; i < repetitions.Length; i++)
            {
                if (repetitions[i] == 0)
                    list = rows[++row] is { } wanted ? _get(wanted) : null;
                if (definitions[i] == field.MaxDefinitionLevel)
                {
                    list?.Add(convert(values[next]));
                    next++;
                }
                else if (field.IsNullable && definitions[i] == field.MaxDefinitionLevel - 1)
                {
                    list?.Add(default!);
                }
            }
        }
    }
}
