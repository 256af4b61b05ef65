namespace EvalHarness.Templates;

/// <summary>
/// Guesses the shapes of a template's variables from how it uses them: a variable that it loops over is a list, one whose members it reads
/// is a map, and one that it computes with is a number.
/// </summary>
internal sealed class ShapeFinder
{
    private static readonly HashSet<string> OfMaps = ["items", "keys", "values", "get"];
    private static readonly HashSet<string> OfLists = ["join", "first", "last", "map", "select", "list"];

    private readonly Dictionary<string, Shape> _variables = [];

    /// <summary>The shapes found so far, by the name of the variable.</summary>
    internal IReadOnlyDictionary<string, Shape> Variables => _variables;

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
            }
        }
    }

    /// <summary>The shape of an expression that is a variable or a part of one; null for any other expression.</summary>
    private Shape? Path(Expression expression, Dictionary<string, Shape?> bound) => expression switch
    {
        Name name when bound.TryGetValue(name.Identifier, out Shape? shape) => shape,
        Name name => Globals.Jinja.ContainsKey(name.Identifier) ? null : Variable(name.Identifier),
        Attribute attribute => Path(attribute.Target, bound)?.Member(attribute.Member),
        Index { Key: Literal { Value: string key } } index => Path(index.Target, bound)?.Member(key),
        Index index => ItemAt(Path(index.Target, bound), index.Key),
        Call { Target: Attribute { Member: "strip" or "lstrip" or "rstrip" or "lower" or "upper" } call } => Path(call.Target, bound),
        Slice slice => Path(slice.Target, bound),
        FilterCall { Filter: "list" or "default" or "d" or "trim" } filter => Path(filter.Target, bound),
        _ => null,
    };

    private static Shape? ItemAt(Shape? list, Expression key)
    {
        if (list is not null && key is Literal { Value: long and >= 0 and < 1000 and var index })
            list.Count = Math.Max(list.Count, (int)index + 1);
        return list?.Item();
    }

    private void Visit(Expression expression, Dictionary<string, Shape?> bound)
    {
        switch (expression)
        {
            case TestCall { Test: "defined" or "undefined" }:
                return;
            case Call { Target: Attribute method } call:
                Method(method, call, bound);
                return;
            case Call call:
                foreach (Expression argument in call.Arguments.Positional)
                    Number(argument, bound);
                break;
            case Index { Key: not Literal } index:
                Key(index, bound);
                break;
            case Binary { Operator: "-" or "/" or "*" or "%" or "//" } arithmetic
                when arithmetic.Left is not Literal { Value: string }:
                Number(arithmetic.Left, bound);
                Number(arithmetic.Right, bound);
                break;
            case Binary { Operator: "+" } sum when sum.Left is Literal { Value: long } || sum.Right is Literal { Value: long }:
                Number(sum.Left, bound);
                Number(sum.Right, bound);
                break;
            case Comparison comparison:
                foreach ((string op, Expression operand) in comparison.Rest)
                {
                    if (operand is Literal { Value: long or double } || op is "<" or ">" or "<=" or ">=")
                        Number(comparison.First, bound);
                }

                break;
            case Slice slice:
                foreach (Expression end in new[] { slice.Start, slice.Stop }.OfType<Expression>())
                    Number(end, bound);
                break;
            case FilterCall { Filter: "map" } map
                when map.Arguments.Named.GetValueOrDefault("attribute") is Literal { Value: string member }:
                Path(map.Target, bound)?.Item().Member(member);
                break;
            case FilterCall filter when OfLists.Contains(filter.Filter):
                Path(filter.Target, bound)?.Item();
                break;
            default:
                Path(expression, bound);
                break;
        }

        foreach (Expression child in VariableFinder.Children(expression))
            Visit(child, bound);
    }

    private void Number(Expression expression, Dictionary<string, Shape?> bound)
    {
        if (Path(expression, bound) is { } shape)
            shape.IsNumber = true;
    }

    /// <summary>Handles a subscript that is not a literal: a key of the map literal that it is applied to, or else a number.</summary>
    private void Key(Index index, Dictionary<string, Shape?> bound)
    {
        if (index.Target is MapLiteral { Items: [(Literal first, _), ..] } && Path(index.Key, bound) is { } key)
            key.Literal = first.Value;
        else
            Number(index.Key, bound);
    }

    private void Method(Attribute method, Call call, Dictionary<string, Shape?> bound)
    {
        Shape? target = Path(method.Target, bound);
        Shape? argument = call.Arguments.Positional.Count > 0 ? Path(call.Arguments.Positional[0], bound) : null;
        switch (method.Member)
        {
            case "index" or "find" when argument is not null:
                argument.Literal = method.Target switch
                {
                    ListLiteral { Items: [Literal first, ..] } => first.Value,
                    Literal { Value: string { Length: > 0 } text } => text[..1],
                    _ => argument.Literal ?? "A",
                };
                // If the list is a variable as well, all of its items get the value that is searched for, so that it is found.
                if (target is not null)
                    target.Item().Literal = argument.Literal;
                break;
            case "split" when target is not null:
                target.SplitBy(call.Arguments.Positional is [Literal { Value: string separator }, ..] ? separator : " ");
                break;
            case "join" when argument is not null:
                argument.Item();
                break;
            case "get" when target is not null && call.Arguments.Positional is [Literal { Value: string key }, ..]:
                target.Member(key);
                break;
            default:
                if (target is not null && OfMaps.Contains(method.Member))
                    target.Member("key");
                else if (target is not null)
                    target.IsText = true;
                break;
        }

        Visit(method.Target, bound);
        foreach (Expression child in call.Arguments.Positional)
            Visit(child, bound);
    }
}
