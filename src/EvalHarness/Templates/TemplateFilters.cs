using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// Those of Jinja's built-in filters that evaluation tasks use, and lm-evaluation-harness's filter <c>regex_replace</c>.
/// </summary>
/// <remarks>Source: the template designer documentation of Jinja 3.1, "List of Builtin Filters".</remarks>
internal static partial class TemplateFilters
{
    internal static object? Apply(Evaluator evaluator, FilterCall call)
    {
        if (call.Filter is "default" or "d")
            return Default(evaluator, call);
        object? value = evaluator.Value(call.Target);
        List<object?> arguments = evaluator.Positional(call.Arguments);
        Dictionary<string, object?> named = evaluator.Named(call.Arguments);
        Position at = call.At;
        object? Argument(int i, string name, object? otherwise) =>
            arguments.Count > i ? arguments[i] : named.GetValueOrDefault(name, otherwise);
        string Text() => Python.Str(value);

        switch (call.Filter)
        {
            case "string": return Text();
            case "trim": return Python.Strip(Text(), Argument(0, "chars", null) as string, left: true, right: true);
            case "lower": return Text().ToLowerInvariant();
            case "upper": return Text().ToUpperInvariant();
            case "capitalize": return Methods.Capitalize(Text());
            case "title": return TitleCase(Text());
            case "regex_replace":
                return RegexReplace(Text(), Argument(0, "pattern", null), Argument(1, "repl", null), Argument(2, "count", 0L), at);
            case "replace":
                long limit = Argument(2, "count", null) is long n ? n : -1;
                return Methods.Replace(Text(), Python.Str(Argument(0, "old", "")), Python.Str(Argument(1, "new", "")), limit);
            case "length" or "count": return Length(value, at);
            case "int": return ToInteger(value, Argument(0, "default", 0L), at);
            case "float": return ToNumber(value, Argument(0, "default", 0.0));
            case "abs": return Absolute(value, at);
            case "round": return Round(value, Argument(0, "precision", 0L), Argument(1, "method", "common"), at);
            case "first": return Items(value, at) is { Count: > 0 } head ? head[0] : throw at.Error("an empty sequence has no first item");
            case "last": return Items(value, at) is { Count: > 0 } tail ? tail[^1] : throw at.Error("an empty sequence has no last item");
            case "list": return Items(value, at);
            case "reverse":
                return value is string text
                    ? string.Concat(Evaluator.CodePoints(text).Reverse())
                    : Items(value, at).AsEnumerable().Reverse().ToList();
            case "join": return string.Join(Python.Str(Argument(0, "d", "")), Items(value, at).Select(Python.Str));
            case "tojson": return ToJson(value);
            case "sort": return Items(value, at).Order(Comparer<object?>.Create((a, b) => Arithmetic.Order(a, b, "<", at))).ToList();
            case "unique": return Unique(Items(value, at));
            case "map": return Map(evaluator, Items(value, at), arguments, named, at);
            case "select" or "reject": return Select(evaluator, Items(value, at), arguments, call.Filter == "select", at);
            default: throw at.Error($"filter '{call.Filter}' is not known");
        }
    }

    private static object? Default(Evaluator evaluator, FilterCall call)
    {
        object? value = evaluator.Evaluate(call.Target);
        List<object?> arguments = evaluator.Positional(call.Arguments);
        Dictionary<string, object?> named = evaluator.Named(call.Arguments);
        object? otherwise = arguments.Count > 0 ? arguments[0] : named.GetValueOrDefault("default_value", "");
        bool whenFalse = Python.IsTrue(arguments.Count > 1 ? arguments[1] : named.GetValueOrDefault("boolean", false));
        return value is Undefined || (whenFalse && !Python.IsTrue(value)) ? otherwise : value;
    }

    /// <summary>
    /// Jinja's filter <c>title</c>: in every word, the first letter becomes upper case and the others lower case. Whitespace, hyphens and
    /// opening brackets separate words.
    /// </summary>
    private static string TitleCase(string text) => string.Concat(WordBreaks().Split(text).Select(Methods.Capitalize));

    /// <summary>The filter <c>regex_replace</c> of lm-evaluation-harness, which calls Python's <c>re.sub</c>.</summary>
    private static string RegexReplace(string text, object? pattern, object? replacement, object? count, Position at)
    {
        if (pattern is not string expression || replacement is not string by || count is not long limit)
            throw at.Error("regex_replace expects a pattern, a replacement and an optional count");
        Regex regex = PythonRegex.Compile(expression, "regex_replace");
        return regex.Replace(text, match => PythonRegex.Expand(by, match), limit == 0 ? -1 : (int)Math.Min(limit, int.MaxValue));
    }

