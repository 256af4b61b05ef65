using System.Numerics;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Normalises things that LaTeX can write in several ways, and splits answers into their parts.</summary>
internal static partial class LatexCleaning
{
    private static readonly (string From, string To)[] Substitutions =
    [
        (@"\left", ""), (@"\right", ""), (@"\dfrac", @"\frac"), (@"\tfrac", @"\frac"), (@"\!", ""), (@"\,", ""), (@"\;", ""),
        (@"\ ", " "), ("^{\\circ}", ""), ("^\\circ", ""), (@"\$", ""), (@"\degree", ""), ("\u00b0", ""), (@"\mbox", @"\text"),
        (@"\mathrm", @"\text"), (@"\textbf", @"\text"), ("\\\n", " "), ("\n", " "),
    ];

    internal static string Clean(string latex)
    {
        string text = latex.Strip();
        foreach ((string from, string to) in Substitutions)
            text = text.Replace(from, to, StringComparison.Ordinal);
        if (Whole().Match(text) is { Success: true } word)
            return word.Value;
        text = And().Replace(text, ",");
        text = Units().Replace(text, "");
        text = Percent().Replace(text, "/100");
        text = ShortFraction().Replace(text, @"\frac{$1}{$2}");
        text = ShortRoot().Replace(text, @"\sqrt{$1}");
        return text.Strip().TrimEnd('.').Strip();
    }

    /// <summary>Splits a text at separators outside of brackets. Empty parts are left out.</summary>
    internal static string[] Split(string text, string separator)
    {
        var parts = new List<string>();
        int depth = 0, start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };
            bool here = depth == 0 && string.CompareOrdinal(text, i, separator, 0, separator.Length) == 0;
            if (here && separator == "," && i + 3 < text.Length && i > 0 && char.IsAsciiDigit(text[i - 1]) && IsGroupedNumber(text))
                continue;
            int after = i + separator.Length;
            // \in must not match the beginning of \infty, and = must not match the end of <=, >= or !=.
            bool inCommand = separator[0] == '\\' && after < text.Length && char.IsAsciiLetter(text[after]);
            bool inRelation = separator == "=" && i > 0 && text[i - 1] is '<' or '>' or '!';
            if (!here || inCommand || inRelation)
                continue;
            parts.Add(text[start..i]);
            start = i + separator.Length;
            i = start - 1;
        }

        parts.Add(text[start..]);
        return [.. parts.Select(p => p.Strip()).Where(p => p.Length > 0)];
    }

    internal static bool IsGroupedNumber(string text) => Grouped().IsMatch(text);

    internal static string? Enclosed(string text, string open, string close) =>
        text.StartsWith(open, StringComparison.Ordinal)
        && text.EndsWith(close, StringComparison.Ordinal)
        && text.Length >= open.Length + close.Length
            ? text[open.Length..^close.Length]
            : null;

    internal static string? Word(string text)
    {
        if (Whole().Match(text) is { Success: true } word)
            return word.Groups[1].Value.Strip().Trim('(', ')');
        return null;
    }

    /// <summary>Parses a chain of inequalities. The result is null if there is none, or if the directions differ.</summary>
    internal static MathRelation? Relation(string text)
    {
        string[] sides = Inequality().Split(text);
        string[] operators = [.. Inequality().Matches(text).Select(match => match.Value.TrimStart('\\') switch
        {
            "<" => "<",
            "le" or "leq" => "<=",
            ">" => ">",
            _ => ">=",
        })];
        if (operators.Length == 0 || operators.Any(o => o[0] != operators[0][0]))
            return null;
        MathValue[] values = [.. sides.Select(MathValue.Parse)];
        return operators[0][0] == '<'
            ? new MathRelation(operators, values)
            : new MathRelation([.. operators.Reverse().Select(o => o.Replace('>', '<'))], [.. values.Reverse()]);
    }

    internal static Complex Constants(string name) => name switch
    {
        "pi" => Math.PI,
        "e" => Math.E,
        "i" => Complex.ImaginaryOne,
        _ => new Complex(double.NaN, 0),
    };

    [GeneratedRegex(@"\\(?:leq|le|geq|ge)(?![a-zA-Z])|[<>]")]
    private static partial Regex Inequality();

    [GeneratedRegex(@"^\\text\{([^{}]*)\}\.?$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\s*,?\s*\\text\{\s*(?:and|or)\s*\}\s*")]
    private static partial Regex And();

    [GeneratedRegex(@"\\text\{[^{}]*\}(?:\^\{?\d\}?)?")]
    private static partial Regex Units();

    [GeneratedRegex(@"\\?%")]
    private static partial Regex Percent();

    [GeneratedRegex(@"\\frac\s*([0-9a-zA-Z])\s*([0-9a-zA-Z])")]
    private static partial Regex ShortFraction();

    [GeneratedRegex(@"\\sqrt\s*([0-9a-zA-Z])")]
    private static partial Regex ShortRoot();

    [GeneratedRegex(@"^-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?$")]
    private static partial Regex Grouped();
}
