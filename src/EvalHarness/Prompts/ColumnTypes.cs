using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Prompts;

/// <summary>Says what a row has, for messages about rows that do not fit a task.</summary>
internal static class ColumnTypes
{
    private const int Named = 12;

    /// <summary>The columns of a document with the types of their values.</summary>
    internal static string Describe(Document document)
    {
        IEnumerable<string> columns = document.Values.Take(Named).Select(c => $"{c.Key} ({Python.TypeName(c.Value)})");
        return document.Values.Count == 0
            ? "the row has no columns"
            : $"the row has {string.Join(", ", columns)}{(document.Values.Count > Named ? ", ..." : "")}";
    }
}
