using System.Text.RegularExpressions;
using EvalHarness.Tasks.Functions.Latex;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Says whether the answer of a response is the answer of a worked solution. It finds formulas in both, preferably those after "final
/// answer is" or in a box, and compares them as values.
/// </summary>
/// <remarks>
/// Source: the behaviour of Math-Verify as lm-evaluation-harness's math tasks call it. Some of it is simplified: matrices, unions of
/// intervals by value, and inequalities are compared as text only.
/// </remarks>
internal static partial class MathVerify
{
    /// <param name="gold">The worked solution.</param>
    /// <param name="response">The text that the model wrote.</param>
    /// <param name="goldIsLatex">Whether the answer of the solution must be a formula. Otherwise it can also be a plain number.</param>
    internal static bool Matches(string gold, string response, bool goldIsLatex)
    {
        (MathValue? value, string? text) wanted = Extract(gold, plain: !goldIsLatex), given = Extract(response, plain: true);
        if (wanted.value is not null && given.value is not null && wanted.value.Matches(given.value))
            return true;
        return wanted.text is { Length: > 0 } && given.text is { Length: > 0 } && wanted.text == given.text;
    }

    /// <summary>
    /// Extracts the answer from a text. The first level with a match that can be parsed decides, and its matches are tried from the one
    /// that ends last.
    /// </summary>
    private static (MathValue? Value, string? Text) Extract(string text, bool plain)
    {
        string? first = null;
        foreach ((Regex pattern, bool number)[] level in Levels)
        {
            IEnumerable<string> found = level
                .Where(l => plain || !l.number)
                .SelectMany(l => l.pattern.Matches(text))
                .OrderByDescending(match => match.Index + match.Length)
                .ThenBy(match => match.Index)
                .Select(Content);
            foreach (string content in found)
            {
                first ??= LatexCleaning.Clean(content);
                try
                {
                    return (MathValue.Parse(content), first);
                }
                catch (LatexException)
                {
                    // This match is not a formula, but the next one can be.
                }
            }
        }

        return (null, first);
    }

    private static string Content(Match match)
    {
        string content = match.Groups["content"].Value;
        // If a formula contains a box, the box is the answer. The pattern may match beyond it, so its end is where its braces close.
        return Boxed.Last(content) is { } boxed && boxed.StartsWith(@"\boxed{", StringComparison.Ordinal) ? boxed[7..^1] : content;
    }

    /// <summary>A formula in $$, \[, $ or \(, or a single fraction.</summary>
    private const string Environment = @"(?:(?<!\\)\$\$(?<content>(?:[^$]|\$(?!\$))+?)(?<!\\)\$\$"
        + @"|(?<!\\)\\\[(?<content>(?:[^\\]|\\(?!\]))+?)\\\]"
        + @"|(?<![\\\d])\$(?<content>(?:\\\$|[^\n$])+?)(?<!\\)\$"
        + @"|(?<!\\)\\\((?<content>(?:[^\\\n]|\\(?!\)))+?)\\\)"
        + @"|(?<content>-?\\frac\{-?\d+(?:[.,]\d+)?\}\{-?\d+(?:[.,]\d+)?\}))";

    /// <summary>A calculation with plain numbers, or a number that can have a currency or percent sign.</summary>
    private const string Number = @"(?:^|[\s=])(?:\*\*)?[$€£]?"
        + @"(?<content>-?\(?-?\d[\d.\s+\-*/^()]*[+\-*/^()][\d.\s+\-*/^()]*\d\)?"
        + @"|(?<!\d)-?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:\s*(?:%|[Pp]ercent))?)";

    /// <summary>The patterns that find answers, from the most to the least specific.</summary>
    private static readonly (Regex Pattern, bool Number)[][] Levels =
    [
        Level(@"(?i:final answer is):?\s*%FOUND%\.?\s?I hope"),
        [.. Level(@"(?i:final answer.{0,100}?)\s+is:?\s*%FOUND%"), (Box(), false)],
        Level("(?i:answer):.{0,50}?%FOUND%"),
        Level("(?i:answer).{0,50}?%FOUND%"),
        Level("%FOUND%"),
    ];

    private static (Regex, bool)[] Level(string pattern) =>
        [(Compile(pattern, Environment), false), (Compile(pattern, Number), true)];

    private static Regex Compile(string pattern, string part) =>
        new(
            pattern.Replace("%FOUND%", part, StringComparison.Ordinal),
            RegexOptions.Singleline | RegexOptions.CultureInvariant,
            TimeSpan.FromSeconds(10));

    [GeneratedRegex(@"(?<content>\\boxed\{.+\})", RegexOptions.Singleline)]
    private static partial Regex Box();
}
