using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Jinja's built-in filters, lm-evaluation-harness's <c>regex_replace</c>, and <c>tojson</c> as transformers has it.</summary>
/// <remarks>Source: the template designer documentation of Jinja 3.1, "List of Builtin Filters".</remarks>
internal static partial class TemplateFilters
{
    /// <param name="Parameters">The names of the arguments; null where the filter looks at them itself.</param>
    /// <param name="Required">How many of the arguments must be given.</param>
    /// <param name="Apply">Applies the filter to a value.</param>
    private sealed record Filter(string[]? Parameters, int Required, Func<object?, CallArguments, object?> Apply);

    private static readonly Dictionary<string, Filter> Filters = All();

    /// <summary>Whether the environment has a filter.</summary>
    internal static bool Exists(string filter, TemplateOptions options) =>
        Filters.ContainsKey(filter) && (filter != "regex_replace" || !options.IsChat);

    private static Dictionary<string, Filter> All()
    {
        var filters = new Dictionary<string, Filter>();
        void Add(string name, Func<object?, CallArguments, object?> apply, int required = 0, params string[] parameters) =>
            filters[name] = new Filter(parameters, required, apply);
        void AddAny(string name, Func<object?, CallArguments, object?> apply) => filters[name] = new Filter(null, 0, apply);

        foreach (string name in new[] { "default", "d" })
            Add(name, Default, 0, "default_value", "boolean");
        foreach (string name in new[] { "length", "count" })
            Add(name, (value, a) => Values.Length(value) ?? throw NoLength(value, a.At));
        AddAny("map", (value, a) => new Generator(Mapped(value, a)));
        AddAny("select", (value, a) => Selected(value, a, attribute: false, keep: true));
        AddAny("reject", (value, a) => Selected(value, a, attribute: false, keep: false));
        AddAny("selectattr", (value, a) => Selected(value, a, attribute: true, keep: true));
        AddAny("rejectattr", (value, a) => Selected(value, a, attribute: true, keep: false));
        Add("attr", AttributeOf, 1, "name");
        AddAny("tojson", ToJson);
        AddTexts(Add, AddAny);
        AddNumbers(Add);
        AddSequences(Add);
        return filters;
    }

    internal static object? Apply(Evaluator evaluator, FilterCall call)
    {
        return Apply(call.Filter, evaluator.Value(call.Target), evaluator.Bind(call.Arguments, call.At));
    }

    internal static object? Apply(string name, object? value, CallArguments arguments)
    {
        if (!Exists(name, arguments.Evaluator.Rendering.Options))
            throw arguments.At.Error($"filter '{name}' is not known");
        Filter filter = Filters[name];
        if (filter.Parameters is not null)
            arguments.Expect(name, filter.Required, filter.Parameters);
        arguments.Evaluator.Rendering.Read(value, arguments.At);
        object? result = filter.Apply(value, arguments);
        if (Values.AsText(result) is { } text)
            arguments.Evaluator.Rendering.Written(text.Length, arguments.At);
        return result;
    }

    private static TemplateException NoLength(object? value, Position at) =>
        at.Error($"{Python.TypeName(value)} has no length; expected a string, list or map");

    private static object? Default(object? value, CallArguments arguments) =>
        value is Undefined || (Python.IsTrue(arguments.Get(1, "boolean", false)) && !Python.IsTrue(value))
            ? arguments.Get(0, "default_value", "")
            : value;

    /// <summary>Items as a list.</summary>
    internal static List<object?> Items(object? value, Position at) => [.. Values.Items(value, at)];

    private static IEnumerable<object?> Mapped(object? value, CallArguments arguments)
    {
        if (!Python.IsTrue(value))
            yield break;
        Func<object?, object?> map;
        if (arguments.Positional.Count == 0 && arguments.Named.TryGetValue("attribute", out object? attribute))
        {
            if (arguments.Named.Keys.FirstOrDefault(n => n is not ("attribute" or "default")) is { } unknown)
                throw arguments.At.Error($"map has no argument '{unknown}'");
            map = Getter(attribute, arguments, arguments.Named.GetValueOrDefault("default"));
        }
        else if (arguments.Positional.Count > 0 && Values.AsText(arguments.Positional[0]) is { } filter)
        {
            CallArguments rest = arguments with { Positional = [.. arguments.Positional.Skip(1)] };
            map = item => Apply(filter, item, rest);
        }
        else
        {
            throw arguments.At.Error("map expects the name of a filter, or attribute=NAME");
        }

        foreach (object? item in Values.Items(value, arguments.At))
        {
            arguments.Evaluator.Rendering.Step(arguments.At);
            yield return map(item);
        }
    }

