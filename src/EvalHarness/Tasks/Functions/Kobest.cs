using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>Equivalents of kobest/utils.py, which writes the prompts and choices of four Korean tasks.</summary>
internal static class Kobest
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["kobest/utils.copa_doc_to_text"] = new FieldFunction(document => $"{Shown(document, "premise")} {Connector(document)}"),
        ["kobest/utils.copa_doc_to_target"] = new FieldFunction(
            document => Shown(document, document.Value("label") is 0L ? "alternative_1" : "alternative_2")),
        ["kobest/utils.copa_doc_to_choice"] = new FieldFunction(
            document => new List<object?> { Shown(document, "alternative_1"), Shown(document, "alternative_2") }),
        ["kobest/utils.sentineg_doc_to_text"] = new FieldFunction(document => $"문장: {Shown(document, "sentence")} 긍부정:"),
        ["kobest/utils.wic_doc_to_text"] = new FieldFunction(document =>
            $"문장1: {Shown(document, "context_1")} 문장2: {Shown(document, "context_2")} "
            + $"두 문장에서 {Shown(document, "word")}가 같은 뜻으로 쓰였나?"),
        ["kobest/utils.hellaswag_process_doc"] = DocumentColumns.EveryRow(document => document.With(
            ("query", $"문장: {Shown(document, "context")}"),
            ("choices", Enumerable.Range(1, 4).Select(i => document.Value($"ending_{i}")).ToList()),
            ("gold", document.Value("label") is long label
                ? label
                : throw new FunctionException($"column label is {Python.TypeName(document.Value("label"))}; expected a whole number")))),
    };

    private static string Shown(Document document, string column) => Python.Str(document.Value(column));

    /// <summary>The word that asks for a cause or an effect.</summary>
    private static string Connector(Document document) => document.Text("question").Strip() switch
    {
        "원인" => " 왜냐하면",
        "결과" => " 그래서",
        var other => throw new FunctionException($"column question is '{other}'; expected 원인 or 결과"),
    };
}
