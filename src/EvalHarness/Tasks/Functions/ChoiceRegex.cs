using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Extracts a lettered choice from an answer: by a pattern, or else by the text of a choice, or else by a letter after a colon. The
/// built-in filter multi_choice_regex and the filter of BIG-Bench Hard share it. They find the choices of a document in different places.
/// </summary>
/// <remarks>Source: the behaviour of lm-evaluation-harness's MultiChoiceRegexFilter.</remarks>
internal static class ChoiceRegex
{
    internal const string DefaultPattern = @"#### (\-?[0-9\.\,]+)";
    internal const string DefaultFallback = "[invalid]";

    /// <param name="options">The options of the filter.</param>
    /// <param name="choices">Returns the texts of a document's choices.</param>
    internal static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Create(
        FunctionOptions options, Func<Document, IReadOnlyList<string>> choices)
    {
        Regex pattern = PythonRegex.Compile(options.Text("regex_pattern", DefaultPattern), options.Where);
        int select = options.Integer("group_select", 0);
        string fallback = options.Text("fallback", DefaultFallback), where = options.Where;
        Func<string, string> normalise = Normalisation(options);
        return (responses, document) =>
        {
            var letters = new OrderedDictionary<string, string>();
            foreach ((string choice, int i) in choices(document).Select((choice, i) => (normalise(choice), i)))
                letters[choice] = Letter(i);
            int count = choices(document).Count;
            Regex texts = PythonRegex.Compile(string.Join('|', choices(document).Select(c => PythonRegex.Escape(normalise(c)))), where);
            string alternatives = string.Join('|', Enumerable.Range(0, count).Select(i => (char)('A' + i)));
            Regex afterColon = PythonRegex.Compile($@":[\s]*({alternatives})", where);
            return [.. responses.Select(response =>
                NotEmpty(PythonRegex.Select(pattern, response, select))
                ?? (NotEmpty(PythonRegex.Select(texts, normalise(response), select)) is { } text
                    ? letters.GetValueOrDefault(text, text)
                    : null)
                ?? (NotEmpty(PythonRegex.Select(afterColon, response, select)) is { } letter ? $"({letter})" : null)
                ?? fallback)];
        };
    }

    private static string Letter(int i) => $"({(char)('A' + i)})";

    private static string? NotEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    /// <summary>
    /// Returns a function that applies regexes_to_ignore, ignore_case and ignore_punctuation in this order. Punctuation is every character
    /// of Unicode's categories P.
    /// </summary>
    internal static Func<string, string> Normalisation(FunctionOptions options)
    {
        Regex[] ignored = [.. options.List("regexes_to_ignore").Select(p => PythonRegex.Compile(Python.Str(p), options.Where))];
        bool ignoreCase = options.Flag("ignore_case"), ignorePunctuation = options.Flag("ignore_punctuation");
        return text =>
        {
            foreach (Regex regex in ignored)
                text = regex.Replace(text, "");
            if (ignoreCase)
                text = text.Lower();
            return ignorePunctuation
                ? string.Concat(text.EnumerateRunes().Where(r => !IsPunctuation(r)).Select(r => r.ToString()))
                : text;
        };
    }

    private static bool IsPunctuation(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
        or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation
        or UnicodeCategory.OtherPunctuation;
}
