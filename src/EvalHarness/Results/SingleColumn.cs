using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of one value a row. Where the file has null the row keeps its default.</summary>
/// <typeparam name="T">The type of the property.</typeparam>
/// <typeparam name="TWritten">Its type where it is there.</typeparam>
/// <typeparam name="TStored">How Parquet.Net gives it.</typeparam>
internal sealed class SingleColumn<T, TWritten, TStored>(string name, PropertyInfo property, Func<TStored, T> convert) : SampleColumn(name)
    where TWritten : notnull
    where TStored : struct
{
    private readonly Func<SampleRow, T> _get = property.GetMethod!.CreateDelegate<Func<SampleRow, T>>();
    private readonly Action<SampleRow, T> _set = property.SetMethod!.CreateDelegate<Action<SampleRow, T>>();

    internal override Field Field => new DataField(Name, typeof(TWritten), isNullable: default(T) is null);

    internal override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        var leaf = new SampleLeaf<TWritten>(Leaf(Name));
        foreach (SampleRow row in rows)
        {
            if (_get(row) is TWritten value)
                leaf.Add(value, repetition: 0);
            else
                leaf.AddNothing(repetition: 0, definition: 0);
        }

        return leaf.WriteAsync(group, cancellationToken);
    }

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        StoredLeaf leaf = leaves[0];
        ReadOnlySpan<TStored> values = leaf.Values<TStored>();
        ReadOnlySpan<int> definitions = leaf.Definitions;
        int next = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            if (!definitions.IsEmpty && definitions[row] < leaf.Whole)
                continue;
            if (rows[row] is { } wanted)
                _set(wanted, convert(values[next]));
            next++;
        }
    }
}
