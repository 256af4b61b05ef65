namespace EvalHarness.Templates;

/// <summary>
/// Finds the variables that must be defined to render a template. A variable that the template only tests for being defined, or gives a
/// default, is not among them.
/// </summary>
internal static class VariableFinder
{
    internal static HashSet<string> Find(IReadOnlyList<Node> nodes)
    {
        var found = new HashSet<string>();
        Visit(nodes, found, []);
        return found;
    }

    private static void Visit(IReadOnlyList<Node> nodes, HashSet<string> found, HashSet<string> bound)
    {
        foreach (Node node in nodes)
        {
            switch (node)
            {
                case OutputNode output:
                    Visit(output.Value, found, bound);
                    break;
                case SetNode set:
                    Visit(set.Value, found, bound);
                    bound.UnionWith(set.Names);
                    break;
                case SetBlockNode set:
                    Visit(set.Filters.SelectMany(f => Of(f.Arguments)), found, bound);
                    Visit(set.Body, found, [.. bound]);
                    bound.UnionWith(set.Target.Names);
                    break;
                case FilterBlockNode filter:
                    Visit(filter.Filters.SelectMany(f => Of(f.Arguments)), found, bound);
                    Visit(filter.Body, found, [.. bound]);
                    break;
                case WithNode with:
                    Visit(with.Values.Select(v => v.Value), found, bound);
                    Visit(with.Body, found, [.. bound, .. with.Values.SelectMany(v => v.Target.Names)]);
                    break;
                case MacroNode { Macro: var macro }:
                    bound.Add(macro.Name!);
                    Visit(macro, found, bound);
                    break;
                case CallBlockNode call:
                    Visit(call.Call, found, bound);
                    Visit(call.Caller, found, bound);
                    break;
                case IfNode choice:
                    foreach ((Expression condition, IReadOnlyList<Node> body) in choice.Branches)
                    {
                        Visit(condition, found, bound);
                        Visit(body, found, bound);
                    }

                    Visit(choice.Else, found, bound);
                    break;
                case ForNode loop:
                    Visit(loop.Items, found, bound);
                    HashSet<string> inner = [.. bound, .. loop.Names, "loop"];
                    if (loop.Filter is not null)
                        Visit(loop.Filter, found, inner);
                    Visit(loop.Body, found, inner);
                    Visit(loop.Else, found, bound);
                    break;
            }
        }
    }

    private static void Visit(IEnumerable<Expression> expressions, HashSet<string> found, HashSet<string> bound)
    {
        foreach (Expression expression in expressions)
            Visit(expression, found, bound);
    }

    private static void Visit(MacroSyntax macro, HashSet<string> found, HashSet<string> bound)
    {
        Visit(macro.Defaults, found, bound);
        Visit(macro.Body, found, [.. bound, .. macro.Parameters, "caller", "varargs", "kwargs"]);
    }

    private static void Visit(Expression? expression, HashSet<string> found, HashSet<string> bound)
    {
        switch (expression)
        {
            case Name name when !bound.Contains(name.Identifier) && !Globals.Jinja.ContainsKey(name.Identifier):
                found.Add(name.Identifier);
                break;
            case TestCall { Test: "defined" or "undefined" } or FilterCall { Filter: "default" or "d" }:
                break;
            default:
                foreach (Expression child in Children(expression))
                    Visit(child, found, bound);
                break;
        }
    }

    internal static IEnumerable<Expression> Children(Expression? expression) => expression switch
    {
        ListLiteral list => list.Items,
        MapLiteral map => map.Items.SelectMany(i => new[] { i.Key, i.Value }),
        Attribute attribute => [attribute.Target],
        Index index => [index.Target, index.Key],
        Slice slice => new[] { slice.Target, slice.Start, slice.Stop, slice.Step }.OfType<Expression>(),
        Call call => [call.Target, .. Of(call.Arguments)],
        FilterCall filter => [filter.Target, .. Of(filter.Arguments)],
        TestCall test => [test.Target, .. Of(test.Arguments)],
        Unary unary => [unary.Operand],
        Binary binary => [binary.Left, binary.Right],
        Comparison comparison => [comparison.First, .. comparison.Rest.Select(r => r.Operand)],
        Conditional conditional => new[] { conditional.Condition, conditional.Then, conditional.Else }.OfType<Expression>(),
        _ => [],
    };

    private static IEnumerable<Expression> Of(Arguments arguments) => arguments.Positional.Concat(arguments.Named.Values)
        .Concat(new[] { arguments.More, arguments.MoreNamed }.OfType<Expression>());

    /// <summary>All names that nodes read, whether they are set there or not.</summary>
    internal static HashSet<string> Names(IEnumerable<Node> nodes)
    {
        var names = new HashSet<string>();
        var expressions = new Stack<Expression>(Expressions(nodes));
        while (expressions.TryPop(out Expression? expression))
        {
            if (expression is Name name)
                names.Add(name.Identifier);
            foreach (Expression child in Children(expression))
                expressions.Push(child);
        }

        return names;
    }

    private static IEnumerable<Expression> Expressions(IEnumerable<Node> nodes) => nodes.SelectMany(node => node switch
    {
        OutputNode output => [output.Value],
        SetNode set => [set.Value],
        SetBlockNode set => set.Filters.SelectMany(f => Of(f.Arguments)).Concat(Expressions(set.Body)),
        IfNode choice => choice.Branches.SelectMany(b => Expressions(b.Body).Append(b.Condition)).Concat(Expressions(choice.Else)),
        ForNode loop => new[] { loop.Items, loop.Filter }.OfType<Expression>()
            .Concat(Expressions(loop.Body)).Concat(Expressions(loop.Else)),
        MacroNode macro => macro.Macro.Defaults.Concat(Expressions(macro.Macro.Body)),
        CallBlockNode call => Expressions(call.Caller.Body).Append(call.Call).Concat(call.Caller.Defaults),
        FilterBlockNode filter => filter.Filters.SelectMany(f => Of(f.Arguments)).Concat(Expressions(filter.Body)),
        WithNode with => with.Values.Select(v => v.Value).Concat(Expressions(with.Body)),
        _ => Enumerable.Empty<Expression>(),
    });
}
