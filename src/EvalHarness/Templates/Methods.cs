using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings, lists and maps that templates may call, and <c>range</c>.</summary>
internal static partial class Methods
{
    private static readonly HashSet<string> StringMethods =
    [
        "strip", "lstrip", "rstrip", "split", "rsplit", "splitlines", "replace", "capitalize", "upper", "lower", "title", "index",
        "find", "rfind", "startswith", "endswith", "format", "join", "count", "isdigit", "isupper", "islower", "removeprefix",
        "removesuffix", "zfill",
    ];

    /// <summary>
    /// More numbers or characters than any prompt holds. A template that asks for more is wrong, and would take the memory.
    /// </summary>
    private const int LargestSize = 10_000_000;

    private static readonly HashSet<string> ListMethods = ["index", "count"];

    internal static bool Exists(object? target, string method) => target switch
    {
        string => StringMethods.Contains(method),
        IReadOnlyList<object?> => ListMethods.Contains(method),
        _ => false,
    };

    internal static List<object?> Range(List<object?> arguments, Position at)
    {
        if (arguments.Count is 0 or > 3 || arguments.Any(a => a is not long))
            throw at.Error("range takes one to three integers");
        long[] bounds = [.. arguments.Cast<long>()];
        (long start, long stop, long step) = bounds.Length == 1
            ? (0, bounds[0], 1)
            : (bounds[0], bounds[1], bounds.Length == 3 ? bounds[2] : 1);
        if (step == 0)
            throw at.Error("the step of a range cannot be 0");
        Int128 count = Int128.Max(0, ((Int128)stop - start + step - Math.Sign(step)) / step);
        if (count > LargestSize)
            throw at.Error($"a range of {count} numbers; expected {LargestSize} or fewer");
        return [.. Enumerable.Range(0, (int)count).Select(i => (object?)(long)(start + ((Int128)i * step)))];
    }

    internal static object? Call(BoundMethod method, List<object?> arguments, Dictionary<string, object?> named, Position at) =>
        method.Target switch
        {
            string text => OfString(text, method.Method, arguments, named, at),
            IReadOnlyList<object?> list => OfList(list, method.Method, arguments, at),
            IReadOnlyDictionary<string, object?> map => OfMap(map, method.Method, arguments),
            _ => throw at.Error($"{Python.TypeName(method.Target)} has no method '{method.Method}'"),
        };

    private static object? OfMap(IReadOnlyDictionary<string, object?> map, string method, List<object?> arguments) => method switch
    {
        "items" => map.Select(m => (object?)new List<object?> { m.Key, m.Value }).ToList(),
        "keys" => map.Keys.Cast<object?>().ToList(),
        "values" => map.Values.ToList(),
        _ => map.TryGetValue(Python.Str(arguments[0]), out object? value) ? value : arguments.Count > 1 ? arguments[1] : null,
    };

    private static long OfList(IReadOnlyList<object?> list, string method, List<object?> arguments, Position at)
    {
        if (arguments.Count != 1)
            throw at.Error($"list.{method} takes one argument, got {arguments.Count}");
        if (method == "count")
            return (long)list.Count(item => Arithmetic.Equal(item, arguments[0]));
        for (int i = 0; i < list.Count; i++)
        {
            if (Arithmetic.Equal(list[i], arguments[0]))
                return (long)i;
        }

        throw at.Error($"{Python.Repr(arguments[0])} is not in the list");
    }

    private static string ZeroFill(string text, long width, Position at)
    {
        if (width > LargestSize)
            throw at.Error($"str.zfill to {width} characters; expected {LargestSize} or fewer");
        int sign = text.StartsWith('-') || text.StartsWith('+') ? 1 : 0;
        int missing = (int)Math.Max(0, width - text.EnumerateRunes().Count());
        return text[..sign] + new string('0', missing) + text[sign..];
    }

