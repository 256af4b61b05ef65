namespace EvalHarness.Templates;

/// <summary>
/// Guesses the shapes of a template's variables from how it uses them: a variable that it loops over is a list, one whose members it reads
/// is a map, and one that it computes with is a number.
/// </summary>
internal sealed partial class ShapeFinder
{
    private readonly Dictionary<string, Shape> _variables = [];
    private readonly HashSet<string> _optional = [];

    /// <summary>The shapes found so far, by the name of the variable.</summary>
    internal IReadOnlyDictionary<string, Shape> Variables => _variables;

    /// <summary>The variables that a template tests for being defined, or gives a default: a document may lack them.</summary>
    internal IReadOnlySet<string> Optional => _optional;

    internal Shape Variable(string name)
    {
        if (!_variables.TryGetValue(name, out Shape? shape))
            _variables[name] = shape = new Shape();
        return shape;
    }

    internal void Visit(Template template) => Visit(template.Nodes, []);

    /// <summary>
    /// Visits the template of a field whose value is a list. If the template only prints one variable, that variable is the list.
    /// </summary>
    internal void VisitList(Template template)
    {
        if (template.Nodes is [OutputNode { Value: Name or Attribute or Index } only])
            Path(only.Value, [])?.Item();
        Visit(template);
    }

    private void Visit(IReadOnlyList<Node> nodes, Dictionary<string, Shape?> bound)
    {
        foreach (Node node in nodes)
        {
            switch (node)
            {
                case OutputNode output:
                    Visit(output.Value, bound);
                    break;
                case SetNode set:
                    Visit(set.Value, bound);
                    foreach (string name in set.Names)
                        bound[name] = set.Names.Count == 1 ? Path(set.Value, bound) : null;
                    break;
                case IfNode choice:
                    foreach ((Expression condition, IReadOnlyList<Node> body) in choice.Branches)
                    {
                        Visit(condition, bound);
                        Visit(body, bound);
                    }

                    Visit(choice.Else, bound);
                    break;
                case ForNode loop:
                    Visit(loop.Items, bound);
                    Shape? item = loop.Items is Call ? null : Path(loop.Items, bound)?.Item();
                    var inner = new Dictionary<string, Shape?>(bound) { ["loop"] = null };
                    foreach ((string name, int i) in loop.Names.Select((name, i) => (name, i)))
                        inner[name] = loop.Names.Count == 1 ? item : i == 0 ? item?.Item() : null;
                    if (loop.Filter is not null)
                        Visit(loop.Filter, inner);
                    Visit(loop.Body, inner);
                    Visit(loop.Else, bound);
                    break;
                case SetBlockNode set:
                    Visit(set.Body, bound);
                    foreach (string name in set.Target.Names)
                        bound[name] = null;
                    break;
                case FilterBlockNode filter:
                    Visit(filter.Body, bound);
                    break;
                case MacroNode macro:
                    bound[macro.Macro.Name!] = null;
                    Visit(macro.Macro, bound);
                    break;
                case CallBlockNode call:
                    Visit(call.Call, bound);
                    Visit(call.Caller, bound);
                    break;
                case WithNode with:
                    foreach ((_, Expression value) in with.Values)
                        Visit(value, bound);
                    Visit(with.Body, Within(bound, with.Values.SelectMany(v => v.Target.Names)));
                    break;
            }
        }
    }

    private void Visit(MacroSyntax macro, Dictionary<string, Shape?> bound)
    {
        foreach (Expression value in macro.Defaults)
            Visit(value, bound);
        Visit(macro.Body, Within(bound, [.. macro.Parameters, "caller", "varargs", "kwargs"]));
    }

    private static Dictionary<string, Shape?> Within(Dictionary<string, Shape?> bound, IEnumerable<string> names)
    {
        var inner = new Dictionary<string, Shape?>(bound);
        foreach (string name in names)
            inner[name] = null;
        return inner;
    }
}
