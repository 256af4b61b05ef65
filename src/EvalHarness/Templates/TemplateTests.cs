namespace EvalHarness.Templates;

/// <summary>Jinja's tests, which stand after <c>is</c>.</summary>
/// <remarks>Source: the template designer documentation of Jinja 3.1, "List of Builtin Tests".</remarks>
internal static class TemplateTests
{
    internal static bool Holds(Evaluator evaluator, TestCall call)
    {
        if (call.Test is "defined" or "undefined")
            return evaluator.Evaluate(call.Target) is Undefined == (call.Test == "undefined");
        object? value = evaluator.Value(call.Target);
        List<object?> arguments = evaluator.Positional(call.Arguments);
        object? Other() => arguments.Count == 1
            ? arguments[0]
            : throw call.At.Error($"test '{call.Test}' takes one argument, got {arguments.Count}");
        return call.Test switch
        {
            "none" => value is null,
            "string" => value is string,
            "number" => value is long or double or bool,
            "integer" => value is long,
            "float" => value is double,
            "boolean" => value is bool,
            "true" => value is true,
            "false" => value is false,
            "mapping" => value is IReadOnlyDictionary<string, object?>,
            "sequence" or "iterable" => value is string or IReadOnlyList<object?> or IReadOnlyDictionary<string, object?>,
            "odd" => value is long odd && odd % 2 != 0,
            "even" => value is long even && even % 2 == 0,
            "divisibleby" => value is long n && Other() is long by && n % by == 0,
            "equalto" or "eq" or "sameas" => Arithmetic.Equal(value, Other()),
            "ne" => !Arithmetic.Equal(value, Other()),
            "in" => Arithmetic.Compare("in", value, Other(), call.At),
            "lt" or "lessthan" => Arithmetic.Compare("<", value, Other(), call.At),
            "gt" or "greaterthan" => Arithmetic.Compare(">", value, Other(), call.At),
            "le" => Arithmetic.Compare("<=", value, Other(), call.At),
            "ge" => Arithmetic.Compare(">=", value, Other(), call.At),
            _ => throw call.At.Error($"test '{call.Test}' is not known"),
        };
    }
}