    private static Generator Selected(object? value, CallArguments arguments, bool attribute, bool keep) =>
        new Generator(Chosen(value, arguments, attribute, keep));

    private static IEnumerable<object?> Chosen(object? value, CallArguments arguments, bool attribute, bool keep)
    {
        if (!Python.IsTrue(value))
            yield break;
        IReadOnlyList<object?> given = arguments.Positional;
        if (attribute && given.Count == 0)
            throw arguments.At.Error("selectattr and rejectattr expect the name of an attribute");
        Func<object?, object?> get = attribute ? Getter(given[0], arguments, null) : item => item;
        int first = attribute ? 1 : 0;
        Func<object?, bool> holds = Python.IsTrue;
        if (given.Count > first)
        {
            string test = Values.AsText(given[first]) ?? throw arguments.At.Error("select and reject expect the name of a test");
            CallArguments rest = arguments with { Positional = [.. given.Skip(first + 1)] };
            holds = item => TemplateTests.Holds(test, item, rest);
        }

        foreach (object? item in Values.Items(value, arguments.At))
        {
            arguments.Evaluator.Rendering.Step(arguments.At);
            if (holds(get(item)) == keep)
                yield return item;
        }
    }

    /// <summary>Gets an attribute of items, which may be a path with dots and a number for an index.</summary>
    private static Func<object?, object?> Getter(object? attribute, CallArguments arguments, object? otherwise)
    {
        object?[] path = attribute switch
        {
            null => [],
            string text => [.. text.Split('.').Select(p => p.Length > 0 && p.All(char.IsAsciiDigit) ? PythonInteger.Parse(p, 10) : p)],
            _ => [attribute],
        };
        return item =>
        {
            foreach (object? part in path)
            {
                item = arguments.Evaluator.Item(item, part, arguments.At);
                if (otherwise is not null && item is Undefined)
                    item = otherwise;
            }

            return item;
        };
    }

    private static object? AttributeOf(object? value, CallArguments arguments)
    {
        string name = Values.AsText(arguments.Get(0, "name", null)) ?? throw arguments.At.Error("attr expects the name of an attribute");
        if (Values.IsMap(value) && !Methods.Exists(value, name))
            return arguments.Evaluator.Rendering.Undefined($"the map has no attribute '{name}'");
        return arguments.Evaluator.Value(new Attribute(new Literal(value, arguments.At), name, arguments.At));
    }

    /// <summary>
    /// In chat templates, Python's <c>json.dumps</c>. In the templates of tasks, also Jinja's order of keys and its escapes of the
    /// characters that have a meaning in HTML.
    /// </summary>
    private static object ToJson(object? value, CallArguments arguments)
    {
        if (!arguments.Evaluator.Rendering.Options.IsChat)
        {
            arguments.Expect("tojson", 0, "indent");
            return new PythonText(PythonJson.Dump(value, Indent(arguments, 0), null, ascii: true, sortKeys: true)
                .Replace("<", "\\u003c", StringComparison.Ordinal).Replace(">", "\\u003e", StringComparison.Ordinal)
                .Replace("&", "\\u0026", StringComparison.Ordinal).Replace("'", "\\u0027", StringComparison.Ordinal));
        }

        arguments.Expect("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
        (string, string)? separators = arguments.Get(2, "separators", null) switch
        {
            null => null,
            IReadOnlyList<object?> and [string item, string key] => (item, key),
            _ => throw arguments.At.Error("tojson expects two texts as separators"),
        };
        bool ascii = Python.IsTrue(arguments.Get(0, "ensure_ascii", false));
        bool sorts = Python.IsTrue(arguments.Get(3, "sort_keys", false));
        return PythonJson.Dump(value, Indent(arguments, 1), separators, ascii, sorts);
    }

    private static string? Indent(CallArguments arguments, int place) => arguments.Get(place, "indent", null) switch
    {
        null => null,
        string text => text,
        bool flag => flag ? " " : "",
        long spaces and <= 1000 => new string(' ', (int)Math.Max(0, spaces)),
        var other => throw arguments.At.Error(
            $"tojson got an indent of {Python.TypeName(other)}; expected a number up to 1000, or a text"),
    };
}
