using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of mmlu_pro/utils.py, which write up to ten lettered options, few-shot examples with a chain of thought, and select the
/// documents of one subject.
/// </summary>
internal static class MmluPro
{
    private const int MaxOptions = 10;

    private static readonly string[] Subjects =
    [
        "biology", "business", "chemistry", "computer science", "economics", "engineering", "health", "history", "law", "math",
        "other", "philosophy", "physics", "psychology",
    ];

    internal static Dictionary<string, TaskFunction> Functions { get; } = new Dictionary<string, TaskFunction>
    {
        ["mmlu_pro/utils.doc_to_text"] = new FieldFunction(Question),
        ["mmlu_pro/utils.fewshot_to_text"] = new FieldFunction(Question),
        ["mmlu_pro/utils.fewshot_to_target"] = new FieldFunction(document => document
            .Text("cot_content")
            .Replace("A: Let's think step by step. ", "", StringComparison.Ordinal)),
    }.Concat(Subjects.Select(subject => KeyValuePair.Create<string, TaskFunction>(
        $"mmlu_pro/utils.process_{subject.Replace(' ', '_')}",
        DocumentColumns.Rows(document => document.Value("category") is string category && category == subject ? document : null))))
        .ToDictionary();

    private static string Question(Document document)
    {
        StringBuilder prompt = new StringBuilder("Question:\n").Append(document.Text("question")).Append("\nOptions:\n");
        foreach ((string option, int i) in document.Texts("options").Take(MaxOptions).Select((option, i) => (option, i)))
            prompt.Append((char)('A' + i)).Append(". ").Append(option.Strip()).Append('\n');
        return prompt.Append("Answer: Let's think step by step.").ToString();
    }
}
