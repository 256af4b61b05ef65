using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;
using EvalHarness.Tasks.Functions.Languages;
using EvalHarness.Tasks.Functions.Nltk;

namespace EvalHarness.Tasks.Functions;

/// <summary>Checks whether a response follows an instruction of IFEval.</summary>
/// <remarks>Source: the same as <see cref="IfEval"/>, and the behaviour of ifeval/instructions.py.</remarks>
internal static partial class InstructionChecks
{
    private const string LessThan = "less than";

    /// <param name="id">The id of the instruction in the dataset.</param>
    /// <param name="given">
    /// The arguments of the instruction. lm-evaluation-harness draws a missing argument at random, which a score must not depend on, so
    /// it is an error here.
    /// </param>
    /// <returns>A function that says whether a response follows the instruction.</returns>
    /// <exception cref="FunctionException">The instruction is not known, or it lacks an argument.</exception>
    internal static Func<string, bool> Create(string id, IReadOnlyDictionary<string, object?> given)
    {
        T Take<T>(string name) => given.GetValueOrDefault(name) is T value
            ? value
            : throw new FunctionException($"instruction {id} lacks its argument {name}");
        long Count(string name) => given.GetValueOrDefault(name) switch
        {
            long number => number,
            double number => (long)number,
            _ => throw new FunctionException($"instruction {id} lacks its argument {name}"),
        };
        Func<string, bool> Counted(string relation, string threshold, Func<string, int> count) => Take<string>(relation) == LessThan
            ? text => count(text) < Count(threshold)
            : text => count(text) >= Count(threshold);
        Regex[] Patterns(string name, Func<string, string> pattern) =>
            [.. Take<IReadOnlyList<object?>>(name).Select(k => Pattern(pattern(Python.Str(k)), RegexOptions.IgnoreCase))];
        Regex Pattern(string pattern, RegexOptions options = RegexOptions.None) => PythonRegex.Compile(pattern, id, options);

        switch (id)
        {
            case "keywords:existence":
                Regex[] wanted = Patterns("keywords", k => k);
                return text => wanted.All(w => w.IsMatch(text));
            case "keywords:forbidden_words":
                Regex[] forbidden = Patterns("forbidden_words", k => $@"\b{k}\b");
                return text => !forbidden.Any(f => f.IsMatch(text));
            case "keywords:frequency":
                Regex keyword = Pattern(Take<string>("keyword").Strip(), RegexOptions.IgnoreCase);
                return Counted("relation", "frequency", text => keyword.Count(text));
            case "keywords:letter_frequency":
                string letter = Take<string>("letter").Strip().Lower();
                return Counted(
                    "let_relation",
                    "let_frequency",
                    text => text.Lower().Count(c => letter.Length == 1 && c == letter[0]));
            case "language:response_language":
                string language = Take<string>("language");
                return text => IsIn(text, language);
            case "length_constraints:number_sentences":
                return Counted("relation", "num_sentences", text => new Punkt(PunktModel.English).Split(text).Count);
            case "length_constraints:number_paragraphs":
                return text => Paragraphs(text) == Count("num_paragraphs");
            case "length_constraints:number_words":
                Regex word = Pattern(@"\w+");
                return Counted("relation", "num_words", text => word.Count(text));
            case "length_constraints:nth_paragraph_first_word":
                return text => FirstWord(
                    text, Count("num_paragraphs"), Count("nth_paragraph"), Take<string>("first_word").Lower());
            case "detectable_content:number_placeholders":
                return text => Placeholder().Count(text) >= Count("num_placeholders");
            case "detectable_content:postscript":
                string marker = Take<string>("postscript_marker").Strip();
                string postscriptPattern = marker switch
                {
                    "P.P.S" => @"\s*p\.\s?p\.\s?s.*$",
                    "P.S." => @"\s*p\.\s?s\..*$",
                    _ => $@"\s*{marker.Lower()}.*$",
                };
                Regex postscript = Pattern(postscriptPattern, RegexOptions.Multiline);
                return text => postscript.IsMatch(text.Lower());
            case "detectable_format:number_bullet_lists":
                return text => Asterisks().Count(text) + Dashes().Count(text) == Count("num_bullets");
            case "detectable_format:constrained_response":
                return text => text.Contains("My answer is yes.", StringComparison.Ordinal)
                    || text.Contains("My answer is no.", StringComparison.Ordinal)
                    || text.Contains("My answer is maybe.", StringComparison.Ordinal);
            case "detectable_format:number_highlighted_sections":
                return text => Highlights(text) >= Count("num_highlights");
            case "detectable_format:multiple_sections":
                Regex section = Pattern($@"\s?{Take<string>("section_spliter").Strip()}\s?\d+\s?");
                return text => section.Count(text) >= Count("num_sections");
            case "detectable_format:json_format":
                return IsJson;
            case "detectable_format:title":
                return text => Title().Matches(text).Any(title => title.Value.TrimStart('<').TrimEnd('>').Strip().Length > 0);
            case "combination:two_responses":
                return TwoResponses;
            case "combination:repeat_prompt":
                string prompt = Take<string>("prompt_to_repeat").Strip().Lower();
                return text => text.Strip().Lower().StartsWith(prompt, StringComparison.Ordinal);
            case "startend:end_checker":
                string ending = Take<string>("end_phrase").Strip().Lower();
                return text => text.Strip().Trim('"').Lower().EndsWith(ending, StringComparison.Ordinal);
            case "startend:quotation":
                return text => text.Strip() is ['"', .., '"'];
            case "change_case:capital_word_frequency":
                return Counted("capital_relation", "capital_frequency", text => new Punkt(PunktModel.English)
                    .Split(text)
                    .SelectMany(WordTokenizer.Split)
                    .Count(IsUpper));
            case "change_case:english_capital":
                return text => IsUpper(text) && IsIn(text, "en");
            case "change_case:english_lowercase":
                return text => IsLower(text) && IsIn(text, "en");
            case "punctuation:no_comma":
                return text => !text.Contains(',', StringComparison.Ordinal);
            default:
                throw new FunctionException($"instruction {id} is not known");
        }
    }

