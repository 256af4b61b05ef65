using System.Diagnostics;
using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings.</summary>
/// <remarks>Source: the Python 3 library reference, "String Methods".</remarks>
internal static partial class TextMethods
{
    internal static IReadOnlySet<string> Names { get; } = new HashSet<string>
    {
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "replace", "capitalize", "upper", "lower", "title", "index",
        "rindex", "find", "rfind", "startswith", "endswith", "format", "format_map", "join", "count", "isdigit", "isdecimal", "isnumeric",
        "isalpha", "isalnum", "isspace", "isupper", "islower", "istitle", "isascii", "isidentifier", "isprintable", "removeprefix",
        "removesuffix", "zfill", "ljust", "rjust", "center", "partition", "rpartition", "swapcase", "casefold", "expandtabs",
        "encode", "translate",
    };

    internal static object Call(string text, string method, CallArguments arguments)
    {
        Position at = arguments.At;
        string Text(int i) => OptionalText(i) ?? throw Expected("a string", i);
        string? OptionalText(int i) => arguments.Positional.ElementAtOrDefault(i) switch
        {
            null => null,
            var value => Values.AsText(value) ?? throw Expected("a string", i),
        };
        long Number(int i, string name, long otherwise) => arguments.Get(i, name, otherwise) switch
        {
            long number => number,
            bool flag => flag ? 1 : 0,
            _ => throw Expected("an integer", i),
        };
        TemplateException Expected(string what, int i) => at.Error($"str.{method} expects {what} as argument {i + 1}");

