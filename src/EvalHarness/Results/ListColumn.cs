using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of a list a row; null in the file where it is empty. An element that is null stays where it is.</summary>
internal sealed class ListColumn<T, TStored>(string name, PropertyInfo property, Func<TStored, T> convert) : SampleColumn(name)
    where T : notnull
    where TStored : struct
{
    /// <summary>The definition level of a list that is there and has an element that is null.</summary>
    private const int NullElement = 2;

    private readonly Func<SampleRow, List<T>> _get = property.GetMethod!.CreateDelegate<Func<SampleRow, List<T>>>();

    internal override Field Field => new ListField(Name, new DataField(Element, typeof(T), isNullable: default(T) is null));

    internal override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        var leaf = new SampleLeaf<T>(Leaf(Element));
        foreach (SampleRow row in rows)
        {
            List<T> list = _get(row);
            if (list.Count == 0)
                leaf.AddNothing(repetition: 0, definition: 0);
            for (int i = 0; i < list.Count; i++)
            {
                if (list[i] is { } value)
                    leaf.Add(value, i == 0 ? 0 : 1);
                else
                    leaf.AddNothing(i == 0 ? 0 : 1, NullElement);
            }
        }

        return leaf.WriteAsync(group, cancellationToken);
    }

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        StoredLeaf leaf = leaves[0];
        ReadOnlySpan<TStored> values = leaf.Values<TStored>();
        ReadOnlySpan<int> repetitions = leaf.Repetitions, definitions = leaf.Definitions;
        int row = -1, next = 0;
        List<T>? list = null;
        for (int i = 0; i < repetitions.Length; i++)
        {
            if (repetitions[i] == 0)
                list = rows[++row] is { } wanted ? _get(wanted) : null;
            if (definitions[i] == leaf.Whole)
            {
                list?.Add(convert(values[next]));
                next++;
            }
            else if (leaf.IsNullable && definitions[i] == leaf.Whole - 1)
            {
                list?.Add(default!);
            }
        }
    }
}
