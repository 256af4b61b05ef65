using System.Reflection;
using Parquet;
using Parquet.Schema;

namespace EvalHarness.Results;

/// <summary>A column of a sample file, and the property of <see cref="SampleRow"/> that it has the values of.</summary>
internal abstract class SampleColumn(string name)
{
    /// <summary>The name of what a list holds in Parquet's own description of lists.</summary>
    protected const string Element = "element";

    /// <summary>All columns in the order of the file.</summary>
    internal static IReadOnlyList<SampleColumn> All { get; } = [.. SampleRow.Columns.Select(c => Of(c.Name, c.Property))];

    /// <summary>The name in the file.</summary>
    internal string Name => name;

    /// <summary>The column that who reads this one asks for: a target comes with what says how to read it.</summary>
    internal string AskedAs => name == SampleRow.TargetFlag ? "target" : name;

    /// <summary>The columns of the file that it is made of. The first of them must be there, or the rows keep their defaults.</summary>
    internal virtual IReadOnlyList<string> Sources => [name];

    /// <summary>The column in a schema.</summary>
    internal abstract Field Field { get; }

    /// <summary>Writes the column for a block of rows, which must be the next column of the row group.</summary>
    internal abstract Task WriteAsync(ParquetRowGroupWriter group, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken);

    /// <param name="leaves">What the file has.</param>
    /// <param name="rows">One for each row of the row group; null for those that are not wanted, which stay unread.</param>
    /// <exception cref="InvalidDataException">The file has values of another kind.</exception>
    internal abstract void Fill(IReadOnlyList<StoredLeaf> leaves, SampleRow?[] rows);

    /// <summary>The leaf of this column that has a name.</summary>
    protected DataField Leaf(string leaf) => SampleSchema.Leaves[name].Single(f => f.Name == leaf);

    /// <exception cref="InvalidDataException">There is none.</exception>
    protected StoredLeaf Leaf(IReadOnlyList<StoredLeaf> leaves, string leaf) =>
        leaves.FirstOrDefault(l => l.Name == leaf)
        ?? throw new InvalidDataException($"column {name}: has no {leaf}; it has {string.Join(", ", leaves.Select(l => l.Name))}");

    private static SampleColumn Of(string name, PropertyInfo property) => property.PropertyType switch
    {
        Type type when type == typeof(long) => new SingleColumn<long, long, long>(name, property, number => number),
        Type type when type == typeof(double) => new SingleColumn<double, double, double>(name, property, number => number),
        Type type when type == typeof(bool?) => new SingleColumn<bool?, bool, bool>(name, property, flag => flag),
        Type type when type == typeof(string) =>
            new SingleColumn<string, string, ReadOnlyMemory<char>>(name, property, text => text.ToString()),
        Type type when type == typeof(List<long>) => new ListColumn<long, long>(name, property, number => number),
        Type type when type == typeof(List<double>) => new ListColumn<double, double>(name, property, number => number),
        Type type when type == typeof(List<bool>) => new ListColumn<bool, bool>(name, property, flag => flag),
        Type type when type == typeof(List<string>) =>
            new ListColumn<string, ReadOnlyMemory<char>>(name, property, text => text.ToString()),
        Type type when type == typeof(IReadOnlyList<IReadOnlyList<double>>) => new NestedListColumn(name, property),
        Type type when type == typeof(IReadOnlyList<SampleScore>) => new ScoresColumn(name, property),
        Type type when type == typeof(IReadOnlyList<SampleAnswers>) => new AnswersColumn(name, property),
        Type type => throw new NotSupportedException($"{name}: no column has values of the type {type}"),
    };
}
