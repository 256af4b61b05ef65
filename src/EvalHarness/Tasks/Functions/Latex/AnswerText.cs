using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Brings a formula of an answer into one of the many ways in which it can be written, before it is parsed.</summary>
/// <remarks>Source: the behaviour of Math-Verify's normalisation of LaTeX.</remarks>
internal static partial class AnswerText
{
    /// <param name="text">The formula, or a text that has boxed formulas.</param>
    /// <param name="lastBox">Whether the last box alone counts, with those that stand right before it. Otherwise all boxes count.</param>
    internal static string Normalise(string text, bool lastBox)
    {
        text = BoxedAnswers.Join(text, lastBox);
        text = text.Replace(@"\mathrm{T}", "T", StringComparison.Ordinal)
            .Replace(@"\mathrm{d}", "d", StringComparison.Ordinal)
            .Replace(@"{\rm d}", "d", StringComparison.Ordinal)
            .Replace(@"\left[\begin{matrix}", @"\begin{bmatrix}", StringComparison.Ordinal)
            .Replace(@"\end{matrix}\right]", @"\end{bmatrix}", StringComparison.Ordinal);
        text = Size().Replace(text, "");
        text = Removed().Replace(text, "");
        text = Alternatives.Replace(text, Alternative);
        text = text.Replace('\n', ' ').Replace('\t', ' ');
        if (!text.Contains("matrix", StringComparison.Ordinal))
            text = DoubledBackslash().Replace(text, @"\");
        text = Units.Remove(text);
        if (text.StartsWith('.'))
            text = "0" + text;
        if (text == "0.5")
            text = @"\frac{1}{2}";
        return WithBraces(text).Strip();
    }

    /// <summary>What is written in several ways, and the one way that is left. The first that matches at a place counts.</summary>
    private static readonly (string Pattern, string To)[] Ways =
    [
        (@"\\math(?:rm|it|bf)", @"\text"),
        (@"\\text(?:normal|bf|it|rm)", @"\text"),
        (@"\\[dtc]frac", @"\frac"),
        (@"\s\.", " 0."),
        (@"\{\.", "{0."),
        (@"~=", @"\approx"),
        (@"\s*\{\s*,\s*\}", ","),
        (@"(?<![a-zA-Z]),?\s*(?:and|or)(?![a-zA-Z])", ","),
        (@",?\s*\\text\{\s*(?:and|or)\s*\}", ","),
        (@"(?<!\\)\\\s", " "),
        ("infinity", @"\infty"),
        (@",?\\ldots", " "),
        (@"\s*\b(?:percentage|percent|pct)\b", @"\%"),
        (@"\\text\{(?:percentage|percent|pct)\}", "%"),
        (@"(?<!\\)inf(?!inity)", @"\infty"),
        (" sqrt", @"\sqrt"),
    ];

    private static readonly Regex Alternatives = new(
        string.Join('|', Ways.Select((way, i) => $"(?<way{i}>{way.Pattern})")), RegexOptions.CultureInvariant);

    private static string Alternative(Match match) => Ways[Enumerable.Range(0, Ways.Length).First(i => match.Groups[$"way{i}"].Success)].To;

    /// <summary>Writes the arguments of powers, roots, logarithms and fractions in braces.</summary>
    private static string WithBraces(string text)
    {
        text = PowerInParentheses().Replace(text, "^{$1}");
        text = RootOfParentheses().Replace(text, @"\sqrt{$1}");
        text = FractionOfDigits().Replace(text, @"\frac{$1}{$2}");
        text = LogarithmOfDigits().Replace(text, @"\log_{$1}{$2}");
        text = FractionOverDigit().Replace(text, @"\frac{$1}{$2}");
        text = FractionOfDigit().Replace(text, @"\frac{$1}{$2}");
        text = text.Replace(" sqrt", @"\sqrt", StringComparison.Ordinal);
        text = RootOfOne().Replace(text, @"\sqrt{$1}");
        text = FractionOfTwo().Replace(text, match => match.Groups[2].Value is var below && below == "{"
            ? $@"\frac{{{match.Groups[1].Value}}}{{"
            : $@"\frac{{{match.Groups[1].Value}}}{{{below}}}");
        return Division().Match(text) is { Success: true } division
            ? $@"\frac{{{division.Groups[1].Value}}}{{{division.Groups[2].Value}}}"
            : text;
    }

    [GeneratedRegex(
        @"\\m?(?:left|right)(?=\\?[{}]|\\?\||[\[\]()]|\\(?:rbracl|[lr]group|[lr]brace|[lr]brack|[lr]?vert|[lr]ceil|[lr]floor|[lr]angle"
        + @"|[lu][lr]corner))")]
    private static partial Regex Size();

    [GeneratedRegex(@"\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\?\$|(?<!\\)[""']|\\displaystyle")]
    private static partial Regex Removed();

    [GeneratedRegex(@"\\\\(?=[a-zA-Z])")]
    private static partial Regex DoubledBackslash();

    [GeneratedRegex(@"\^\s?\((.*?)\)")]
    private static partial Regex PowerInParentheses();

    [GeneratedRegex(@"\\?sqrt\s?\((.*?)\)")]
    private static partial Regex RootOfParentheses();

    [GeneratedRegex(@"\\frac\s?([0-9])\s?([0-9]+)")]
    private static partial Regex FractionOfDigits();

    [GeneratedRegex(@"\\log_\s?([0-9])\s?([0-9]+)")]
    private static partial Regex LogarithmOfDigits();

    [GeneratedRegex(@"\\frac\s?\{(.*?)\}\s?([0-9])")]
    private static partial Regex FractionOverDigit();

    [GeneratedRegex(@"\\frac\s?([0-9])\s?\{(.*?)\}")]
    private static partial Regex FractionOfDigit();

    [GeneratedRegex(@"\\sqrt\s*([^{\[\s])")]
    private static partial Regex RootOfOne();

    [GeneratedRegex(@"\\frac\s*([^{\s])(.)")]
    private static partial Regex FractionOfTwo();

    [GeneratedRegex(@"^(0|-?[1-9][0-9]*)/(0|-?[1-9][0-9]*)$")]
    private static partial Regex Division();
}
