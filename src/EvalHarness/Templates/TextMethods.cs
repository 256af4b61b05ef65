using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings.</summary>
/// <remarks>Source: the Python 3 library reference, "String Methods".</remarks>
internal static partial class TextMethods
{
    /// <summary>The methods, with how many arguments each needs and takes.</summary>
    private static readonly Dictionary<string, (int Least, int Most)> Arguments = new(
        new[]
        {
            "upper 0 0", "lower 0 0", "title 0 0", "capitalize 0 0", "swapcase 0 0", "casefold 0 0", "isdigit 0 0", "isdecimal 0 0",
            "isnumeric 0 0", "isalpha 0 0", "isalnum 0 0", "isspace 0 0", "isupper 0 0", "islower 0 0", "istitle 0 0", "isascii 0 0",
            "isidentifier 0 0", "isprintable 0 0", "strip 0 1", "lstrip 0 1", "rstrip 0 1", "split 0 2", "rsplit 0 2", "splitlines 0 1",
            "replace 2 3", "find 1 3", "rfind 1 3", "index 1 3", "rindex 1 3", "count 1 3", "startswith 1 3", "endswith 1 3", "join 1 1",
            "removeprefix 1 1", "removesuffix 1 1", "zfill 1 1", "ljust 1 2", "rjust 1 2", "center 1 2", "partition 1 1",
            "rpartition 1 1", "expandtabs 0 1", "translate 1 1", "maketrans 1 3", "format_map 1 1", "format 0 1000000", "encode 0 2",
        }
        .Select(line => line.Split(' '))
        .Select(parts => KeyValuePair.Create(parts[0], (int.Parse(parts[1]), int.Parse(parts[2])))));

    /// <summary>The names that arguments may have, in the methods that have any.</summary>
    private static readonly Dictionary<string, string[]> ArgumentNames = new()
    {
        ["split"] = ["sep", "maxsplit"],
        ["rsplit"] = ["sep", "maxsplit"],
        ["splitlines"] = ["keepends"],
        ["expandtabs"] = ["tabsize"],
        ["encode"] = ["encoding", "errors"],
    };

    internal static bool Exists(string method) => Arguments.ContainsKey(method);

    private static void Check(string method, CallArguments arguments)
    {
        (int least, int most) = Arguments[method];
        int given = arguments.Positional.Count;
        if (given < least || given > most)
        {
            string expected = least == most ? $"{least}" : $"{least} to {most}";
            throw arguments.At.Error($"str.{method} takes {expected} arguments, got {given}");
        }

        if (method == "format")
            return;
        string[] names = ArgumentNames.GetValueOrDefault(method, []);
        foreach (string name in arguments.Named.Keys)
        {
            int place = Array.IndexOf(names, name);
            if (place < 0 || place < given)
                throw arguments.At.Error($"str.{method} has no argument '{name}', or got it twice");
        }
    }

    internal static object Call(string text, string method, CallArguments arguments)
    {
        Check(method, arguments);
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
            case "upper": return PythonCase.Upper(text);
            case "lower": return PythonCase.Lower(text);
            case "casefold": return PythonCase.Fold(text);
            case "capitalize": return PythonCase.Capitalize(text);
            case "title": return PythonCase.Title(text);
            case "swapcase": return PythonCase.Swap(text);
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
            case "format": return TextFormat.Apply(text, arguments);
            case "format_map":
                return TextFormat.Apply(text, arguments with { Positional = [], Named = Named(arguments) });
            case "translate": return Translate(text, arguments.Positional[0], at);
            case "maketrans": return Translation(arguments);
            case "encode":
                throw at.Error("str.encode is not supported, because a prompt has no bytes");
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
        && Values.IsMap(map)
        ? Values.Members(map).Where(m => Values.AsText(m.Key) is not null).ToDictionary(m => Values.AsText(m.Key)!, m => m.Value)
        : throw arguments.At.Error("str.format_map expects one map");

    private static string ZeroFill(string text, long width, Position at)
    {
        if (width > Methods.LargestSize)
            throw at.Error($"str.zfill to {width} characters; expected {Methods.LargestSize} or fewer");
        int sign = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        int missing = (int)Math.Max(0, Math.Max(0, width) - text.EnumerateRunes().Count());
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    internal static string Justify(string text, string method, long width, string fill, Position at)
    {
        if (width > Methods.LargestSize || fill.EnumerateRunes().Count() != 1)
            throw at.Error($"str.{method} to {width} characters with '{fill}'; expected {Methods.LargestSize} or fewer and one character");
        int missing = (int)Math.Max(0, Math.Max(0, width) - text.EnumerateRunes().Count());
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
}
