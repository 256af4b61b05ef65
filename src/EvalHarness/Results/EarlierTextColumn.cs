using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of version 1 that was a text, with JSON in it, or empty where there was nothing.</summary>
/// <param name="name">The column of today.</param>
/// <param name="source">The column of version 1.</param>
/// <param name="property">What is filled.</param>
/// <param name="convert">What the text says. Texts come again and again, so that the latest are kept with what they say.</param>
internal sealed class EarlierTextColumn<T>(string name, string source, PropertyInfo property, Func<string, T> convert) : SampleColumn(name)
{
    private const int Kept = 1_024;

    private readonly Action<SampleRow, T> _set = property.SetMethod!.CreateDelegate<Action<SampleRow, T>>();

    internal override IReadOnlyList<string> Sources => [source];

    internal override Field Field => throw NotWritten();

    internal override Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) =>
        throw NotWritten();

    private NotSupportedException NotWritten() => new($"column {Name}: version 1 of sample files is not written");

    internal override void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows)
    {
        var known = new Dictionary<string, T>();
        ReadOnlySpan<ReadOnlyMemory<char>> texts = leaves[0].Values<ReadOnlyMemory<char>>();
        ReadOnlySpan<int> definitions = leaves[0].Definitions;
        int next = 0;
        for (int row = 0; row < rows.Length; row++)
        {
            if (!definitions.IsEmpty && definitions[row] < leaves[0].Whole)
                continue;
            if (rows[row] is { } wanted)
                _set(wanted, Said(known, texts[next].ToString()));
            next++;
        }
    }

    private T Said(Dictionary<string, T> known, string text)
    {
        if (known.TryGetValue(text, out T? said))
            return said;
        if (known.Count == Kept)
            known.Clear();
        return known[text] = convert(text);
    }
}
