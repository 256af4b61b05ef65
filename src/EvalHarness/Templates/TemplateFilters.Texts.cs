using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Filters that change texts.</summary>
internal static partial class TemplateFilters
{
    private delegate void Adding(string name, Func<object?, CallArguments, object?> apply, int required = 0, params string[] parameters);

    private static void AddTexts(Adding add, Action<string, Func<object?, CallArguments, object?>> addAny)
    {
        add("string", (value, _) => value is PythonText ? value : Python.Str(value));
        add("trim", (value, a) => Like(value, Trimmed(Python.Str(value), a)), 0, "chars");
        add("lower", (value, _) => Like(value, PythonCase.Lower(Python.Str(value))));
        add("upper", (value, _) => Like(value, PythonCase.Upper(Python.Str(value))));
        add("capitalize", (value, _) => Like(value, PythonCase.Capitalize(Python.Str(value))));
        add("title", (value, _) => TitleCase(Python.Str(value)));
        add("center", (value, a) => TextMethods.Justify(Python.Str(value), "center", Whole(a, 0, "width", 80), " ", a.At), 0, "width");
        add("replace", Replaced, 2, "old", "new", "count");
        add("indent", Indented, 0, "width", "first", "blank");
        add("truncate", Truncated, 0, "length", "killwords", "end", "leeway");
        add("wordcount", (value, _) => Words(Python.Str(value)));
        add("safe", (value, _) => value is PythonText ? value : new PythonText(Python.Str(value)));
        add("escape", (value, _) => value is PythonText ? value : new PythonText(PythonText.Escape(Python.Str(value))));
        add("e", (value, _) => value is PythonText ? value : new PythonText(PythonText.Escape(Python.Str(value))));
        add("forceescape", (value, _) => new PythonText(PythonText.Escape(Python.Str(value))));
        add("striptags", (value, _) => WithoutTags(Python.Str(value)));
        add("urlencode", UrlEncoded);
        add("xmlattr", XmlAttributes, 0, "autospace");
        addAny("format", Formatted);
        add(
            "regex_replace",
            (value, a) => RegexReplace(Python.Str(value), a.Get(0, "pattern", null), a.Get(1, "repl", null), a.Get(2, "count", 0L), a.At),
            0,
            "pattern",
            "repl",
            "count");
    }

    /// <summary>A text that is marked as HTML if the value it is made of is.</summary>
    private static object Like(object? value, string text) => value is PythonText ? new PythonText(text) : text;

    private static string Trimmed(string text, CallArguments arguments)
    {
        object? characters = arguments.Get(0, "chars", null);
        return characters is null || Values.AsText(characters) is not null
            ? Python.Strip(text, Values.AsText(characters), left: true, right: true)
            : throw arguments.At.Error($"trim got {Python.TypeName(characters)}; expected the characters to remove");
    }

