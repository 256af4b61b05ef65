using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Overlap;

/// <summary>The ways in which texts become words before BLEU counts them.</summary>
/// <remarks>Source: NIST's mteval scripts as sacreBLEU has them under the names 13a and intl.</remarks>
internal static partial class BleuTokens
{
    /// <summary>Splits a text at ASCII punctuation, except inside numbers, after the entities of SGML are resolved (mteval-v13a).</summary>
    internal static string[] Western(string text)
    {
        string line = Python.Strip(text, null, left: false, right: true)
            .Replace("<skipped>", "", StringComparison.Ordinal)
            .Replace("-\n", "", StringComparison.Ordinal)
            .Replace('\n', ' ')
            .Replace("&quot;", "\"", StringComparison.Ordinal)
            .Replace("&amp;", "&", StringComparison.Ordinal)
            .Replace("&lt;", "<", StringComparison.Ordinal)
            .Replace("&gt;", ">", StringComparison.Ordinal);
        line = Symbols().Replace($" {line} ", " $1 ");
        line = PointAfterNoDigit().Replace(line, "$1 $2 ");
        line = PointBeforeNoDigit().Replace(line, " $1 $2");
        return NGrams.Words(DashAfterDigit().Replace(line, "$1 $2 "));
    }

    /// <summary>
    /// Splits a text at every symbol, and at every punctuation mark that does not stand between two digits (mteval-v14,
    /// "international"). The end of the text is no neighbour, so that a full stop after a last number stays with it.
    /// </summary>
    internal static string[] International(string text)
    {
        List<Rune> line = [.. Python.Strip(text, null, left: false, right: true).EnumerateRunes()];
        line = Pairs(line, (a, b) => !IsNumber(a) && Rune.IsPunctuation(b), (a, b) => [a, Space, b, Space]);
        line = Pairs(line, (a, b) => Rune.IsPunctuation(a) && !IsNumber(b), (a, b) => [Space, a, Space, b]);
        var separated = new StringBuilder();
        foreach (Rune rune in line)
            separated.Append(Rune.IsSymbol(rune) ? $" {rune} " : rune.ToString());
        return NGrams.Words(separated.ToString());
    }

    private static readonly Rune Space = new(' ');

    private static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;

    /// <summary>Replaces pairs of neighbours from left to right, as a substitution by a regular expression does.</summary>
    private static List<Rune> Pairs(List<Rune> line, Func<Rune, Rune, bool> matches, Func<Rune, Rune, Rune[]> replace)
    {
        var replaced = new List<Rune>(2 * line.Count);
        for (int i = 0; i < line.Count; i++)
        {
            if (i + 1 < line.Count && matches(line[i], line[i + 1]))
                replaced.AddRange(replace(line[i], line[++i]));
            else
                replaced.Add(line[i]);
        }

        return replaced;
    }

    [GeneratedRegex(@"([{-~[-` -&(-+:-@/])")]
    private static partial Regex Symbols();

    [GeneratedRegex(@"([^0-9])([.,])")]
    private static partial Regex PointAfterNoDigit();

    [GeneratedRegex(@"([.,])([^0-9])")]
    private static partial Regex PointBeforeNoDigit();

    [GeneratedRegex(@"([0-9])(-)")]
    private static partial Regex DashAfterDigit();
}
