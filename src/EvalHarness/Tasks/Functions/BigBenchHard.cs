using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions;

/// <summary>
/// Equivalents of bbh/zeroshot/utils.py and bbh/cot_zeroshot/utils.py: filters that extract answers of various forms.
/// </summary>
internal static partial class BigBenchHard
{
    internal static Dictionary<string, TaskFunction> Functions { get; } = ((string[])["bbh/zeroshot", "bbh/cot_zeroshot"])
        .SelectMany(folder => new Dictionary<string, TaskFunction>
        {
            [$"{folder}/utils.MapRegexFilter"] = new AnswersFunction(Mapping),
            [$"{folder}/utils.MultiChoiceRegexFilter"] = new AnswersFunction(options => ChoiceRegex.Create(options, InputChoices)),
            [$"{folder}/utils.NumberParseRegexFilter"] = new AnswersFunction(Numbers),
            [$"{folder}/utils.WordSortFilter"] = new AnswersFunction(SortedWords),
        })
        .ToDictionary();

    /// <summary>Returns the choices that are written into the question as "(A) text".</summary>
    private static IReadOnlyList<string> InputChoices(Document document) =>
        [.. Choice().Matches(document.Text("input")).Select(match => match.Groups[1].Value.Strip())];

    /// <summary>
    /// Replaces an answer by the value of the pattern that it matches. One regex of all patterns finds the place, and the single
    /// patterns then tell which of them matches there.
    /// </summary>
    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Mapping(FunctionOptions options)
    {
        IReadOnlyDictionary<string, object?> values = options.Map("regex_pattern_to_value");
        Regex any = PythonRegex.Compile(string.Join('|', values.Keys), options.Where);
        (Regex Pattern, string Value)[] each = [.. values.Select(v => (PythonRegex.Compile(v.Key, options.Where), Python.Str(v.Value)))];
        int select = options.Integer("group_select", 0);
        string fallback = options.Text("fallback", ChoiceRegex.DefaultFallback);
        Func<string, string> normalise = ChoiceRegex.Normalisation(options);
        return (responses, _) => [.. responses.Select(response =>
        {
            string? whole = PythonRegex.Select(any, normalise(response), select);
            return string.IsNullOrEmpty(whole) ? fallback
                : each.FirstOrDefault(e => !string.IsNullOrEmpty(PythonRegex.Select(e.Pattern, normalise(whole), select))).Value
                    ?? fallback;
        })];
    }

    /// <summary>Extracts a number in digits, or in words if there are no digits.</summary>
    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> Numbers(FunctionOptions options)
    {
        Regex pattern = PythonRegex.Compile(options.Text("regex_pattern", ChoiceRegex.DefaultPattern), options.Where);
        int select = options.Integer("group_select", 0);
        string fallback = options.Text("fallback", ChoiceRegex.DefaultFallback);
        _ = ChoiceRegex.Normalisation(options);
        return (responses, _) => [.. responses.Select(response =>
        {
            if (PythonRegex.Select(pattern, response, select) is { Length: > 0 } digits)
                return digits;
            return PythonRegex.Select(NumberWords.Pattern, response.Lower(), select) is { Length: > 0 } words
                ? NumberWords.Parse(words)
                : fallback;
        })];
    }

    /// <summary>Extracts the words of the question's list in the order in which the answer mentions them last.</summary>
    private static Func<IReadOnlyList<string>, Document, IReadOnlyList<string>> SortedWords(FunctionOptions options)
    {
        string where = options.Where;
        return (responses, document) =>
        {
            string[] parts = document.Text("input").Split("List:");
            if (parts.Length < 2)
                throw new FunctionException("column input has no 'List:'; expected it to be followed by the words to sort");
            string[] words = parts[1].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            Regex any = PythonRegex.Compile(string.Join('|', words.Select(word => $@"\b{word}\b")), where);
            return [.. responses.Select(response =>
            {
                IEnumerable<string> found = PythonRegex.FindAll(any, response).Select(match => match[0]).Reverse().Distinct().Reverse();
                return string.Join(' ', found);
            })];
        };
    }

    [GeneratedRegex(@"\([A-Z]\)([^\n^(]*)")]
    private static partial Regex Choice();
}