        switch (method)
        {
            case "strip": return Python.Strip(text, OptionalText(0), left: true, right: true);
            case "lstrip": return Python.Strip(text, OptionalText(0), left: true, right: false);
            case "rstrip": return Python.Strip(text, OptionalText(0), left: false, right: true);
            case "upper": return text.ToUpperInvariant();
            case "lower" or "casefold": return text.ToLowerInvariant();
            case "capitalize": return Capitalize(text);
            case "title": return Title(text);
            case "swapcase": return string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)));
            case "replace": return Replace(text, Text(0), Text(1), Number(2, "count", -1));
            case "removeprefix": return text.StartsWith(Text(0), StringComparison.Ordinal) ? text[Text(0).Length..] : text;
            case "removesuffix":
                return Text(0).Length > 0 && text.EndsWith(Text(0), StringComparison.Ordinal) ? text[..^Text(0).Length] : text;
            case "zfill": return ZeroFill(text, Number(0, "width", 0), at);
            case "ljust" or "rjust" or "center":
                return Justify(text, method, Number(0, "width", 0), OptionalText(1) ?? " ", at);
            case "expandtabs": return ExpandTabs(text, Number(0, "tabsize", 8), at);
            case "startswith" or "endswith" or "find" or "rfind" or "index" or "rindex" or "count":
                return Search(text, method, arguments);
            case "partition" or "rpartition":
                return Partition(text, Text(0), last: method == "rpartition", arguments);
            case "splitlines": return SplitLines(text, Python.IsTrue(arguments.Get(0, "keepends", false)));
            case "split" or "rsplit":
                object? separator = arguments.Get(0, "sep", null);
                string? between = separator is null ? null : Values.AsText(separator) ?? throw Expected("a string", 0);
                if (between is "")
                    throw at.Error($"str.{method} got an empty separator");
                return Split(text, between, Number(1, "maxsplit", -1), fromRight: method == "rsplit");
            case "join":
                string Part(object? p) => Values.AsText(p) ?? throw at.Error($"str.join found {Python.TypeName(p)}; expected strings");
                return arguments.Positional is [var parts] && Values.IsIterable(parts)
                    ? Joined(text, Values.Items(parts, at).Select(Part))
                    : throw at.Error("str.join expects one list");
            case "format": return Format(text, arguments);
            case "format_map":
                return Format(text, arguments with { Positional = [], Named = Named(arguments) });
            case "encode" or "translate":
                throw at.Error($"str.{method} is not supported");
            default: return Holds(text, method);
        }
    }

    /// <summary>Calls a method of a text that is marked as HTML. What it gives is marked as well, and its arguments are escaped.</summary>
    internal static object CallMarked(PythonText text, string method, CallArguments arguments)
    {
        object? Escaped(object? value) => value switch
        {
            string plain when method is "join" or "replace" or "format" or "partition" => PythonText.Escape(plain),
            IReadOnlyList<object?> parts when method == "join" => parts.Select(Escaped).ToList(),
            _ => value,
        };
        return Call(text.Text, method, arguments with { Positional = [.. arguments.Positional.Select(Escaped)] }) switch
        {
            string result => new PythonText(result),
            List<object?> parts => parts.Select(p => p is string part ? new PythonText(part) : p).ToList(),
            var other => other,
        };
    }

    /// <summary>Joins texts, and refuses to build a text that is longer than any prompt.</summary>
    internal static string Joined(string separator, IEnumerable<string> parts)
    {
        var text = new StringBuilder();
        bool any = false;
        foreach (string part in parts)
        {
            if (any)
                text.Append(separator);
            text.Append(part);
            any = true;
            if (text.Length > Python.LongestText)
                throw TooLong(text.Length);
        }

        return text.ToString();
    }

    internal static PythonLimitException TooLong(long length) =>
        new($"a text of {length} characters; expected {Python.LongestText} or fewer");

    private static Dictionary<string, object?> Named(CallArguments arguments) => arguments.Positional is [var map]
        ? Values.Members(map).ToDictionary(m => Python.Str(m.Key), m => m.Value)
        : throw arguments.At.Error("str.format_map expects one map");

    internal static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    /// <summary>
    /// Python's <c>str.title</c>: the first letter of every run of letters becomes upper case, the others lower case, so that "it's"
    /// becomes "It'S".
    /// </summary>
    private static string Title(string text)
    {
        var title = new StringBuilder(text.Length);
        bool inWord = false;
        foreach (char c in text)
        {
            title.Append(inWord ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c));
            inWord = char.IsLetter(c);
        }

        return title.ToString();
    }

    private static string ZeroFill(string text, long width, Position at)
    {
        if (width > Methods.LargestSize)
            throw at.Error($"str.zfill to {width} characters; expected {Methods.LargestSize} or fewer");
        int sign = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        int missing = (int)Math.Max(0, width - text.EnumerateRunes().Count());
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    internal static string Justify(string text, string method, long width, string fill, Position at)
    {
        if (width > Methods.LargestSize || fill.EnumerateRunes().Count() != 1)
            throw at.Error($"str.{method} to {width} characters with '{fill}'; expected {Methods.LargestSize} or fewer and one character");
        int missing = (int)Math.Max(0, width - text.EnumerateRunes().Count());
        // Python's center puts the odd character to the left if the width is odd.
        int left = method switch { "ljust" => 0, "rjust" => missing, _ => (missing / 2) + (int)(missing & width & 1) };
        string Fill(int count) => string.Concat(Enumerable.Repeat(fill, count));
        return Fill(left) + text + Fill(missing - left);
    }

    private static string ExpandTabs(string text, long size, Position at)
    {
        if (size > 1000)
            throw at.Error($"str.expandtabs to {size} columns; expected 1000 or fewer");
        var expanded = new StringBuilder();
        int column = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            int spaces = rune.Value != '\t' ? 0 : size > 0 ? (int)(size - (column % size)) : 0;
            _ = rune.Value == '\t' ? expanded.Append(' ', spaces) : expanded.Append(rune.ToString());
            column = rune.Value is '\n' or '\r' ? 0 : column + (rune.Value == '\t' ? spaces : 1);
        }

        return expanded.ToString();
    }

    internal static string Replace(string text, string old, string by, long limit)
    {
        if (limit < 0)
            limit = long.MaxValue;
        var result = new StringBuilder();
        int from = 0;
        if (old.Length == 0)
        {
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (limit-- > 0)
                    result.Append(by);
                result.Append(rune.ToString());
                if (result.Length > Python.LongestText)
                    throw TooLong(result.Length);
            }

            return limit > 0 ? result.Append(by).ToString() : result.ToString();
        }

        for (; limit > 0 && text.IndexOf(old, from, StringComparison.Ordinal) is var at and >= 0; limit--)
        {
            result.Append(text, from, at - from).Append(by);
            from = at + old.Length;
            if (result.Length > Python.LongestText)
                throw TooLong(result.Length);
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>Python's <c>str.isupper</c> or <c>str.islower</c>.</summary>
    internal static bool HasCase(string text, bool upper) => Holds(text, upper ? "isupper" : "islower");

    private static bool Holds(string text, string method)
    {
        bool All(Func<Rune, bool> holds) => text.Length > 0 && text.EnumerateRunes().All(holds);
        bool Cased(Func<Rune, bool> is_, Func<Rune, bool> isNot) => text.EnumerateRunes().Any(is_) && !text.EnumerateRunes().Any(isNot);
        return method switch
        {
            "isdigit" or "isdecimal" => All(Rune.IsDigit),
            "isnumeric" => All(Rune.IsNumber),
            "isalpha" => All(Rune.IsLetter),
            "isalnum" => All(r => Rune.IsLetter(r) || Rune.IsNumber(r)),
            "isspace" => All(r => r.IsBmp && Python.IsSpace((char)r.Value)),
            "isupper" => Cased(Rune.IsUpper, Rune.IsLower),
            "islower" => Cased(Rune.IsLower, Rune.IsUpper),
            "istitle" => text.Any(char.IsLetter) && Title(text) == text,
            "isascii" => text.All(char.IsAscii),
            "isprintable" => text.EnumerateRunes().All(Python.IsPrintable),
            "isidentifier" => text.Length > 0 && !char.IsDigit(text[0]) && text.All(c => char.IsLetterOrDigit(c) || c == '_'),
            _ => throw new UnreachableException($"no case for str.{method}"),
        };
    }
}