    private static object OfString(string text, string method, List<object?> arguments, Dictionary<string, object?> named, Position at)
    {
        string Text(int i) => arguments.Count > i && arguments[i] is string s ? s : throw Expected("a string", i);
        string? OptionalText(int i) => arguments.Count > i && arguments[i] is not null ? Text(i) : null;
        long Number(int i, long otherwise) =>
            arguments.Count <= i ? otherwise : arguments[i] is long n ? n : throw Expected("an integer", i);
        bool Any(int i, Func<string, bool> holds) => arguments.Count > i && arguments[i] is IReadOnlyList<object?> many
            ? many.Any(m => m is string s && holds(s))
            : holds(Text(i));
        TemplateException Expected(string what, int i) => at.Error($"str.{method} expects {what} as argument {i + 1}");
        long Find(int utf16) => utf16 < 0 ? -1 : text[..utf16].EnumerateRunes().Count();
        if (arguments.Count > 1 && method is "find" or "rfind" or "index" or "count" or "startswith" or "endswith")
            throw at.Error($"str.{method} with a place to start or to end is not supported; slice the text instead");

        switch (method)
        {
            case "strip": return Python.Strip(text, OptionalText(0), left: true, right: true);
            case "lstrip": return Python.Strip(text, OptionalText(0), left: true, right: false);
            case "rstrip": return Python.Strip(text, OptionalText(0), left: false, right: true);
            case "upper": return text.ToUpperInvariant();
            case "lower": return text.ToLowerInvariant();
            case "capitalize": return Capitalize(text);
            case "title": return Title(text);
            case "replace": return Replace(text, Text(0), Text(1), Number(2, -1));
            case "startswith": return Any(0, p => text.StartsWith(p, StringComparison.Ordinal));
            case "endswith": return Any(0, p => text.EndsWith(p, StringComparison.Ordinal));
            case "removeprefix": return text.StartsWith(Text(0), StringComparison.Ordinal) ? text[Text(0).Length..] : text;
            case "removesuffix":
                return Text(0).Length > 0 && text.EndsWith(Text(0), StringComparison.Ordinal) ? text[..^Text(0).Length] : text;
            case "zfill": return ZeroFill(text, Number(0, 0), at);
            case "find": return Find(text.IndexOf(Text(0), StringComparison.Ordinal));
            case "rfind": return Find(text.LastIndexOf(Text(0), StringComparison.Ordinal));
            case "index":
                long found = Find(text.IndexOf(Text(0), StringComparison.Ordinal));
                return found >= 0 ? found : throw at.Error($"{Python.Repr(Text(0))} is not in the string");
            case "count": return Text(0).Length == 0 ? text.EnumerateRunes().Count() + 1L : text.Split(Text(0)).Length - 1L;
            case "isdigit": return text.Length > 0 && text.All(char.IsDigit);
            case "isupper": return text.Any(char.IsUpper) && !text.Any(char.IsLower);
            case "islower": return text.Any(char.IsLower) && !text.Any(char.IsUpper);
            case "splitlines": return SplitLines(text);
            case "split" or "rsplit":
                long limit = named.TryGetValue("maxsplit", out object? max) && max is long m ? m : Number(1, -1);
                return Split(text, OptionalText(0), limit, fromRight: method == "rsplit");
            case "join":
                string Part(object? p) => p as string ?? throw at.Error($"str.join found {Python.TypeName(p)}; expected strings");
                return arguments is [IReadOnlyList<object?> parts]
                    ? string.Join(text, parts.Select(Part))
                    : throw at.Error("str.join expects one list");
            case "format": return Format(text, arguments, named, at);
            default: throw at.Error($"a string has no method '{method}'");
        }
    }

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

    internal static string Replace(string text, string old, string by, long limit)
    {
        if (limit < 0 && old.Length > 0)
            return text.Replace(old, by, StringComparison.Ordinal);
        if (old.Length == 0)
        {
            string[] characters = Evaluator.CodePoints(text);
            long left = limit < 0 ? long.MaxValue : limit;
            return string.Concat(characters.Select(c => left-- > 0 ? by + c : c)) + (left > 0 ? by : "");
        }

        var result = new StringBuilder();
        int from = 0;
        for (; limit > 0 && text.IndexOf(old, from, StringComparison.Ordinal) is var at and >= 0; limit--)
        {
            result.Append(text, from, at - from).Append(by);
            from = at + old.Length;
        }

        return result.Append(text, from, text.Length - from).ToString();
    }

