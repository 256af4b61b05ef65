using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The methods of Python's strings, lists and maps that templates may call, and <c>range</c>.</summary>
internal static class Methods
{
    /// <summary>
    /// More numbers or characters than any prompt holds. A template that asks for more is wrong, and would take the memory.
    /// </summary>
    internal const int LargestSize = 10_000_000;

    private static readonly HashSet<string> ListMethods = ["index", "count"];
    private static readonly HashSet<string> MapMethods = ["items", "keys", "values", "get", "copy"];
    private static readonly HashSet<string> Changing =
    [
        "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort", "popitem", "setdefault", "update",
    ];

    internal static bool Exists(object? target, string method) => target switch
    {
        string or PythonText => TextMethods.Exists(method),
        IReadOnlyList<object?> list => ListMethods.Contains(method) || (method == "copy" && list is not PythonSequence),
        IReadOnlyDictionary<string, object?> or PythonDict => MapMethods.Contains(method),
        double => method is "is_integer" or "conjugate" or "as_integer_ratio",
        _ => PythonInteger.Is(target) && method is "bit_length" or "bit_count" or "conjugate" or "as_integer_ratio",
    };

    /// <summary>An attribute that is no method and no member of a map.</summary>
    internal static bool TryAttribute(object? target, string name, out object? value)
    {
        if (target is PythonObject other)
            return other.TryMember(name, out value);
        value = name switch
        {
            "real" => target is double ? target : PythonInteger.From(target) is { } number ? PythonInteger.Of(number) : null,
            "imag" => target is double ? 0.0 : PythonInteger.Is(target) ? 0L : null,
            "numerator" => PythonInteger.From(target) is { } number ? PythonInteger.Of(number) : null,
            "denominator" => PythonInteger.Is(target) ? 1L : null,
            _ => null,
        };
        return value is not null;
    }

    /// <summary>Whether Jinja's sandbox keeps an attribute from templates: methods that change a value, and Python's own.</summary>
    internal static bool IsRefused(object? target, string name) =>
        (name.StartsWith("__", StringComparison.Ordinal) && name.EndsWith("__", StringComparison.Ordinal))
        || (name is "clear" or "pop" or "popitem" or "setdefault" or "update" && Values.IsMap(target))
        || (target is IReadOnlyList<object?> and not PythonSequence && Changing.Contains(name));

    /// <summary>Python's <c>range</c> of one to three integers.</summary>
    internal static object Range(CallArguments arguments)
    {
        Position at = arguments.At;
        IReadOnlyList<object?> given = arguments.Positional;
        if (given.Count is 0 or > 3 || given.Any(a => a is not (long or bool)) || arguments.Named.Count > 0)
            throw at.Error("range takes one to three integers");
        long[] bounds = [.. given.Select(g => g is long number ? number : g is true ? 1 : 0)];
        (long start, long stop, long step) = bounds.Length == 1
            ? (0, bounds[0], 1)
            : (bounds[0], bounds[1], bounds.Length == 3 ? bounds[2] : 1);
        if (step == 0)
            throw at.Error("the step of a range cannot be 0");
        Int128 count = Int128.Max(0, ((Int128)stop - start + step - Math.Sign(step)) / step);
        TemplateOptions options = arguments.Evaluator.Rendering.Options;
        if (count > options.LargestRange)
            throw at.Error($"a range of {count} numbers; expected {options.LargestRange} or fewer");
        arguments.Evaluator.Rendering.Step(at, (long)count / 8);
        List<object?> numbers = [.. Enumerable.Range(0, (int)count).Select(i => (object?)(long)(start + ((Int128)i * step)))];
        return PythonSequence.Range(numbers, RangeText(start, stop, step));
    }

    /// <summary>The range that a slice of a range is.</summary>
    internal static PythonSequence RangeOf(List<object?> numbers, long step)
    {
        long start = numbers.Count > 0 ? (long)numbers[0]! : 0;
        long between = numbers.Count > 1 ? (long)numbers[1]! - start : Math.Sign(step);
        return PythonSequence.Range(numbers, RangeText(start, start + (between * numbers.Count), between));
    }

    private static string RangeText(long start, long stop, long step) =>
        step == 1 ? $"range({start}, {stop})" : $"range({start}, {stop}, {step})";

    internal static object? Call(BoundMethod method, CallArguments arguments) => method.Target switch
    {
        string text => TextMethods.Call(text, method.Method, arguments),
        PythonText text => TextMethods.CallMarked(text, method.Method, arguments),
        IReadOnlyList<object?> list => OfList(list, method.Method, arguments),
        double or long or bool or BigInteger => OfNumber(method.Target, method.Method, arguments),
        var map => OfMap(map, method.Method, arguments),
    };

    private static object OfNumber(object? number, string method, CallArguments arguments)
    {
        arguments.Expect(method, 0);
        (BigInteger numerator, BigInteger denominator) = number is double real
            ? PythonFloat.Ratio(double.IsFinite(real) || method != "as_integer_ratio"
                ? double.IsFinite(real) ? real : 0
                : throw arguments.At.Error($"{Python.Float(real)} is no ratio of integers"))
            : (PythonInteger.From(number)!.Value, BigInteger.One);
        return method switch
        {
            "is_integer" => number is double value && double.IsFinite(value) && denominator.IsOne,
            "as_integer_ratio" => PythonSequence.Tuple([PythonInteger.Of(numerator), PythonInteger.Of(denominator)]),
            "bit_length" => (long)BigInteger.Abs(numerator).GetBitLength(),
            "bit_count" => BigInteger.Abs(numerator).ToByteArray().Sum(b => (long)BitOperations.PopCount(b)),
            _ => number is double ? number : PythonInteger.Of(numerator),
        };
    }

    private static object? OfMap(object? map, string method, CallArguments arguments)
    {
        if (method == "get")
        {
            arguments.Expect("get", 1, "key", "default");
            return Values.TryMember(map, arguments.Get(0, "key", null), out object? value) ? value : arguments.Get(1, "default", null);
        }

        arguments.Expect(method, 0);
        if (method == "copy")
            return map;
        List<object?> items = [.. Values.Members(map).Select(m => method switch
        {
            "keys" => m.Key,
            "values" => m.Value,
            _ => PythonSequence.Tuple([m.Key, m.Value]),
        })];
        return new MapView(method, items);
    }

    private static object OfList(IReadOnlyList<object?> list, string method, CallArguments arguments)
    {
        if (method == "copy")
            return list;
        if (arguments.Positional.Count is 0 or > 3 || (arguments.Positional.Count > 1 && method == "count"))
            throw arguments.At.Error($"list.{method} takes one argument, got {arguments.Positional.Count}");
        object? wanted = arguments.Positional[0];
        if (method == "count")
            return (long)list.Count(item => Arithmetic.Equal(item, wanted));
        int[] places = [.. Python.SliceIndices(list.Count, Place(arguments, 1), Place(arguments, 2), 1)];
        foreach (int i in places)
        {
            if (Arithmetic.Equal(list[i], wanted))
                return (long)i;
        }

        throw arguments.At.Error($"{Python.Repr(wanted)} is not in the list");
    }

    /// <summary>A place to start or to end at; null if it is left out.</summary>
    internal static long? Place(CallArguments arguments, int i) => arguments.Positional.ElementAtOrDefault(i) switch
    {
        null => null,
        long place => place,
        BigInteger place => place.Sign < 0 ? long.MinValue : long.MaxValue,
        bool flag => flag ? 1 : 0,
        var other => throw arguments.At.Error($"a place to start or to end at is {Python.TypeName(other)}; expected an integer"),
    };
}
