using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Reads and changes the columns of a document. A column that is missing or has the wrong type is a <see cref="FunctionException"/>.
/// </summary>
internal static class DocumentColumns
{
    internal static string Text(this Document document, string column) => document.Value(column) as string
        ?? throw new FunctionException($"column {column} is {Python.TypeName(document.Value(column))}; expected text");

    internal static IReadOnlyList<string> Texts(this Document document, string column) =>
        document.Value(column) is IReadOnlyList<object?> list && list.All(item => item is string)
            ? [.. list.Cast<string>()]
            : throw new FunctionException($"column {column} is {Python.TypeName(document.Value(column))}; expected a list of texts");

    internal static object? Value(this Document document, string column) => document.Values.TryGetValue(column, out object? value)
        ? value
        : throw new FunctionException($"there is no column {column}; there are {string.Join(", ", document.Values.Keys)}");

    /// <summary>
    /// Returns the document with some columns replaced or added. As in <c>Dataset.map</c>, existing columns keep their position and new
    /// ones are appended.
    /// </summary>
    internal static Document With(this Document document, params IEnumerable<(string Column, object? Value)> columns)
    {
        var values = new OrderedDictionary<string, object?>(document.Values);
        foreach ((string column, object? value) in columns)
            values[column] = value;
        return new Document(values);
    }

    /// <summary>Creates a row function that keeps no state between rows, and leaves out those for which it gives null.</summary>
    internal static RowFunction Rows(Func<Document, Document?> change) => new(() => change);

    /// <summary>Creates a row function that keeps no state between rows, and leaves out none.</summary>
    internal static RowFunction EveryRow(Func<Document, Document> change) => new(() => change)
    {
        KeepsAllRows = true,
    };
}
