using System.Text.RegularExpressions;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>A token of a LaTeX formula.</summary>
/// <param name="Kind">
/// The kind of token: letter, digit, symbol, differential, quotes or unknown. All other tokens have their text as their kind.
/// </param>
/// <param name="Text">The token as written.</param>
internal readonly record struct LatexToken(string Kind, string Text);

/// <summary>A text is not a formula that can be compared. The parser of lm-evaluation-harness rejects it too.</summary>
internal sealed class LatexException(string message) : Exception(message)
{
    /// <summary>
    /// Whether the text is a formula that has no value here, although lm-evaluation-harness gives it one. It is an answer all the same.
    /// </summary>
    internal bool IsFormula { get; init; }
}

/// <summary>Splits LaTeX into tokens by longest match. Commands for spacing and size are left out.</summary>
/// <remarks>Source: the lexer rules of SymPy's LaTeX grammar (parse_latex).</remarks>
internal static partial class LatexLexer
{
    private static readonly HashSet<string> Skipped =
    [
        @"\,", @"\thinspace", @"\:", @"\medspace", @"\;", @"\thickspace", @"\quad", @"\qquad", @"\!", @"\negthinspace",
        @"\negmedspace", @"\negthickspace", @"\left", @"\right", @"\vrule", @"\vcenter", @"\vbox", @"\vskip", @"\vspace", @"\hfil",
        @"\*", @"\-", @"\.", @"\/", "\\\"", @"\(", @"\=",
    ];

    private static readonly Dictionary<string, string> Same = new()
    {
        [@"\dfrac"] = @"\frac",
        [@"\tfrac"] = @"\frac",
        [@"\dbinom"] = @"\binom",
        [@"\tbinom"] = @"\binom",
        [@"\times"] = "*",
        [@"\cdot"] = "*",
        [@"\div"] = "/",
        [":"] = "/",
        [@"\leq"] = "<=",
        [@"\le"] = "<=",
        [@"\leqq"] = "<=",
        [@"\leqslant"] = "<=",
        [@"\geq"] = ">=",
        [@"\ge"] = ">=",
        [@"\geqq"] = ">=",
        [@"\geqslant"] = ">=",
        [@"\neq"] = "!=",
    };

    /// <summary>The commands that have their own meaning in the grammar. All other commands are symbols.</summary>
    private static readonly HashSet<string> Commands =
    [
        @"\frac", @"\binom", @"\sqrt", @"\overline", @"\mathit", @"\lfloor", @"\rfloor", @"\lceil", @"\rceil", @"\langle",
        @"\rangle", @"\lim", @"\int", @"\sum", @"\prod", @"\to", @"\rightarrow", @"\Rightarrow", @"\longrightarrow",
        @"\Longrightarrow", @"\exp", @"\log", @"\lg", @"\ln", @"\sin", @"\cos", @"\tan", @"\csc", @"\sec", @"\cot", @"\arcsin",
        @"\arccos", @"\arctan", @"\arccsc", @"\arcsec", @"\arccot", @"\sinh", @"\cosh", @"\tanh", @"\arsinh", @"\arcosh", @"\artanh",
    ];

    internal static List<LatexToken> Read(string text)
    {
        var tokens = new List<LatexToken>();
        foreach (Match match in Token().Matches(text))
        {
            string found = match.Value;
            if (string.IsNullOrWhiteSpace(found) || Skipped.Contains(found))
                continue;
            string kind = Same.GetValueOrDefault(found, found);
            tokens.Add(new LatexToken(Kind(match, kind), found));
        }

        return tokens;
    }

    private static string Kind(Match match, string text) => text switch
    {
        [>= '0' and <= '9'] => "digit",
        _ when match.Groups["differential"].Success => "differential",
        [(>= 'a' and <= 'z') or (>= 'A' and <= 'Z')] => "letter",
        ['\'', ..] => "quotes",
        ['\\', (>= 'a' and <= 'z') or (>= 'A' and <= 'Z'), ..]
            when !Commands.Contains(text) && text is not (@"\left|" or @"\right|") => "symbol",
        _ when match.Groups["other"].Success => "unknown",
        _ => text,
    };

    [GeneratedRegex(
        @"[ \t\r\n]+|\\left\||\\right\||\\[a-zA-Z]+|\\[,:;!*\-./""(={}]|(?<differential>d[ \t\r\n]*(?:[a-zA-Z]|\\[a-zA-Z]+))"
        + @"|'+|[0-9a-zA-Z+\-*/(){}\[\]|_^:=<>!,.&]|(?<other>[\s\S])")]
    private static partial Regex Token();
}
