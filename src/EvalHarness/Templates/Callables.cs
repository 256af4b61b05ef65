using System.Text;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>The values of the arguments of a call.</summary>
internal sealed record CallArguments(
    IReadOnlyList<object?> Positional, IReadOnlyDictionary<string, object?> Named, Evaluator Evaluator, Position At)
{
    /// <summary>The argument at a place or of a name.</summary>
    internal object? Get(int place, string name, object? otherwise) =>
        place < Positional.Count ? Positional[place] : Named.GetValueOrDefault(name, otherwise);

    /// <summary>Refuses arguments that a function does not have.</summary>
    internal void Expect(string function, int required, params ReadOnlySpan<string> names)
    {
        if (Positional.Count > names.Length)
            throw At.Error($"{function} takes at most {names.Length} arguments, got {Positional.Count}");
        foreach (string name in Named.Keys)
        {
            int place = names.IndexOf(name);
            if (place < 0)
                throw At.Error($"{function} has no argument '{name}'");
            if (place < Positional.Count)
                throw At.Error($"{function} got two values for its argument '{name}'");
        }

        for (int i = Positional.Count; i < required; i++)
        {
            if (!Named.ContainsKey(names[i]))
                throw At.Error($"{function} needs an argument '{names[i]}'");
        }
    }
}

/// <summary>A value that a template can call.</summary>
internal abstract class Callable : PythonObject
{
    internal abstract object? Call(CallArguments arguments);
}

/// <summary>A function of the environment.</summary>
internal sealed class Function(string name, Func<CallArguments, object?> call) : Callable
{
    public override string TypeName => $"the function '{name}'";

    internal override object? Call(CallArguments arguments) => call(arguments);
}

/// <summary>A method together with the value that it will be called on, as <c>text.strip</c> in <c>text.strip()</c>.</summary>
internal sealed class BoundMethod(object? target, string method) : Callable
{
    internal object? Target => target;

    internal string Method => method;

    public override string TypeName => $"the method '{method}'";

    public override void WriteRepr(StringBuilder text, int depth) =>
        throw new PythonLimitException($"'{method}' is a method; expected parentheses after it");

    internal override object? Call(CallArguments arguments) => Methods.Call(this, arguments);
}

/// <summary>A macro of a template, or the body of a call block.</summary>
/// <param name="syntax">Its parameters and its body.</param>
/// <param name="definedIn">The scope that it was defined in, whose variables it sees as they are when it is called.</param>
internal sealed class Macro(MacroSyntax syntax, Evaluator definedIn) : Callable
{
    public override string TypeName => $"the macro '{syntax.Name ?? "caller"}'";

    public override void WriteRepr(StringBuilder text, int depth) =>
        text.Append("<Macro ").Append(syntax.Name is null ? "anonymous" : Python.Quote(syntax.Name)).Append('>');

    public override bool TryMember(string name, out object? value)
    {
        value = name switch
        {
            "name" => syntax.Name,
            "arguments" => PythonSequence.Tuple([.. syntax.Parameters]),
            "caller" => Takes("caller"),
            "catch_kwargs" => Takes("kwargs"),
            "catch_varargs" => Takes("varargs"),
            _ => null,
        };
        return name is "name" or "arguments" or "caller" or "catch_kwargs" or "catch_varargs";
    }

    /// <summary>Whether the body reads one of the names that macros have besides their parameters.</summary>
    private bool Takes(string name) => syntax.Reads.Contains(name) && !syntax.Parameters.Contains(name);

    internal override object? Call(CallArguments arguments)
    {
        Position at = arguments.At;
        var inner = definedIn.With(new Scope(definedIn.Scope));
        var named = new OrderedDictionary<string, object?>(arguments.Named);
        IReadOnlyList<string> parameters = syntax.Parameters;
        for (int i = 0; i < parameters.Count; i++)
        {
            int fromEnd = parameters.Count - i;
            object? value = i < arguments.Positional.Count ? arguments.Positional[i]
                : named.Remove(parameters[i], out object? given) ? given
                : fromEnd <= syntax.Defaults.Count ? inner.Value(syntax.Defaults[^fromEnd])
                : inner.Rendering.Undefined($"parameter '{parameters[i]}' was not provided");
            inner.Scope[parameters[i]] = value;
        }

        if (Takes("caller"))
            inner.Scope["caller"] = named.Remove("caller", out object? caller) ? caller : inner.Rendering.Undefined("no caller is defined");
        if (Takes("kwargs"))
            inner.Scope["kwargs"] = named;
        else if (named.Count > 0)
            throw at.Error($"{TypeName} has no parameter '{named.GetAt(0).Key}'");
        if (Takes("varargs"))
            inner.Scope["varargs"] = PythonSequence.Tuple([.. arguments.Positional.Skip(parameters.Count)]);
        else if (arguments.Positional.Count > parameters.Count)
            throw at.Error($"{TypeName} takes at most {parameters.Count} arguments, got {arguments.Positional.Count}");

        inner.Rendering.EnterCall(at);
        string text = Renderer.Text(syntax.Body, inner, at);
        inner.Rendering.LeaveCall();
        return text;
    }
}
