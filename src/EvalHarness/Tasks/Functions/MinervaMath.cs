using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions.Latex;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of minerva_math/utils.py and leaderboard/math/utils.py, which normalise the final answer as in the paper and compare it
/// as a formula.
/// </summary>
/// <remarks>
/// Source of the normalisation: Lewkowycz et al., "Solving Quantitative Reasoning Problems with Language Models" (2022), appendix D.
/// </remarks>
internal static class MinervaMath
{
    private const string Invalid = "[invalidanswer]";
    private const string Ending = "I hope it is correct.";

    private static readonly (string From, string To)[] Substitutions =
    [
        ("an ", ""), ("a ", ""), (".$", "$"), (@"\$", ""), (@"\ ", ""), (" ", ""), ("mbox", "text"),
        (@",\text{and}", ","), (@"\text{and}", ","), (@"\text{m}", @"\text{}"),
    ];

    private static readonly string[] Removed =
    [
        "square", "ways", "integers", "dollars", "mph", "inches", "ft", "hours", "km", "units", @"\ldots", "sue", "points", "feet",
        "minutes", "digits", "cents", "degrees", "cm", "gm", "pounds", "meters", "meals", "edges", "students", "childrentickets",
        "multiples", @"\text{s}", @"\text{.}", "\\text{\ns}", @"\text{}^2", @"\text{}^3", "\\text{\n}", @"\text{}", @"\mathrm{th}",
        @"^\circ", @"^{\circ}", @"\;", @",\!", "{,}", "\"", @"\dots",
    ];

    private static readonly (Regex Pattern, string To)[] Unwrapped = [.. Compile(
        (@"(.*?)(\$)(.*?)(\$)(.*)", "$$$3$$"),
        (@"(\\text\{)(.*?)(\})", "$2"),
        (@"(\\textbf\{)(.*?)(\})", "$2"),
        (@"(\\overline\{)(.*?)(\})", "$2"),
        (@"(\\boxed\{)(.*)(\})", "$2"),
        (@"(frac)([^{])(.)", "frac{$2}{$3}"),
        (@"(sqrt)([^{])", "sqrt{$2}"))];

    private static IEnumerable<(Regex, string)> Compile(params (string Pattern, string To)[] rules) =>
        rules.Select(rule => (PythonRegex.Compile(rule.Pattern, "minerva_math"), rule.To));

    private static readonly Regex FinalAnswer =
        PythonRegex.Compile("Final Answer: The final answer is(.*?). I hope it is correct.", "minerva_math");

    internal static Dictionary<string, TaskFunction> Functions { get; } = new()
    {
        ["minerva_math/utils.doc_to_text"] = new FieldFunction(Question),
        ["minerva_math/utils.process_docs"] = DocumentColumns.EveryRow(document =>
            document.With(("answer", Normalise(Boxed.Content(Boxed.Last(document.Text("solution"))))))),
        ["minerva_math/utils.process_results"] = new ResultsFunction(results => new Dictionary<string, object?>
        {
            ["exact_match"] = LatexEquality.AreEqual(Normalise(Extract(results.Answers[0])), results.Document.Text("answer")) ? 1L : 0L,
            ["math_verify"] = MathVerify.Matches(results.Document.Text("solution"), results.Answers[0], goldIsLatex: false) ? 1L : 0L,
        }),
        ["leaderboard/math/utils.doc_to_text"] = new FieldFunction(Question),
        ["leaderboard/math/utils.process_docs"] = DocumentColumns.Rows(document => document.Text("level") == "Level 5"
            ? document.With(("answer", BoxedOrInvalid(document.Text("solution"))))
            : null),
        ["leaderboard/math/utils.process_results"] = new ResultsFunction(results => new Dictionary<string, object?>
        {
            ["exact_match"] = MathVerify.Matches(results.Document.Text("solution"), results.Answers[0], goldIsLatex: true) ? 1L : 0L,
            ["exact_match_original"] = Original(results.Document.Text("answer"), results.Answers[0]) ? 1L : 0L,
        }),
    };

    private static string Question(Document document) => $"Problem:\n{document.Text("problem")}\n\nSolution:";

    private static string BoxedOrInvalid(string solution) =>
        Boxed.Last(solution) is { } boxed && boxed.StartsWith(@"\boxed", StringComparison.Ordinal) ? Boxed.Content(boxed) : Invalid;

    private static string Extract(string response) =>
        FinalAnswer.Match(response + Ending) is { Success: true } match ? match.Groups[1].Value.Strip() : Invalid;

    private static bool Original(string gold, string response)
    {
        string answer = Normalise(Extract(response)), wanted = Normalise(gold);
        return answer != Invalid && (answer.Strip() == wanted.Strip() || LatexEquality.AreEqual(answer, wanted));
    }

    internal static string Normalise(string answer)
    {
        answer = answer[(answer.LastIndexOf('=') + 1)..];
        foreach ((string from, string to) in Substitutions)
            answer = answer.Replace(from, to, StringComparison.Ordinal);
        foreach (string removed in Removed)
            answer = answer.Replace(removed, "", StringComparison.Ordinal);
        foreach ((Regex pattern, string to) in Unwrapped)
            answer = pattern.Replace(answer, to);
        answer = answer.Replace("$", "", StringComparison.Ordinal);
        string digits = answer.Replace(",", "", StringComparison.Ordinal);
        return digits.Length > 0 && digits.All(char.IsDigit) ? digits : answer;
    }
}
