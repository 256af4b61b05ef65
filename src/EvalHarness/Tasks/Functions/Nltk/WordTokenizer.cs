using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Nltk;

/// <summary>Splits a sentence into words as in the Penn Treebank, where punctuation and clitics are separate words.</summary>
/// <remarks>Source: the Penn Treebank's tokenizer.sed (Robert MacIntyre), with the changes of NLTK's NLTKWordTokenizer.</remarks>
internal static class WordTokenizer
{
    private static readonly (Regex Pattern, string To)[] Before = [.. Compile(
        ("([«“‘„]|[`]+)", " $1 "),
        ("^\"", "``"),
        ("(``)", " $1 "),
        ("([ ([{<])(\"|'{2})", "$1 `` "),
        (@"(?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b", "$1 $2"),
        (@"([^.])(\.)([\])}>""'»”’ ]*)\s*$", "$1 $2 $3 "),
        (@"([:,])([^\d])", " $1 $2"),
        ("([:,])$", " $1 "),
        (@"(\.{2,})", " $1 "),
        ("([;@#$%&])", " $1 "),
        (@"([^.])(\.)([\])}>""']*)\s*$", "$1 $2$3 "),
        ("([?!])", " $1 "),
        ("([^'])' ", "$1 ' "),
        ("([*])", " $1 "),
        (@"([\]\[(){}<>])", " $1 "),
        ("(--)", " $1 "))];

    private static readonly (Regex Pattern, string To)[] After = [.. Compile(
        ("([»”’])", " $1 "),
        ("('')", " $1 "),
        ("\"", " '' "),
        ("([^' ])('[sS]|'[mM]|'[dD]|') ", "$1 $2 "),
        ("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
        (@"(?i)\b(can)(not)\b", " $1 $2 "),
        (@"(?i)\b(d)('ye)\b", " $1 $2 "),
        (@"(?i)\b(gim)(me)\b", " $1 $2 "),
        (@"(?i)\b(gon)(na)\b", " $1 $2 "),
        (@"(?i)\b(got)(ta)\b", " $1 $2 "),
        (@"(?i)\b(lem)(me)\b", " $1 $2 "),
        (@"(?i)\b(more)('n)\b", " $1 $2 "),
        (@"(?i)\b(wan)(na)(?=\s)", " $1 $2 "),
        (@"(?i) ('t)(is)\b", " $1 $2 "),
        (@"(?i) ('t)(was)\b", " $1 $2 "))];

    internal static string[] Split(string sentence)
    {
        foreach ((Regex pattern, string to) in Before)
            sentence = pattern.Replace(sentence, to);
        sentence = $" {sentence} ";
        foreach ((Regex pattern, string to) in After)
            sentence = pattern.Replace(sentence, to);
        return [.. sentence.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
    }

    private static IEnumerable<(Regex, string)> Compile(params (string Pattern, string To)[] rules) =>
        rules.Select(rule => (PythonRegex.Compile(rule.Pattern, "nltk"), rule.To));
}
