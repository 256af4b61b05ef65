using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalent of hellaswag/utils.py, which joins the two halves of the context and removes markup in brackets that comes from WikiHow.
/// </summary>
internal static partial class Hellaswag
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["hellaswag/utils.process_docs"] = DocumentColumns.EveryRow(document => document.With(
            (
                "query",
                Clean($"{document.Text("activity_label")}: {document.Text("ctx_a")} {PythonCase.Capitalize(document.Text("ctx_b"))}")),
            ("choices", document.Texts("endings").Select(Clean).ToList<object?>()),
            ("gold", Label(document)))),
    };

    private static long Label(Document document) => document.Value("label") switch
    {
        long label => label,
        string text when long.TryParse(text.Strip(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long label) =>
            label,
        var other => throw new FunctionException($"column label is {Python.Str(other)}; expected a whole number"),
    };

    private static string Clean(string text) =>
        Brackets()
            .Replace(text.Strip().Replace(" [title]", ". ", StringComparison.Ordinal), "")
            .Replace("  ", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
