using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of gpqa/*/utils.py and leaderboard/gpqa/utils.py, which put the four answers into random order. The order is that of
/// Python's <c>random.shuffle</c> after <c>random.seed(0)</c>, as in lm-evaluation-harness if this task is the first one to draw. In
/// n_shot it is that of a separate generator with seed 42.
/// </summary>
internal static partial class Gpqa
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["gpqa/cot_n_shot/utils.process_docs"] = Shuffling(seed: 0, withList: true, brackets: true),
        ["gpqa/cot_zeroshot/utils.process_docs"] = Shuffling(seed: 0, withList: true, brackets: true),
        ["gpqa/generative/utils.process_docs"] = Shuffling(seed: 0, withList: true, brackets: true),
        ["gpqa/n_shot/utils.process_docs"] = Shuffling(seed: 42, withList: false, brackets: true),
        ["gpqa/zeroshot/utils.process_docs"] = Shuffling(seed: 0, withList: false, brackets: true),
        ["leaderboard/gpqa/utils.process_docs"] = Shuffling(seed: 0, withList: false, brackets: false),
    };

    private static readonly string[] Columns = ["Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer"];

    private static RowFunction Shuffling(long seed, bool withList, bool brackets) => new(() =>
    {
        var random = new MersenneTwister(seed);
        return document => Shuffle(document, random, withList, brackets);
    })
    {
        KeepsAllRows = true,
    };

    private static Document Shuffle(Document document, MersenneTwister random, bool withList, bool brackets)
    {
        string[] choices = [.. Columns.Select(column => Clean(document, column, brackets))];
        string right = choices[3];
        random.Shuffle(choices);
        List<(string, object?)> columns = [.. choices.Select((choice, i) => ($"choice{i + 1}", (object?)choice))];
        if (withList)
            columns.Add(("choices", choices.ToList<object?>()));
        columns.Add(("answer", $"({(char)('A' + Array.IndexOf(choices, right))})"));
        return document.With(columns);
    }

    private static string Clean(Document document, string column, bool brackets)
    {
        if (document.Value(column) is null)
            return " ";
        string text = document.Text(column).Strip().Replace(" [title]", ". ", StringComparison.Ordinal);
        return (brackets ? text : Brackets().Replace(text, "")).Replace("  ", " ", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Brackets();
}
