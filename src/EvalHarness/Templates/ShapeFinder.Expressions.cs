namespace EvalHarness.Templates;

/// <content>What the expressions of a template show of its variables.</content>
internal sealed partial class ShapeFinder
{
    private static readonly HashSet<string> OfMaps = ["items", "keys", "values", "get"];
    private static readonly HashSet<string> OfLists = ["join", "first", "last", "map", "select", "list"];

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
            case TestCall { Test: "defined" or "undefined" } test:
                MayLack(test.Target, bound);
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
            case FilterCall { Filter: "default" or "d" } filter:
                MayLack(filter.Target, bound);
                break;
            case FilterCall filter when OfLists.Contains(filter.Filter):
                Path(filter.Target, bound)?.Item();
                break;
            default:
                Path(expression, bound);
                break;
        }

        // What is called by its name is a macro or a function of Jinja's, not a column.
        foreach (Expression child in VariableFinder.Children(expression).Where(c => !(expression is Call { Target: Name } && c is Name)))
            Visit(child, bound);
    }

    private void MayLack(Expression tested, Dictionary<string, Shape?> bound)
    {
        if (tested is Name name && !bound.ContainsKey(name.Identifier))
            _optional.Add(name.Identifier);
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
        {
            Number(index.Key, bound);
            Path(index, bound);
        }
    }

    private void Method(Attribute method, Call call, Dictionary<string, Shape?> bound)
    {
        Shape? target = Path(method.Target, bound);
        Expression? argument = call.Arguments.Positional is [var first, ..] ? first : null;
        switch (method.Member)
        {
            case "index" or "find" when argument is not null && Seek(argument, Found(method.Target), bound) is { } sought:
                // If the list is a variable as well, all of its items get the value that is searched for, so that it is found.
                if (target is not null)
                    target.Item().Literal = sought.Literal;
                break;
            case "split" when target is not null:
                target.SplitBy(call.Arguments.Positional is [Literal { Value: string separator }, ..] ? separator : " ");
                break;
            case "join" when argument is not null && Path(argument, bound) is { } joined:
                joined.Item();
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

    /// <summary>A value that a search finds in what is written in the template; null where it searches in a variable.</summary>
    private static object? Found(Expression searched) => searched switch
    {
        ListLiteral { Items: [Literal first, ..] } => first.Value,
        Literal { Value: string { Length: > 0 } text } => text[..1],
        _ => null,
    };

    /// <summary>Makes an expression have a value: a variable, or a variable with a text before or behind it.</summary>
    /// <returns>The shape of the variable; null for any other expression.</returns>
    private Shape? Seek(Expression expression, object? wanted, Dictionary<string, Shape?> bound)
    {
        switch (expression, wanted)
        {
            case (Binary { Operator: "+" or "~", Left: Literal { Value: string start } } sum, string text)
                when text.StartsWith(start, StringComparison.Ordinal):
                return Seek(sum.Right, text[start.Length..], bound);
            case (Binary { Operator: "+" or "~", Right: Literal { Value: string end } } sum, string text)
                when text.EndsWith(end, StringComparison.Ordinal):
                return Seek(sum.Left, text[..^end.Length], bound);
            default:
                Shape? shape = Path(expression, bound);
                if (shape is not null)
                    shape.Literal = wanted ?? shape.Literal ?? "A";
                return shape;
        }
    }
}