    [GeneratedRegex(@"([-\s({\[<]+)")]
    private static partial Regex WordBreaks();

    /// <summary>The items over which Python iterates: a text's characters, a list's items, or a map's keys.</summary>
    internal static List<object?> Items(object? value, Position at) => value switch
    {
        string text => [.. Evaluator.CodePoints(text)],
        IReadOnlyList<object?> list => [.. list],
        IReadOnlyDictionary<string, object?> map => [.. map.Keys],
        _ => throw at.Error($"{Python.TypeName(value)} has no items; expected a list, string or map"),
    };

    private static long Length(object? value, Position at) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        IReadOnlyList<object?> list => list.Count,
        IReadOnlyDictionary<string, object?> map => map.Count,
        _ => throw at.Error($"{Python.TypeName(value)} has no length; expected a string, list or map"),
    };

    private static object Absolute(object? value, Position at) => value switch
    {
        long number => Math.Abs(number),
        double number => (object)Math.Abs(number),
        _ => throw at.Error($"abs cannot be applied to {Python.TypeName(value)}; expected a number"),
    };

    private static object? ToInteger(object? value, object? otherwise, Position at) => value switch
    {
        long => value,
        bool flag => flag ? 1L : 0L,
        double number => Truncate(number, at),
        string text when long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        string text when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) =>
            Truncate(number, at),
        _ => otherwise,
    };

    private static long Truncate(double number, Position at) => number is >= -9223372036854775808.0 and < 9223372036854775808.0
        ? (long)number
        : throw at.Error($"int of {Python.Str(number)}: does not fit into a 64-bit integer");

    private static object? ToNumber(object? value, object? otherwise) => value switch
    {
        double => value,
        long number => (double)number,
        bool flag => flag ? 1.0 : 0.0,
        string text when double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
        _ => otherwise,
    };

    private static object Round(object? value, object? precision, object? method, Position at)
    {
        if (value is not (long or double) || precision is not long digits)
        {
            throw at.Error("round expects a number and an integer precision; "
                + $"found {Python.TypeName(value)} and {Python.TypeName(precision)}");
        }

        if (value is long whole && method is "common" && digits >= 0)
            return whole;
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        double factor = Math.Pow(10, digits);
        return method switch
        {
            "ceil" => Math.Ceiling(number * factor) / factor,
            "floor" => Math.Floor(number * factor) / factor,
            _ when digits is >= 0 and <= 15 => Math.Round(number, (int)digits, MidpointRounding.ToEven),
            _ => Math.Round(number * factor, MidpointRounding.ToEven) / factor,
        };
    }

    /// <summary>Python's <c>json.dumps</c>, with Jinja's escapes of the characters that have a meaning in HTML.</summary>
    private static string ToJson(object? value) => PythonJson.Dump(value, sortKeys: true)
        .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
        .Replace("&", "\\u0026", StringComparison.Ordinal).Replace("'", "\\u0027", StringComparison.Ordinal);

    private static List<object?> Unique(List<object?> items)
    {
        var unique = new List<object?>();
        foreach (object? item in items)
        {
            if (!unique.Any(u => Arithmetic.Equal(IgnoreCase(u), IgnoreCase(item))))
                unique.Add(item);
        }

        return unique;
    }

    private static object? IgnoreCase(object? value) => value is string text ? text.ToLowerInvariant() : value;

    private static List<object?> Map(
        Evaluator evaluator, List<object?> items, List<object?> arguments, Dictionary<string, object?> named, Position at)
    {
        if (named.TryGetValue("attribute", out object? attribute))
            return [.. items.Select(item => evaluator.Value(new Index(new Literal(item, at), new Literal(attribute, at), at)))];
        if (arguments.Count == 0 || arguments[0] is not string filter)
            throw at.Error("map expects the name of a filter, or attribute=NAME");
        var rest = new Arguments([.. arguments.Skip(1).Select(a => new Literal(a, at))], Arguments.None.Named);
        return [.. items.Select(item => Apply(evaluator, new FilterCall(new Literal(item, at), filter, rest, at)))];
    }

    private static List<object?> Select(Evaluator evaluator, List<object?> items, List<object?> arguments, bool keep, Position at)
    {
        if (arguments.Count == 0)
            return [.. items.Where(item => Python.IsTrue(item) == keep)];
        if (arguments[0] is not string test)
            throw at.Error("select and reject expect the name of a test");
        var rest = new Arguments([.. arguments.Skip(1).Select(a => new Literal(a, at))], Arguments.None.Named);
        bool Holds(object? item) =>
            TemplateTests.Holds(evaluator, new TestCall(new Literal(item, at), test, rest, Negated: false, at));
        return [.. items.Where(item => Holds(item) == keep)];
    }
}
