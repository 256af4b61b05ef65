using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings that search and split.</summary>
internal static partial class TextMethods
{
    private static object Search(string text, string method, CallArguments arguments)
    {
        IReadOnlyList<object?> given = arguments.Positional;
        if (given.Count is 0 or > 3)
            throw arguments.At.Error($"str.{method} expects a string as argument 1");
        (int start, string? part) = Part(text, Methods.Place(arguments, 1), Methods.Place(arguments, 2));
        bool Any(Func<string, bool> holds) =>
            given[0] is PythonSequence { IsRange: false } many
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

    private static PythonSequence Partition(string text, string separator, bool last, CallArguments arguments)
    {
        if (separator.Length == 0)
            throw arguments.At.Error("str.partition got an empty separator");
        int at = last ? text.LastIndexOf(separator, StringComparison.Ordinal) : text.IndexOf(separator, StringComparison.Ordinal);
        object?[] parts = at >= 0 ? [text[..at], separator, text[(at + separator.Length)..]] : last ? ["", "", text] : [text, "", ""];
        return PythonSequence.Tuple(parts);
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
            string[] all = limit < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(limit, int.MaxValue - 1) + 1);
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

    [GeneratedRegex("\r\n|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")]
    private static partial Regex LineEnd();
}