    private static List<object?> SplitLines(string text)
    {
        string[] lines = LineEnd().Split(text);
        return [.. lines.Length > 0 && lines[^1].Length == 0 ? lines[..^1] : lines];
    }

    private static List<object?> Split(string text, string? separator, long limit, bool fromRight)
    {
        var parts = new List<object?>();
        if (fromRight && limit >= 0)
        {
            string Reverse(string s) => string.Concat(s.EnumerateRunes().Reverse().Select(r => r.ToString()));
            List<object?> reversed = Split(Reverse(text), separator is null ? null : Reverse(separator), limit, fromRight: false);
            reversed.Reverse();
            return [.. reversed.Select(p => Reverse((string)p!))];
        }

        if (separator is { Length: > 0 })
        {
            string[] all = limit < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(limit + 1, int.MaxValue));
            return [.. all];
        }

        int start = 0;
        while (true)
        {
            while (start < text.Length && Python.IsSpace(text[start]))
                start++;
            if (start == text.Length)
                return parts;
            if (limit >= 0 && parts.Count == limit)
            {
                parts.Add(Python.Strip(text[start..], null, left: false, right: true));
                return parts;
            }

            int end = start;
            while (end < text.Length && !Python.IsSpace(text[end]))
                end++;
            parts.Add(text[start..end]);
            start = end;
        }
    }

    /// <summary>
    /// Python's <c>str.format</c> with the fields <c>{}</c>, <c>{0}</c> and <c>{name}</c>, and with doubled braces. A field with a format
    /// specification is not supported and stays in the text as it is.
    /// </summary>
    private static string Format(string text, List<object?> arguments, Dictionary<string, object?> named, Position at)
    {
        int next = 0;
        return FormatField().Replace(text, match =>
        {
            if (match.Value is "{{" or "}}")
                return match.Value[..1];
            string field = match.Groups["field"].Value;
            if (field.Length == 0)
                field = (next++).ToString(CultureInfo.InvariantCulture);
            if (int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int i))
            {
                return i < arguments.Count
                    ? Python.Str(arguments[i])
                    : throw at.Error($"str.format got {arguments.Count} arguments, but the text uses {{{i}}}, counted from 0");
            }

            return named.TryGetValue(field, out object? value)
                ? Python.Str(value)
                : throw at.Error($"str.format got no argument '{field}'");
        });
    }

    /// <summary>Python's <c>'%s' % value</c> with %s, %r, %d, %f, %.nf and %%.</summary>
    internal static string PercentFormat(string format, object? argument, Position at)
    {
        IReadOnlyList<object?> arguments = argument as IReadOnlyList<object?> ?? [argument];
        int next = 0;
        return PercentField().Replace(format, match =>
        {
            if (match.Value == "%%")
                return "%";
            object? value = next < arguments.Count ? arguments[next++] : throw at.Error("not enough arguments for the format");
            return match.Groups["kind"].Value switch
            {
                "s" => Python.Str(value),
                "r" => Python.Repr(value),
                "d" => Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
                _ => Fixed(value, match.Groups["digits"] is { Success: true } digits ? digits.Value : "6"),
            };
        });
    }

    private static string Fixed(object? value, string digits) =>
        Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString($"F{digits}", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\{\{|\}\}|\{(?<field>[A-Za-z0-9_]*)\}")]
    private static partial Regex FormatField();

    [GeneratedRegex(@"%%|%(?:\.(?<digits>\d+))?(?<kind>[sdrf])")]
    private static partial Regex PercentField();

    [GeneratedRegex("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")]
    private static partial Regex LineEnd();
}
