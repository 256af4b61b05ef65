namespace EvalHarness.Templates;

/// <summary>Parses a template into nodes: text, output and statements.</summary>
internal sealed partial class TemplateParser(List<Token> tokens, TemplateOptions options) : ExpressionParser(tokens, options)
{
    private int _loops;

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
        Enter();
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
                {
                    Leave();
                    return nodes;
                }

                nodes.AddRange(ParseStatement(start.At));
            }
        }

        Leave();
        return until.Length == 0 ? nodes : throw Unexpected($"{{% {until[^1]} %}}");
    }

    /// <summary>Parses nodes up to the block that ends them, and that block.</summary>
    private List<Node> ParseBodyTo(string end)
    {
        ExpectBlockEnd();
        List<Node> body = ParseBody(end);
        Take();
        ExpectBlockEnd();
        return body;
    }

    private List<Node> ParseStatement(Position at)
    {
        if (TakeName("set"))
            return [ParseSet(at)];
        if (TakeName("if"))
            return [ParseIf()];
        if (TakeName("for"))
            return [ParseFor(at)];
        return ParseOtherStatement(at);
    }

    private Node ParseSet(Position at)
    {
        AssignmentTarget target = ParseTarget(withMembers: true);
        if (!IsOperator("="))
        {
            var filters = new List<FilterStep>();
            while (IsOperator("|"))
                filters.Add(ParseFilter());
            return new SetBlockNode(target, filters, ParseOwnBodyTo("endset"), at);
        }

        Expect("=");
        var node = new SetNode(target, ParseTuple(), at);
        ExpectBlockEnd();
        return node;
    }

    private IfNode ParseIf()
    {
        var branches = new List<(Expression, IReadOnlyList<Node>)>();
        IReadOnlyList<Node> otherwise = [];
        bool outer = IsConditional;
        IsConditional = true;
        do
        {
            Expression condition = ParseExpression();
            ExpectBlockEnd();
            branches.Add((condition, ParseBody("elif", "else", "endif")));
        }
        while (TakeName("elif"));

        if (TakeName("else"))
        {
            ExpectBlockEnd();
            otherwise = ParseBody("endif");
        }

        IsConditional = outer;
        TakeName("endif");
        ExpectBlockEnd();
        return new IfNode(branches, otherwise);
    }

    private ForNode ParseFor(Position at)
    {
        AssignmentTarget target = ParseTarget(withMembers: false);
        if (!TakeName("in"))
            throw Unexpected("'in'");
        // A conditional expression would take the "if", which here filters the items of the loop.
        Expression items = ParseTupleOf(ParseOr, () => IsName("if") || IsName("recursive"));
        Expression? filter = TakeName("if") ? ParseExpression() : null;
        bool isRecursive = TakeName("recursive");
        ExpectBlockEnd();
        bool outer = IsConditional;
        IsConditional = false;
        _loops++;
        IReadOnlyList<Node> body = ParseBody("else", "endfor");
        _loops--;
        IsConditional = outer;
        IReadOnlyList<Node> otherwise = [];
        if (TakeName("else"))
        {
            ExpectBlockEnd();
            otherwise = ParseBody("endfor");
        }

        TakeName("endfor");
        ExpectBlockEnd();
        return new ForNode(target, items, filter, body, otherwise, isRecursive, at);
    }

    private AssignmentTarget ParseTarget(bool withMembers)
    {
        AssignmentTarget first = ParseOneTarget(withMembers);
        if (!IsOperator(","))
            return first;
        var items = new List<AssignmentTarget> { first };
        while (TakeOperator(",") && (Current.Kind == TokenKind.Name ? !IsName("in") : IsOperator("(")))
            items.Add(ParseOneTarget(withMembers));
        return new TupleTarget(items);
    }

    private AssignmentTarget ParseOneTarget(bool withMembers)
    {
        if (TakeOperator("("))
        {
            Enter();
            AssignmentTarget inner = ParseTarget(withMembers);
            Leave();
            Expect(")");
            return inner;
        }

        Position at = Current.At;
        string name = ExpectName();
        return withMembers && TakeOperator(".") ? new MemberTarget(name, ExpectName(), at) : new NameTarget(name);
    }

    private void ExpectBlockEnd() => ExpectKind(TokenKind.BlockEnd, "%}");

    private void ExpectKind(TokenKind kind, string text)
    {
        if (Current.Kind != kind)
            throw Unexpected(text);
        Take();
    }
}
