using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of winogrande/preprocess_winogrande.py, which write each option into the question and score the text after the gap.
/// </summary>
internal static class Winogrande
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["winogrande/preprocess_winogrande.doc_to_text"] = new FieldFunction(document => document.Text("answer") switch
        {
            "1" => 0L,
            "2" => 1L,
            var other => throw new FunctionException($"column answer is '{other}'; expected 1 or 2"),
        }),
        ["winogrande/preprocess_winogrande.doc_to_target"] =
            new FieldFunction(document => document.Text("sentence")[(Gap(document) + 1)..].Strip()),
        ["winogrande/preprocess_winogrande.doc_to_choice"] = new FieldFunction(document =>
        {
            string before = document.Text("sentence")[..Gap(document)];
            return new List<object?> { before + document.Text("option1"), before + document.Text("option2") };
        }),
    };

    private static int Gap(Document document) => document.Text("sentence").IndexOf('_', StringComparison.Ordinal) is >= 0 and var gap
        ? gap
        : throw new FunctionException("column sentence has no '_'; expected the gap that the options fill");
}
