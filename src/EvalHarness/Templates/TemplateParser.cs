namespace EvalHarness.Templates;

/// <summary>Parses a template into nodes: text, output and the statements <c>set</c>, <c>if</c> and <c>for</c>.</summary>
internal sealed class TemplateParser(List<Token> tokens) : ExpressionParser(tokens)
{
    internal IReadOnlyList<Node> Parse()
    {
        IReadOnlyList<Node> nodes = ParseBody();
        if (Current.Kind != TokenKind.End)
            throw Unexpected("the end of the template");
        return nodes;
    }

    /// <summary>
    /// Parses nodes up to the end of the template, or up to a block whose name is one of <paramref name="until"/>. The name of that block
    /// is the next token afterwards.
    /// </summary>
    private List<Node> ParseBody(params string[] until)
    {
        var nodes = new List<Node>();
        while (Current.Kind != TokenKind.End)
        {
            if (Current.Kind == TokenKind.Text)
            {
                nodes.Add(new TextNode(Take().Text));
            }
            else if (Current.Kind == TokenKind.OutputStart)
            {
                Take();
                nodes.Add(new OutputNode(ParseTuple()));
                ExpectKind(TokenKind.OutputEnd, "}}");
            }
            else
            {
                Token start = Take();
                if (Current.Kind == TokenKind.Name && until.Contains(Current.Text))
                    return nodes;
                nodes.Add(ParseStatement(start.At));
            }
        }

        return until.Length == 0 ? nodes : throw Unexpected($"{{% {until[^1]} %}}");
    }

    private Node ParseStatement(Position at)
    {
        if (TakeName("set"))
        {
            List<string> names = ParseNames();
            Expect("=");
            var node = new SetNode(names, ParseTuple(), at);
            ExpectKind(TokenKind.BlockEnd, "%}");
            return node;
        }

        if (TakeName("if"))
            return ParseIf();
        if (TakeName("for"))
            return ParseFor(at);
        throw Unexpected("set, if or for");
    }

    private IfNode ParseIf()
    {
        var branches = new List<(Expression, IReadOnlyList<Node>)>();
        IReadOnlyList<Node> otherwise = [];
        do
        {
            Expression condition = ParseExpression();
            ExpectKind(TokenKind.BlockEnd, "%}");
            branches.Add((condition, ParseBody("elif", "else", "endif")));
        }
        while (TakeName("elif"));

        if (TakeName("else"))
        {
            ExpectKind(TokenKind.BlockEnd, "%}");
            otherwise = ParseBody("endif");
        }

        TakeName("endif");
        ExpectKind(TokenKind.BlockEnd, "%}");
        return new IfNode(branches, otherwise);
    }

    private ForNode ParseFor(Position at)
    {
        List<string> names = ParseNames();
        if (!TakeName("in"))
            throw Unexpected("'in'");
        // ParseExpression would take an "if" for an inline if, but here it filters the items of the loop.
        Expression items = ParseOr();
        Expression? filter = TakeName("if") ? ParseExpression() : null;
        ExpectKind(TokenKind.BlockEnd, "%}");
        IReadOnlyList<Node> body = ParseBody("else", "endfor");
        IReadOnlyList<Node> otherwise = [];
        if (TakeName("else"))
        {
            ExpectKind(TokenKind.BlockEnd, "%}");
            otherwise = ParseBody("endfor");
        }

        TakeName("endfor");
        ExpectKind(TokenKind.BlockEnd, "%}");
        return new ForNode(names, items, filter, body, otherwise, at);
    }

    private List<string> ParseNames()
    {
        var names = new List<string> { ExpectName() };
        while (TakeOperator(","))
            names.Add(ExpectName());
        return names;
    }

    private void ExpectKind(TokenKind kind, string text)
    {
        if (Current.Kind != kind)
            throw Unexpected(text);
        Take();
    }
}