    private static long Whole(CallArguments arguments, int i, string name, long otherwise) => arguments.Get(i, name, otherwise) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        var other => throw arguments.At.Error($"'{name}' is {Python.TypeName(other)}; expected an integer"),
    };

    private static string Replaced(object? value, CallArguments arguments)
    {
        long limit = arguments.Get(2, "count", null) is long n ? n : -1;
        return TextMethods.Replace(
            Python.Str(value), Python.Str(arguments.Get(0, "old", "")), Python.Str(arguments.Get(1, "new", "")), limit);
    }

    /// <summary>
    /// Jinja's filter <c>title</c>: in every word, the first letter becomes upper case and the others lower case. Whitespace, hyphens and
    /// opening brackets separate words.
    /// </summary>
    private static string TitleCase(string text) => string.Concat(WordBreaks().Split(text).Select(word =>
    {
        int first = word.Length > 1 && char.IsSurrogatePair(word, 0) ? 2 : Math.Min(1, word.Length);
        return PythonCase.Upper(word[..first]) + PythonCase.Lower(word[first..]);
    }));

    /// <summary>How many runs of letters, digits and underscores a text has.</summary>
    private static long Words(string text)
    {
        long words = 0;
        bool inWord = false;
        foreach (Rune character in text.EnumerateRunes())
        {
            bool belongs = character.Value == '_' || PythonCharacters.Is(character, CharacterProperties.AlphaNumeric);
            words += belongs && !inWord ? 1 : 0;
            inWord = belongs;
        }

        return words;
    }

    private static string Indented(object? value, CallArguments arguments)
    {
        string text = Values.AsText(value) ?? throw arguments.At.Error($"indent is applied to {Python.TypeName(value)}; expected a string");
        string indention = arguments.Get(0, "width", 4L) switch
        {
            string given => given,
            long width and <= 10_000 => new string(' ', (int)Math.Max(0, width)),
            _ => throw arguments.At.Error("indent expects a number of spaces up to 10000, or a text"),
        };
        bool blank = Python.IsTrue(arguments.Get(2, "blank", false)), first = Python.IsTrue(arguments.Get(1, "first", false));
        IEnumerable<string> lines = TextMethods.SplitLines(text + "\n", keepEnds: false)
            .Select((line, i) => i == 0 || (!blank && line is "") ? (string)line! : indention + line);
        return (first ? indention : "") + TextMethods.Joined("\n", lines);
    }

    private static object? Truncated(object? value, CallArguments arguments)
    {
        if (value is Undefined)
            return value;
        string text = Values.AsText(value)
            ?? throw arguments.At.Error($"truncate is applied to {Python.TypeName(value)}; expected a string");
        string end = Values.AsText(arguments.Get(2, "end", "...")) ?? throw arguments.At.Error("truncate expects a text as end");
        string[] characters = Evaluator.CodePoints(text);
        long length = Whole(arguments, 0, "length", 255);
        long leeway = arguments.Get(3, "leeway", null) is null ? 5 : Whole(arguments, 3, "leeway", 5);
        int ending = end.EnumerateRunes().Count();
        if (length < ending || leeway < 0)
            throw arguments.At.Error($"truncate to {length} characters, of which {ending} are the end, with a leeway of {leeway}");
        if (characters.Length - leeway <= length)
            return value;
        string kept = string.Concat(characters.Take((int)(length - ending)));
        int space = kept.LastIndexOf(' ');
        return (Python.IsTrue(arguments.Get(1, "killwords", false)) || space < 0 ? kept : kept[..space]) + end;
    }

    private static string Formatted(object? value, CallArguments arguments)
    {
        if (arguments.Positional.Count > 0 && arguments.Named.Count > 0)
            throw arguments.At.Error("format takes arguments with names or without, not both");
        return arguments.Named.Count > 0
            ? Arithmetic.Percent(Python.Str(value), arguments.Named)
            : Arithmetic.Percent(Python.Str(value), PythonSequence.Tuple(arguments.Positional));
    }

    /// <summary>The filter <c>regex_replace</c> of lm-evaluation-harness, which calls Python's <c>re.sub</c>.</summary>
    private static string RegexReplace(string text, object? pattern, object? replacement, object? count, Position at)
    {
        if (pattern is not string expression || replacement is not string by || count is not long limit)
            throw at.Error("regex_replace expects a pattern, a replacement and an optional count");
        Regex regex = PythonRegex.Compile(expression, "regex_replace");
        return regex.Replace(text, match => PythonRegex.Expand(by, match), limit == 0 ? -1 : (int)Math.Min(limit, int.MaxValue));
    }

    private static string WithoutTags(string text)
    {
        string plain = Tag().Replace(Comment().Replace(text, ""), "");
        string[] words = plain.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
        return System.Net.WebUtility.HtmlDecode(string.Join(' ', words));
    }

    private static string UrlEncoded(object? value, CallArguments arguments)
    {
        if (Values.AsText(value) is not null || !Values.IsIterable(value))
            return Quoted(Python.Str(value), "/");
        IEnumerable<(object? Key, object? Value)> pairs = Values.IsMap(value)
            ? Values.Members(value).Select(m => (m.Key, m.Value))
            : Values.Items(value, arguments.At).Select(p => Items(p, arguments.At) is [var key, var of]
                ? (key, of)
                : throw arguments.At.Error("urlencode expects a text, a map or pairs"));
        string Part(object? part) => Quoted(Python.Str(part), "").Replace("%20", "+", StringComparison.Ordinal);
        return TextMethods.Joined("&", pairs.Select(p => $"{Part(p.Key)}={Part(p.Value)}"));
    }

    private static string Quoted(string text, string safe)
    {
        var quoted = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            _ = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || safe.Contains(c, StringComparison.Ordinal)
                ? quoted.Append(c)
                : quoted.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return quoted.ToString();
    }

    private static string XmlAttributes(object? value, CallArguments arguments)
    {
        if (!Values.IsMap(value))
            throw arguments.At.Error($"xmlattr is applied to {Python.TypeName(value)}; expected a map");
        var attributes = new List<string>();
        foreach ((object? key, object? of) in Values.Members(value))
        {
            if (of is null or Undefined)
                continue;
            string name = Python.Str(key);
            if (name.Any(c => c is ' ' or '\t' or '\n' or '\r' or '\f' or '\v' or '/' or '>' or '='))
                throw arguments.At.Error($"{Python.Quote(name)} is no name of an attribute");
            attributes.Add($"{PythonText.Escape(name)}=\"{(of is PythonText marked ? marked.Text : PythonText.Escape(Python.Str(of)))}\"");
        }

        string text = string.Join(' ', attributes);
        return text.Length > 0 && Python.IsTrue(arguments.Get(0, "autospace", true)) ? " " + text : text;
    }

    [GeneratedRegex(@"([-\s\x1c-\x1f({\[<]+)")]
    private static partial Regex WordBreaks();

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("<.*?>", RegexOptions.Singleline)]
    private static partial Regex Tag();
}
