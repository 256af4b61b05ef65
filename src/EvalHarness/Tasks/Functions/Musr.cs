using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>Equivalents of leaderboard/musr/utils.py, which read choices that the dataset stores as a printed Python list.</summary>
internal static class Musr
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["leaderboard/musr/utils.doc_to_choice"] = new FieldFunction(Choices),
        ["leaderboard/musr/utils.doc_to_text"] = new FieldFunction(document =>
        {
            var choices = new StringBuilder();
            foreach ((object? choice, int i) in Choices(document).Select((choice, i) => (choice, i)))
                choices.Append(i + 1).Append(" - ").Append(Python.Str(choice)).Append('\n');
            return $"{document.Text("narrative")}\n\n{document.Text("question")}\n\n{choices}\nAnswer:";
        }),
    };

    private static IReadOnlyList<object?> Choices(Document document) =>
        PythonLiteral.TryParse(document.Text("choices"), out object? value) && value is IReadOnlyList<object?> list
            ? list
            : throw new FunctionException($"column choices is {Python.Quote(document.Text("choices"))}; expected a printed list");
}
