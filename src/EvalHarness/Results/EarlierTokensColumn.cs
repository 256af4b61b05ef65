using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>
/// The log-probabilities of version 1, one request's after the other: the numbers of completion tokens divide them. Where these do not add
/// up, because some of the requests had none, they are one list, as nothing says whose they are.
/// </summary>
internal sealed class EarlierTokensColumn(string name, PropertyInfo property) : SampleColumn(name)
{
    private const string Counts = "completion_tokens";

    private readonly Action<SampleRow, IReadOnlyList<IReadOnlyList<double>>> _set =
        property.SetMethod!.CreateDelegate<Action<SampleRow, IReadOnlyList<IReadOnlyList<double>>>>();

    internal override IReadOnlyList<string> Sources => [Name, Counts];

    internal override Field Field => throw NotWritten();

    internal override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) =>
        throw NotWritten();

    private NotSupportedException NotWritten() => new($"column {Name}: version 1 of sample files is not written");

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        List<double>[] flat = Lists<double>(leaves[0], rows.Length);
        List<long>[] counts = leaves.Count > 1 ? Lists<long>(leaves[1], rows.Length) : [.. flat.Select(_ => new List<long>())];
        for (int row = 0; row < rows.Length; row++)
        {
            if (rows[row] is { } wanted && flat[row].Count > 0)
                _set(wanted, Divided(flat[row], counts[row]));
        }
    }

    private static List<IReadOnlyList<double>> Divided(List<double> flat, List<long> counts)
    {
        if (counts.Sum() != flat.Count)
            return [flat];
        var divided = new List<IReadOnlyList<double>>();
        int first = 0;
        foreach (int count in counts.Select(c => (int)c))
        {
            divided.Add(flat[first..(first + count)]);
            first += count;
        }

        return divided;
    }

    private static List<T>[] Lists<T>(StoredLeaf leaf, int rows)
        where T : struct
    {
        List<T>[] lists = [.. Enumerable.Range(0, rows).Select(_ => new List<T>())];
        ReadOnlySpan<T> values = leaf.Values<T>();
        ReadOnlySpan<int> repetitions = leaf.Repetitions, definitions = leaf.Definitions;
        int row = -1, next = 0;
        for (int i = 0; i < repetitions.Length; i++)
        {
            row += repetitions[i] == 0 ? 1 : 0;
            if (definitions[i] == leaf.Whole)
                lists[row].Add(values[next++]);
        }

        return lists;
    }
}
