using System.Text;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>Equivalents of leaderboard/mmlu_pro/utils.py, which ask for the letter of one of any number of options.</summary>
internal static class LeaderboardMmluPro
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["leaderboard/mmlu_pro/utils.doc_to_text"] = new FieldFunction(Question),
        ["leaderboard/mmlu_pro/utils.doc_to_choice"] = new FieldFunction(
            document => document.Texts("options").Select(object? (_, i) => Letter(i)).ToList()),
    };

    private static string Question(Document document)
    {
        StringBuilder prompt = new StringBuilder(document.Text("question")).Append('\n');
        foreach ((string option, int i) in document.Texts("options").Select((option, i) => (option, i)))
            prompt.Append(Letter(i)).Append(". ").Append(option).Append('\n');
        return prompt.Append("Answer:").ToString();
    }

    private static string Letter(int option) => option < 26
        ? ((char)('A' + option)).ToString()
        : throw new FunctionException($"column options has more than 26 options; expected one for each letter at most");
}
