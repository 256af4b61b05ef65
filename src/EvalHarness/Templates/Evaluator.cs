using System.Globalization;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>
/// The value of a name, member or index that does not exist. As with Jinja's StrictUndefined, any use of it is an error, except to test
/// whether it is defined or to give it a default.
/// </summary>
internal sealed record Undefined(string Description);

/// <summary>A method together with the value that it will be called on, as <c>text.strip</c> in <c>text.strip()</c>.</summary>
internal sealed record BoundMethod(object? Target, string Method);

/// <summary>Evaluates expressions in a scope of variables.</summary>
internal sealed class Evaluator(Dictionary<string, object?> scope)
{
    internal Dictionary<string, object?> Scope { get; } = scope;

    /// <summary>The value of an expression. It is an error if the value is undefined, or a method that is not called.</summary>
    internal object? Value(Expression expression) => Evaluate(expression) switch
    {
        Undefined undefined => throw expression.At.Error(undefined.Description),
        BoundMethod method => throw expression.At.Error($"'{method.Method}' is a method; expected parentheses after it"),
        var value => value,
    };

    /// <summary>The value of an expression, which may be <see cref="Undefined"/> or a <see cref="BoundMethod"/>.</summary>
    internal object? Evaluate(Expression expression)
    {
        switch (expression)
        {
            case Literal literal:
                return literal.Value;
            case Name name:
                return Scope.TryGetValue(name.Identifier, out object? variable) ? variable : new Undefined(UndefinedName(name.Identifier));
            case ListLiteral list:
                return list.Items.Select(Value).ToList();
            case MapLiteral map:
                var members = new OrderedDictionary<string, object?>();
                foreach ((Expression key, Expression value) in map.Items)
                    members[Python.Str(Value(key))] = Value(value);
                return members;
            case Attribute attribute:
                return Member(Value(attribute.Target), attribute);
            case Index index:
                return Item(Value(index.Target), Value(index.Key), index);
            case Slice slice:
                return Sliced(slice);
            case Call call:
                return Invoke(call);
            case FilterCall filter:
                return TemplateFilters.Apply(this, filter);
            case TestCall test:
                return TemplateTests.Holds(this, test) != test.Negated;
            case Unary { Operator: "not" } not:
                return !Python.IsTrue(Value(not.Operand));
            case Unary unary:
                return Arithmetic.Negate(unary.Operator, Value(unary.Operand), unary.At);
            case Binary { Operator: "and" } and:
                object? left = Value(and.Left);
                return Python.IsTrue(left) ? Value(and.Right) : left;
            case Binary { Operator: "or" } or:
                object? first = Value(or.Left);
                return Python.IsTrue(first) ? first : Value(or.Right);
            case Binary binary:
                return Arithmetic.Apply(binary.Operator, Value(binary.Left), Value(binary.Right), binary.At);
            case Comparison comparison:
                return Compare(comparison);
            case Conditional conditional:
                if (Python.IsTrue(Value(conditional.Condition)))
                    return Evaluate(conditional.Then);
                // For a missing else, Jinja uses its lenient undefined value even in a strict environment, and that prints as nothing.
                return conditional.Else is null ? "" : Evaluate(conditional.Else);
            default:
                throw expression.At.Error($"{expression.GetType().Name} cannot be evaluated");
        }
    }

    internal List<object?> Positional(Arguments arguments) => [.. arguments.Positional.Select(Value)];

    private string UndefinedName(string name)
    {
        string[] known = [.. Scope.Keys.Take(12)];
        return $"'{name}' is not defined; defined are {(known.Length == 0 ? "no names" : string.Join(", ", known))}";
    }

    private static object? Member(object? target, Attribute attribute)
    {
        if (target is IReadOnlyDictionary<string, object?> map)
        {
            if (attribute.Member is "items" or "keys" or "values" or "get")
                return new BoundMethod(target, attribute.Member);
            return map.TryGetValue(attribute.Member, out object? value)
                ? value
                : new Undefined($"the map has no member '{attribute.Member}'; it has {string.Join(", ", map.Keys.Take(12))}");
        }

        return Methods.Exists(target, attribute.Member)
            ? new BoundMethod(target, attribute.Member)
            : new Undefined($"{Python.TypeName(target)} has no member '{attribute.Member}'");
    }

    private static object? Item(object? target, object? key, Index index)
    {
        switch (target, key)
        {
            case (IReadOnlyDictionary<string, object?> map, _):
                return map.TryGetValue(Python.Str(key), out object? member)
                    ? member
                    : new Undefined($"the map has no member '{Python.Str(key)}'");
            case (IReadOnlyList<object?> list, long or bool):
                int position = Resolve(Convert.ToInt64(key, CultureInfo.InvariantCulture), list.Count);
                return position < 0 ? new Undefined($"index {key} is outside a list of {list.Count}") : list[position];
            case (string text, long number):
                string[] characters = CodePoints(text);
                int at = Resolve(number, characters.Length);
                return at < 0 ? new Undefined($"index {number} is outside a string of {characters.Length}") : characters[at];
            default:
                throw index.At.Error($"{Python.TypeName(target)} cannot be indexed with {Python.TypeName(key)}");
        }
    }

    /// <summary>Counts a negative index from the end. Returns -1 if the index is out of range.</summary>
    private static int Resolve(long index, int count)
    {
        if (index < 0)
            index += count;
        return index >= 0 && index < count ? (int)index : -1;
    }

    /// <summary>Splits a text into the characters that Python counts, which are code points instead of UTF-16 code units.</summary>
    internal static string[] CodePoints(string text) => [.. text.EnumerateRunes().Select(r => r.ToString())];

    private object Sliced(Slice slice)
    {
        long? Bound(Expression? bound) => bound is null ? null : Value(bound) switch
        {
            long number => number,
            null => null,
            var other => throw bound.At.Error($"a slice bound is {Python.TypeName(other)}; expected an integer"),
        };

        object? target = Value(slice.Target);
        long step = Bound(slice.Step) ?? 1;
        IEnumerable<int> Indices(int length) => Python.SliceIndices(length, Bound(slice.Start), Bound(slice.Stop), step);
        if (step == 0)
            throw slice.At.Error("the step of a slice cannot be 0");
        switch (target)
        {
            case string text:
                string[] characters = CodePoints(text);
                return string.Concat(Indices(characters.Length).Select(i => characters[i]));
            case IReadOnlyList<object?> list:
                return Indices(list.Count).Select(i => list[i]).ToList();
            default:
                throw slice.At.Error($"{Python.TypeName(target)} cannot be sliced; expected a string or a list");
        }
    }

    private object? Invoke(Call call)
    {
        if (call.Target is Name { Identifier: "range" } && !Scope.ContainsKey("range"))
            return Methods.Range(Positional(call.Arguments), call.At);
        return Evaluate(call.Target) switch
        {
            BoundMethod method => Methods.Call(method, Positional(call.Arguments), Named(call.Arguments), call.At),
            Undefined undefined => throw call.At.Error(undefined.Description),
            var other => throw call.At.Error($"{Python.TypeName(other)} cannot be called"),
        };
    }

    internal Dictionary<string, object?> Named(Arguments arguments) =>
        arguments.Named.ToDictionary(a => a.Key, a => Value(a.Value));

    private bool Compare(Comparison comparison)
    {
        object? left = Value(comparison.First);
        foreach ((string op, Expression operand) in comparison.Rest)
        {
            object? right = Value(operand);
            if (!Arithmetic.Compare(op, left, right, operand.At))
                return false;
            left = right;
        }

        return true;
    }
}
