using System.Text.RegularExpressions;
using EvalHarness.Tasks.Functions.Latex;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Whether a response's answer is the one that a worked solution ends with: finds formulas in both, the one after "final answer is"
/// or in a box before any other, and compares them as values.
/// </summary>
/// <remarks>
/// Source: the behaviour of Math-Verify as lm-evaluation-harness's math tasks call it. Not all of it is here: matrices, unions of
/// intervals by value, and inequalities are compared as text only.
/// </remarks>
internal static partial class MathVerify
{
    /// <param name="gold">A worked solution.</param>
    /// <param name="response">What a model wrote.</param>
    /// <param name="goldIsLatex">Look for formulas only in the solution, not for plain numbers.</param>
    internal static bool Matches(string gold, string response, bool goldIsLatex)
    {
        (MathValue? value, string? text) wanted = Extract(gold, plain: !goldIsLatex), given = Extract(response, plain: true);
        if (wanted.value is not null && given.value is not null && wanted.value.Matches(given.value))
            return true;
        return wanted.text is { Length: > 0 } && given.text is { Length: > 0 } && wanted.text == given.text;
    }

    /// <summary>The first level that has anything decides; of its matches the one that ends last.</summary>
    private static (MathValue? Value, string? Text) Extract(string text, bool plain)
    {
        string? first = null;
        foreach ((Regex pattern, bool number)[] level in Levels)
        {
            IEnumerable<string> found = level.Where(l => plain || !l.number).SelectMany(l => l.pattern.Matches(text).Select(match => (match, content: Content(match))))
                .OrderByDescending(m => m.match.Index + m.match.Length).ThenBy(m => m.match.Index).Select(m => m.content);
            foreach (string content in found)
            {
                first ??= LatexCleaning.Clean(content);
                try
                {
                    return (MathValue.Parse(content), first);
                }
                catch (LatexException)
                {
                    // The next best match may be a formula.
                }
            }
        }

        return (null, first);
    }

    private static string Content(Match match)
    {
        string content = match.Groups["content"].Value;
        // A box inside a formula is the answer; its end is where its braces close.
        return Boxed.Last(content) is { } boxed && boxed.StartsWith(@"\boxed{", StringComparison.Ordinal) ? boxed[7..^1] : content;
    }

    private const string Environment = @"(?:(?<!\\)\$\$(?<content>(?:[^$]|\$(?!\$))+?)(?<!\\)\$\$|(?<!\\)\\\[(?<content>(?:[^\\]|\\(?!\]))+?)\\\]|(?<![\\\d])\$(?<content>(?:\\\$|[^\n$])+?)(?<!\\)\$|(?<!\\)\\\((?<content>(?:[^\\\n]|\\(?!\)))+?)\\\)|(?<content>-?\\frac\{-?\d+(?:[.,]\d+)?\}\{-?\d+(?:[.,]\d+)?\}))";

    private const string Number = @"(?:^|[\s=])(?:\*\*)?[$€£]?(?<content>-?\(?-?\d[\d.\s+\-*/^()]*[+\-*/^()][\d.\s+\-*/^()]*\d\)?|(?<!\d)-?(?:[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?:\s*(?:%|[Pp]ercent))?)";

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
        new(pattern.Replace("%FOUND%", part, StringComparison.Ordinal), RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));

    [GeneratedRegex(@"(?<content>\\boxed\{.+\})", RegexOptions.Singleline)]
    private static partial Regex Box();
}
