using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Splits the text of an answer at signs that stand outside all brackets.</summary>
internal static class AnswerSplitting
{
    /// <summary>The signs between the sides of a relation. Where two begin alike, the longer one comes first.</summary>
    internal static readonly string[] Relations =
    [
        "!=", "<=", ">=", "==", "~=", "=", "<", ">", @"\leqslant", @"\geqslant", @"\approx", @"\equiv", @"\leq", @"\geq", @"\neq",
        @"\le", @"\ge", @"\ne", @"\lt", @"\gt", @"\in", "≤", "≦", "≥", "≧", "≠", "≈", "≡", "≅", "≃",
    ];

    internal static bool Contains(string text, string[] signs) => Find(text, 0, signs) is not null;

    /// <returns>The parts between the signs; the whole text if it has none of them.</returns>
    internal static string[] At(string text, string[] signs)
    {
        var parts = new List<string>();
        int start = 0;
        while (Find(text, start, signs) is var (at, sign))
        {
            parts.Add(text[start..at]);
            start = at + sign.Length;
        }

        parts.Add(text[start..]);
        return [.. parts];
    }

    /// <returns>What stands before and after the first sign, or null if there is none.</returns>
    internal static (string Before, string Sign, string After)? First(string text, string[] signs) =>
        Find(text, 0, signs) is var (at, sign) ? (text[..at].Strip(), sign, text[(at + sign.Length)..].Strip()) : null;

    /// <returns>The sides of a relation, each with the sign before it. The first has none.</returns>
    internal static List<(string Operator, string Side)> Sides(string text)
    {
        var sides = new List<(string, string)>();
        string before = "";
        int start = 0;
        while (Find(text, start, Relations) is var (at, sign))
        {
            sides.Add((before, text[start..at]));
            (before, start) = (sign, at + sign.Length);
        }

        sides.Add((before, text[start..]));
        return sides;
    }

    /// <returns>The text between two brackets if they belong together and enclose all of it, otherwise null.</returns>
    internal static string? Enclosed(string text, string open, string close)
    {
        text = text.Strip();
        if (text.Length < open.Length + close.Length
            || !text.StartsWith(open, StringComparison.Ordinal)
            || !text.EndsWith(close, StringComparison.Ordinal))
            return null;
        string inner = text[open.Length..^close.Length];
        return inner.EndsWith('\\') && close[0] != '\\' ? null : IsBalanced(inner) ? inner : null;
    }

    /// <returns>A text between round or square brackets of any kinds, or null.</returns>
    internal static (char Open, string Inner, char Close)? Outer(string text) =>
        text is [('(' or '[') and var open, .., (')' or ']') and var close] && IsBalanced(text[1..^1]) ? (open, text[1..^1], close) : null;

    private static int Depth(char c) => c switch { '(' or '[' or '{' => 1, ')' or ']' or '}' => -1, _ => 0 };

    private static bool IsBalanced(string text)
    {
        int depth = 0;
        foreach (char c in text)
        {
            depth += Depth(c);
            if (depth < 0)
                return false;
        }

        return depth == 0;
    }

    private static (int At, string Sign)? Find(string text, int start, string[] signs)
    {
        const string begin = @"\begin", end = @"\end";
        int depth = 0;
        for (int i = start; i < text.Length; i++)
        {
            depth += Depth(text[i]);
            // What is between \begin and \end is inside brackets, too.
            if (IsAt(text, i, begin))
                depth++;
            else if (IsAt(text, i, end))
                depth--;
            if (depth == 0 && signs.FirstOrDefault(sign => IsAt(text, i, sign)) is { } found)
                return (i, found);
        }

        return null;
    }

    /// <summary>Says whether a sign stands at a place. A command such as \in is not the beginning of a longer one such as \infty.</summary>
    private static bool IsAt(string text, int i, string sign)
    {
        if (string.CompareOrdinal(text, i, sign, 0, sign.Length) != 0)
            return false;
        int after = i + sign.Length;
        return sign[0] != '\\' || after >= text.Length || !char.IsAsciiLetter(text[after]);
    }
}
