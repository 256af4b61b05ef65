using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Evaluates expressions in a scope of variables.</summary>
internal sealed partial class Evaluator(Scope scope, Rendering rendering)
{
    internal Scope Scope => scope;

    internal Rendering Rendering => rendering;

    private TemplateOptions Options => rendering.Options;

    /// <summary>The evaluator of the same rendering in another scope.</summary>
    internal Evaluator With(Scope other) => new(other, rendering);

    /// <summary>The evaluator of a new scope within this one's.</summary>
    internal Evaluator Inner() => With(new Scope(scope));

    /// <summary>The text that an expression prints as.</summary>
    internal string Text(Expression expression)
    {
        object? value = Value(expression);
        try
        {
            return Python.Str(value);
        }
        catch (PythonLimitException e)
        {
            throw expression.At.Error(e.Message);
        }
    }

    /// <summary>Whether an expression is true.</summary>
    internal bool IsTrue(Expression expression)
    {
        object? value = Value(expression);
        try
        {
            return Python.IsTrue(value);
        }
        catch (PythonLimitException e)
        {
            throw expression.At.Error(e.Message);
        }
    }

    /// <summary>The value of an expression, which may be <see cref="Undefined"/> or a <see cref="BoundMethod"/>.</summary>
    internal object? Value(Expression expression)
    {
        rendering.Step(expression.At);
        try
        {
            return Evaluated(expression);
        }
        catch (PythonLimitException e)
        {
            throw expression.At.Error(e.Message);
        }
    }

    private object? Evaluated(Expression expression)
    {
        switch (expression)
        {
            case Literal literal:
                return literal.Value;
            case Name name:
                return Scope.TryGet(name.Identifier, out object? variable) ? variable
                    : Globals.Jinja.TryGetValue(name.Identifier, out object? function) ? function
                    : rendering.Undefined(UndefinedName(name.Identifier));
            case ListLiteral list:
                List<object?> items = [.. list.Items.Select(Value)];
                return list.IsTuple ? PythonSequence.Tuple(items) : items;
            case MapLiteral map:
                return Map(map);
            case Attribute attribute:
                return Member(Value(attribute.Target), attribute);
            case Index index:
                return Item(Value(index.Target), Value(index.Key), index.At);
            case Slice slice:
                return Sliced(slice);
            case Call call:
                return Invoke(call, null);
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
                (object? operand, object? other) = (Value(binary.Left), Value(binary.Right));
                object? result = Arithmetic.Apply(binary.Operator, operand, other, binary.At);
                rendering.Made(result, binary.At);
                return result;
            case Comparison comparison:
                return Compare(comparison);
            case Conditional conditional:
                if (Python.IsTrue(Value(conditional.Condition)))
                    return Value(conditional.Then);
                if (conditional.Else is not null)
                    return Value(conditional.Else);
                // For a missing else, Jinja uses its lenient undefined value even in a strict environment, and that prints as nothing.
                return new Undefined("the condition of an inline if is false, and it has no else", isStrict: false);
            default:
                throw expression.At.Error($"{expression.GetType().Name} cannot be evaluated");
        }
    }

    private string UndefinedName(string name)
    {
        string[] known = [.. Scope.Names.Take(12)];
        return $"'{name}' is not defined; defined are {(known.Length == 0 ? "no names" : string.Join(", ", known))}";
    }

    private object Map(MapLiteral map)
    {
        var members = new List<KeyValuePair<object?, object?>>();
        foreach ((Expression key, Expression value) in map.Items)
        {
            object? name = Value(key);
            if (!PythonDict.CanBeKey(name))
                throw key.At.Error($"{Python.TypeName(name)} cannot be the key of a map");
            members.Add(KeyValuePair.Create(name, Value(value)));
        }

        return PythonDict.Of(members);
    }

    private bool Compare(Comparison comparison)
    {
        object? left = Value(comparison.First);
        foreach ((string op, Expression operand) in comparison.Rest)
        {
            object? right = Value(operand);
            rendering.Read(right, operand.At);
            if (!Arithmetic.Compare(op, left, right, operand.At))
                return false;
            left = right;
        }

        return true;
    }

    /// <summary>Assigns a value to a variable, to an attribute of a namespace, or its items to several of them.</summary>
    internal void Assign(AssignmentTarget target, object? value, Position at)
    {
        switch (target)
        {
            case NameTarget name:
                Scope[name.Identifier] = value;
                break;
            case MemberTarget member:
                if (!Scope.TryGet(member.Namespace, out object? owner) || owner is not Namespace space)
                    throw member.At.Error($"cannot set an attribute of '{member.Namespace}'; expected a namespace");
                space[member.Member] = value;
                break;
            case TupleTarget tuple:
                List<object?> parts = [.. Values.Items(value, at).Take(tuple.Items.Count + 1)];
                if (parts.Count != tuple.Items.Count)
                    throw at.Error($"cannot assign {Values.Length(value) ?? parts.Count} values to {tuple.Items.Count} names");
                for (int i = 0; i < parts.Count; i++)
                    Assign(tuple.Items[i], parts[i], at);
                break;
        }
    }
}
