using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Jinja's tests, which stand after <c>is</c>.</summary>
/// <remarks>Source: the template designer documentation of Jinja 3.1, "List of Builtin Tests".</remarks>
internal static class TemplateTests
{
    private static readonly HashSet<string> OfOneValue =
    [
        "odd", "even", "defined", "undefined", "filter", "test", "none", "boolean", "false", "true", "integer", "float", "lower", "upper",
        "string", "mapping", "number", "sequence", "iterable", "callable", "escaped",
    ];

    private static readonly HashSet<string> OfTwoValues =
    [
        "divisibleby", "sameas", "in", "==", "eq", "equalto", "!=", "ne", ">", "gt", "greaterthan", ">=", "ge", "<", "lt", "lessthan", "<=",
        "le",
    ];

    internal static bool Exists(string test) => OfOneValue.Contains(test) || OfTwoValues.Contains(test);

    internal static bool Holds(Evaluator evaluator, TestCall call)
    {
        return Holds(call.Test, evaluator.Value(call.Target), evaluator.Bind(call.Arguments, call.At));
    }

    internal static bool Holds(string test, object? value, CallArguments arguments)
    {
        Position at = arguments.At;
        if (!Exists(test))
            throw at.Error($"test '{test}' is not known");
        int expected = OfTwoValues.Contains(test) ? 1 : 0;
        if (arguments.Positional.Count + arguments.Named.Count != expected)
        {
            throw at.Error(expected == 1
                ? $"test '{test}' takes one argument, got {arguments.Positional.Count}"
                : $"test '{test}' takes no argument, got {arguments.Positional.Count}");
        }

        return expected == 0
            ? HoldsAlone(test, value, arguments.Evaluator.Rendering.Options, at)
            : HoldsWith(test, value, arguments.Positional.Count == 1 ? arguments.Positional[0] : arguments.Named.Values.First(), at);
    }

    private static bool HoldsAlone(string test, object? value, TemplateOptions options, Position at) => test switch
    {
        "defined" => value is not Undefined,
        "undefined" => value is Undefined,
        "none" => value is null,
        "string" => Values.AsText(value) is not null,
        "number" => value is double || PythonInteger.Is(value),
        "integer" => value is long or BigInteger,
        "float" => value is double,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "mapping" => Values.IsMap(value),
        "sequence" => value is IReadOnlyList<object?> or Undefined { IsStrict: false } || Values.AsText(value) is not null
            || Values.IsMap(value),
        "iterable" => value is Undefined undefined ? undefined.Lenient(true) : Values.IsIterable(value),
        "callable" => value is Callable,
        "escaped" => value is PythonText,
        "filter" or "test" when !PythonDict.CanBeKey(value) => throw at.Error($"{Python.TypeName(value)} is no name of a {test}"),
        "filter" => Values.AsText(value) is { } filter && TemplateFilters.Exists(filter, options),
        "test" => Values.AsText(value) is { } name && Exists(name),
        "lower" => TextMethods.HasCase(Python.Str(value), upper: false),
        "upper" => TextMethods.HasCase(Python.Str(value), upper: true),
        _ => Arithmetic.Equal(Remainder(value, 2L, at), test == "odd" ? 1L : 0L),
    };

    private static object? Remainder(object? value, object? by, Position at) => value is double || PythonInteger.Is(value)
        ? Arithmetic.Apply("%", value, by, at)
        : throw at.Error($"{Python.TypeName(value)} is neither odd nor even nor divisible; expected a number");

    private static bool HoldsWith(string test, object? value, object? other, Position at) => test switch
    {
        "divisibleby" => Arithmetic.Equal(Remainder(value, other, at), 0L),
        "sameas" => IsSame(value, other),
        "in" => Arithmetic.Compare("in", value, other, at),
        "==" or "eq" or "equalto" => Arithmetic.Equal(value, other),
        "!=" or "ne" => !Arithmetic.Equal(value, other),
        "lt" or "lessthan" or "<" => Arithmetic.Compare("<", value, other, at),
        "gt" or "greaterthan" or ">" => Arithmetic.Compare(">", value, other, at),
        "le" or "<=" => Arithmetic.Compare("<=", value, other, at),
        _ => Arithmetic.Compare(">=", value, other, at),
    };

    /// <summary>Python's <c>is</c>: numbers, texts and constants of one type that are equal, or the same list or map.</summary>
    private static bool IsSame(object? value, object? other) =>
        ReferenceEquals(value, other) || (value is string or long or double or bool or BigInteger && Equals(value, other));
}
