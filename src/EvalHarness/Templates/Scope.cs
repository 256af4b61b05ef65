namespace EvalHarness.Templates;

/// <summary>
/// The variables of a part of a template, which sees those of the parts around it. What a loop, a macro or a scoped block sets is lost
/// where it ends.
/// </summary>
internal sealed class Scope
{
    private readonly Scope? _outer;
    private readonly IReadOnlyDictionary<string, object?> _variables;
    private readonly Dictionary<string, object?>? _own;

    /// <param name="outer">The scope around this one; null for the outermost.</param>
    internal Scope(Scope? outer = null)
    {
        _outer = outer;
        _variables = _own = [];
    }

    private Scope(Scope? outer, IReadOnlyDictionary<string, object?> variables) => (_outer, _variables) = (outer, variables);

    /// <summary>The scope that a template is rendered in.</summary>
    /// <param name="globals">The functions of the environment.</param>
    /// <param name="variables">The variables that the template is rendered with, which hide functions of the same name.</param>
    internal static Scope Outermost(IReadOnlyDictionary<string, object?>? globals, IReadOnlyDictionary<string, object?> variables) =>
        new(new Scope(globals is null ? null : new Scope(null, globals), variables));

    /// <summary>The names of all variables, those of the outermost scope first.</summary>
    internal IEnumerable<string> Names => (_outer?.Names ?? []).Concat(_variables.Keys).Distinct();

    internal object? this[string name]
    {
        set => (_own ?? throw new InvalidOperationException("The variables of a document do not change."))[name] = value;
    }

    internal bool TryGet(string name, out object? value)
    {
        for (Scope? scope = this; scope is not null; scope = scope._outer)
        {
            if (scope._variables.TryGetValue(name, out value))
                return true;
        }

        value = null;
        return false;
    }
}
