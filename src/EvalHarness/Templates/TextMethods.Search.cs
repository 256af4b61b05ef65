using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings that search, split and format.</summary>
internal static partial class TextMethods
{
    private static object Search(string text, string method, CallArguments arguments)
    {
        IReadOnlyList<object?> given = arguments.Positional;
        if (given.Count > 1 && arguments.Evaluator.Rendering.Options.IsStrict)
        {
            throw arguments.At.Error(
                $"str.{method} with a place to start or to end is not supported; slice the text instead");
        }

        if (given.Count is 0 or > 3)
            throw arguments.At.Error($"str.{method} expects a string as argument 1");
        (int start, string? part) = Part(text, Methods.Place(arguments, 1), Methods.Place(arguments, 2));
        bool Any(Func<string, bool> holds) =>
            given[0] is IReadOnlyList<object?> many && (many is PythonSequence || arguments.Evaluator.Rendering.Options.IsStrict)
                ? many.Any(m => holds(Sought(m)))
                : holds(Sought(given[0]));
        string Sought(object? value) =>
            Values.AsText(value) ?? throw arguments.At.Error($"str.{method} expects a string as argument 1");

        if (method == "startswith")
            return Any(p => part is not null && part.StartsWith(p, StringComparison.Ordinal));
        if (method == "endswith")
            return Any(p => part is not null && part.EndsWith(p, StringComparison.Ordinal));
        string sought = Sought(given[0]);
        if (method == "count")
        {
            return part is null ? 0L
                : sought.Length == 0 ? part.EnumerateRunes().Count() + 1L
                : part.Split(sought).Length - 1L;
        }

        int found = part is null ? -1 : method[0] == 'r'
            ? part.LastIndexOf(sought, StringComparison.Ordinal)
            : part.IndexOf(sought, StringComparison.Ordinal);
        if (found < 0 && method.EndsWith("index", StringComparison.Ordinal))
            throw arguments.At.Error($"{Python.Repr(sought)} is not in the string");
        return found < 0 ? -1L : start + part![..found].EnumerateRunes().Count();
    }

    /// <summary>The part of a text that is searched, and the character it begins at; no part if the start lies behind the end.</summary>
    private static (int Start, string? Part) Part(string text, long? start, long? end)
    {
        if (start is null && end is null)
            return (0, text);
        string[] characters = Evaluator.CodePoints(text);
        long from = start ?? 0, to = Math.Min(end ?? characters.Length, characters.Length);
        from = from < 0 ? Math.Max(0, from + characters.Length) : from;
        to = to < 0 ? Math.Max(0, to + characters.Length) : to;
        return from > to ? (0, null) : ((int)from, string.Concat(characters[(int)from..(int)to]));
    }

    private static object Partition(string text, string separator, bool last, CallArguments arguments)
    {
        if (separator.Length == 0)
            throw arguments.At.Error("str.partition got an empty separator");
        int at = last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        object?[] parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : last ? ["", "", text] : [text, "", ""];
        return arguments.Evaluator.Rendering.Tuple([.. parts]);
    }

    internal static List<object?> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<object?>();
        int start = 0;
        foreach (Match end in LineEnd().Matches(text))
        {
            lines.Add(text[start..(keepEnds ? end.Index + end.Length : end.Index)]);
            start = end.Index + end.Length;
        }

        if (start < text.Length)
            lines.Add(text[start..]);
        return lines;
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
                parts.Add(text[start..]);
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
    /// Python's <c>str.format</c>: fields by place or name, with members, indices, conversions and format specifications, and doubled
    /// braces.
    /// </summary>
    private static string Format(string text, CallArguments arguments)
    {
        int next = 0;
        return FormatText(text, arguments, ref next, 0);
    }

    private static string FormatText(string text, CallArguments arguments, ref int next, int depth)
    {
        var result = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '{' or '}' && i + 1 < text.Length && text[i + 1] == c)
            {
                result.Append(c);
                i++;
            }
            else if (c == '{')
            {
                int end = FieldEnd(text, i, arguments.At);
                result.Append(Field(text[(i + 1)..end], arguments, ref next, depth));
                i = end;
            }
            else if (c == '}')
                throw arguments.At.Error("str.format found a single '}'; expected '}}'");
            else
                result.Append(c);
        }

        return result.ToString();
    }

    private static int FieldEnd(string text, int open, Position at)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            depth += text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (depth == 0)
                return i;
        }

        throw at.Error("str.format found '{' without the '}' that closes it");
    }

    private static string Field(string field, CallArguments arguments, ref int next, int depth)
    {
        Match match = FormatField().Match(field);
        if (!match.Success || depth > 1)
            throw arguments.At.Error($"str.format does not understand the field {{{field}}}");
        string first = match.Groups["first"].Value;
        if (first.Length == 0)
            first = (next++).ToString(CultureInfo.InvariantCulture);
        object? value = Argument(first, arguments);
        foreach (Capture part in match.Groups["part"].Captures)
        {
            value = part.Value[0] == '.'
                ? arguments.Evaluator.Evaluate(new Attribute(new Literal(value, arguments.At), part.Value[1..], arguments.At))
                : arguments.Evaluator.Item(value, Key(part.Value[1..^1]), arguments.At);
            if (value is Undefined undefined)
                throw arguments.At.Error(undefined.Description);
        }

        string specification = FormatText(match.Groups["specification"].Value, arguments, ref next, depth + 1);
        value = match.Groups["conversion"].Value switch { "s" => Python.Str(value), "r" or "a" => Python.Repr(value), _ => value };
        return FormatSpecification.Format(value, specification);
    }

    private static object Key(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long i) ? i : text;

    private static object? Argument(string name, CallArguments arguments)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int i))
        {
            return i < arguments.Positional.Count
                ? arguments.Positional[i]
                : throw arguments.At.Error(
                    $"str.format got {arguments.Positional.Count} arguments, but the text uses {{{i}}}, counted from 0");
        }

        return arguments.Named.TryGetValue(name, out object? value)
            ? value
            : throw arguments.At.Error($"str.format got no argument '{name}'");
    }

    [GeneratedRegex(
        @"\A(?<first>[^.\[!:{}]*)(?<part>\.[^.\[!:{}]+|\[[^\]]+\])*(?:!(?<conversion>[sra]))?(?::(?<specification>.*))?\z",
        RegexOptions.Singleline)]
    private static partial Regex FormatField();

    [GeneratedRegex("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")]
    private static partial Regex LineEnd();
}
