using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of lists of numbers, one for each request; null in the file where all, or one of them, are empty.</summary>
internal sealed class NestedListColumn(string name, PropertyInfo property) : SampleColumn(name)
{
    /// <summary>The definition level of a list that has a place for an inner list, and none there.</summary>
    private const int NullInner = 2;

    private readonly Func<SampleRow, IReadOnlyList<IReadOnlyList<double>>> _get =
        property.GetMethod!.CreateDelegate<Func<SampleRow, IReadOnlyList<IReadOnlyList<double>>>>();

    private readonly Action<SampleRow, IReadOnlyList<IReadOnlyList<double>>> _set =
        property.SetMethod!.CreateDelegate<Action<SampleRow, IReadOnlyList<IReadOnlyList<double>>>>();

    internal override Field Field => new ListField(Name, new ListField(Element, new DataField(Element, typeof(double), isNullable: false)));

    internal override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        var leaf = new SampleLeaf<double>(Leaf(Element));
        foreach (SampleRow row in rows)
        {
            IReadOnlyList<IReadOnlyList<double>> lists = _get(row);
            if (lists.Count == 0)
                leaf.AddNothing(repetition: 0, definition: 0);
            for (int i = 0; i < lists.Count; i++)
            {
                int first = i == 0 ? 0 : 1;
                if (lists[i].Count == 0)
                    leaf.AddNothing(first, NullInner);
                for (int j = 0; j < lists[i].Count; j++)
                    leaf.Add(lists[i][j], j == 0 ? first : 2);
            }
        }

        return leaf.WriteAsync(group, cancellationToken);
    }

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        StoredLeaf leaf = Leaf(leaves, Element);
        ReadOnlySpan<double> values = leaf.Values<double>();
        ReadOnlySpan<int> repetitions = leaf.Repetitions, definitions = leaf.Definitions;
        int row = -1, next = 0;
        List<IReadOnlyList<double>>? lists = null;
        List<double> inner = [];
        for (int i = 0; i < repetitions.Length; i++)
        {
            if (repetitions[i] == 0)
                lists = rows[++row] is { } wanted && definitions[i] >= NullInner ? Begin(wanted) : null;
            if (repetitions[i] <= 1 && definitions[i] >= NullInner)
                lists?.Add(inner = []);
            if (definitions[i] != leaf.Whole)
                continue;
            if (lists is not null)
                inner.Add(values[next]);
            next++;
        }
    }

    private List<IReadOnlyList<double>> Begin(SampleRow row)
    {
        var lists = new List<IReadOnlyList<double>>();
        _set(row, lists);
        return lists;
    }
}