    /// <summary>
    /// Says whether a text is in a language. As in lm-evaluation-harness, a text without letters is in every language.
    /// </summary>
    private static bool IsIn(string text, string language) =>
        (new LanguageDetector(LanguageProfiles.Installed).Detect(text) ?? language) == language;

    private static int Paragraphs(string text)
    {
        string[] parts = Divider().Split(text);
        int count = parts.Length;
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i].Strip().Length > 0)
                continue;
            // With an empty paragraph between others, the response fails whatever number is asked for.
            if (i > 0 && i < parts.Length - 1)
                return -1;
            count--;
        }

        return count;
    }

    private static bool FirstWord(string text, long wanted, long nth, string first)
    {
        string[] paragraphs = text.Split("\n\n");
        int count = paragraphs.Count(p => p.Strip().Length > 0);
        if (nth > count || paragraphs[nth - 1].Strip() is not { Length: > 0 } paragraph)
            return false;
        string word = paragraph.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0].Strip().TrimStart('\'').TrimStart('"');
        int end = word.IndexOfAny(['.', ',', '?', '!', '\'', '"']);
        return count == wanted && (end < 0 ? word : word[..end]).Equals(first, StringComparison.OrdinalIgnoreCase);
    }

    private static int Highlights(string text) =>
        Single().Matches(text).Count(h => h.Value.Trim('*').Strip().Length > 0)
        + Double().Matches(text).Count(h => h.Value[2..^2].Strip().Length > 0);

    private static bool IsJson(string text)
    {
        text = text.Strip();
        foreach (string fence in (string[])["```json", "```Json", "```JSON", "```"])
            text = text.StartsWith(fence, StringComparison.Ordinal) ? text[fence.Length..] : text;
        text = (text.EndsWith("```", StringComparison.Ordinal) ? text[..^3] : text).Strip();
        try
        {
            // Python's parser also accepts NaN and Infinity.
            JsonDocument.Parse(NotNumbers().Replace(text, "0")).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TwoResponses(string text)
    {
        string[] parts = text.Split("******");
        if (parts.Where((part, i) => i > 0 && i < parts.Length - 1 && part.Strip().Length == 0).Any())
            return false;
        string[] responses = [.. parts.Select(part => part.Strip()).Where(part => part.Length > 0)];
        return responses.Length == 2 && responses[0] != responses[1];
    }

    /// <summary>Has the meaning of Python's <c>isupper</c>: there is an upper-case letter, and no lower-case or title-case one.</summary>
    private static bool IsUpper(string text) => text.Any(char.IsUpper) && !text.Any(c => char.IsLower(c) || IsTitleCase(c));

    private static bool IsLower(string text) => text.Any(char.IsLower) && !text.Any(c => char.IsUpper(c) || IsTitleCase(c));

    private static bool IsTitleCase(char c) => char.GetUnicodeCategory(c) == UnicodeCategory.TitlecaseLetter;

    [GeneratedRegex(@"\[.*?\]")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^\s*\*[^\*].*$", RegexOptions.Multiline)]
    private static partial Regex Asterisks();

    [GeneratedRegex(@"^\s*-.*$", RegexOptions.Multiline)]
    private static partial Regex Dashes();

    [GeneratedRegex(@"\*[^\n\*]*\*")]
    private static partial Regex Single();

    [GeneratedRegex(@"\*\*[^\n\*]*\*\*")]
    private static partial Regex Double();

    [GeneratedRegex(@"<<[^\n]+>>")]
    private static partial Regex Title();

    [GeneratedRegex(@"\s?\*\*\*\s?")]
    private static partial Regex Divider();

    [GeneratedRegex(@"(?<![\w""])-?(?:NaN|Infinity)(?![\w""])")]
    private static partial Regex NotNumbers();
}
