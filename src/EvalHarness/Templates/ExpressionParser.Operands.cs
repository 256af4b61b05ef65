namespace EvalHarness.Templates;

/// <summary>Parses operands: literals and names, with the members, subscripts, calls, filters and tests that follow them.</summary>
internal partial class ExpressionParser
{
    private Expression ParsePrimary()
    {
        Token token = Take();
        switch (token.Kind)
        {
            case TokenKind.Number:
                return new Literal(token.Value, token.At);
            case TokenKind.String:
                string text = token.Text;
                while (Current.Kind == TokenKind.String)
                    text += Take().Text;
                return new Literal(text, token.At);
            case TokenKind.Name:
                return token.Text switch
                {
                    "true" or "True" => new Literal(true, token.At),
                    "false" or "False" => new Literal(false, token.At),
                    "none" or "None" => new Literal(null, token.At),
                    _ => new Name(token.Text, token.At),
                };
            case TokenKind.Operator when token.Text == "(":
                if (TakeOperator(")"))
                    return new ListLiteral([], token.At, IsTuple: true);
                Expression inner = ParseExpression();
                if (!IsOperator(","))
                {
                    Expect(")");
                    return inner;
                }

                var tuple = new List<Expression> { inner };
                while (TakeOperator(",") && !IsOperator(")"))
                    tuple.Add(ParseExpression());
                Expect(")");
                return new ListLiteral(tuple, token.At, IsTuple: true);
            case TokenKind.Operator when token.Text == "[":
                var items = new List<Expression>();
                while (!IsOperator("]"))
                {
                    items.Add(ParseExpression());
                    if (!TakeOperator(","))
                        break;
                }

                Expect("]");
                return new ListLiteral(items, token.At);
            case TokenKind.Operator when token.Text == "{":
                var members = new List<(Expression, Expression)>();
                while (!IsOperator("}"))
                {
                    Expression key = ParseExpression();
                    Expect(":");
                    members.Add((key, ParseExpression()));
                    if (!TakeOperator(","))
                        break;
                }

                Expect("}");
                return new MapLiteral(members, token.At);
            default:
                _next--;
                throw Unexpected("a value");
        }
    }

    private Expression ParsePostfix(Expression target)
    {
        while (true)
        {
            Position at = Current.At;
            if (TakeOperator("."))
            {
                if (Current.Kind == TokenKind.Number)
                    target = new Index(target, new Literal(Take().Value, at), at);
                else
                    target = new Attribute(target, ExpectName(), at);
            }
            else if (TakeOperator("["))
                target = ParseSubscript(target, at);
            else if (IsOperator("("))
                target = new Call(target, ParseArguments(), at);
            else
                return target;
        }
    }

    private Expression ParseSubscript(Expression target, Position at)
    {
        Expression? start = IsOperator(":") ? null : ParseExpression();
        if (!TakeOperator(":"))
        {
            Expect("]");
            return new Index(target, start!, at);
        }

        Expression? stop = IsOperator(":") || IsOperator("]") ? null : ParseExpression();
        Expression? step = TakeOperator(":") && !IsOperator("]") ? ParseExpression() : null;
        Expect("]");
        return new Slice(target, start, stop, step, at);
    }

    private Expression ParseFilters(Expression target)
    {
        while (true)
        {
            if (IsOperator("|"))
            {
                FilterStep step = ParseFilter();
                target = new FilterCall(target, step.Filter, step.Arguments, step.At);
            }
            else if (IsName("is"))
                target = ParseTest(target);
            else if (IsOperator("("))
                target = new Call(target, ParseArguments(), Current.At);
            else
                return target;
        }
    }

    /// <summary>Parses a filter from the character <c>|</c> on.</summary>
    protected FilterStep ParseFilter()
    {
        Expect("|");
        return ParseFilterName();
    }

    protected FilterStep ParseFilterName()
    {
        Position at = Current.At;
        string filter = ExpectName();
        if (!TemplateFilters.Exists(filter, options) && !IsConditional)
            throw at.Error($"filter '{filter}' is not known");
        return new FilterStep(filter, IsOperator("(") ? ParseArguments() : Arguments.None, at);
    }

    private TestCall ParseTest(Expression target)
    {
        Position at = Take().At;
        bool negated = TakeName("not");
        string test = Current.Kind == TokenKind.Operator && TemplateTests.Exists(Current.Text) ? Take().Text : ExpectName();
        if (!TemplateTests.Exists(test) && !IsConditional)
            throw at.Error($"test '{test}' is not known");
        Arguments arguments = IsOperator("(") ? ParseArguments()
            : StartsTestArgument() ? new Arguments([ParsePostfix(ParsePrimary())], Arguments.None.Named)
            : Arguments.None;
        return new TestCall(target, test, arguments, negated, at);
    }

    /// <summary>Whether the argument of a test follows without parentheses, as in <c>is divisibleby 3</c>.</summary>
    private bool StartsTestArgument() => Current.Kind is TokenKind.String or TokenKind.Number
        || IsOperator("[") || IsOperator("{")
        || (Current.Kind == TokenKind.Name && Current.Text is not ("and" or "or" or "else" or "if" or "is" or "not" or "in"));

    protected Arguments ParseArguments()
    {
        Expect("(");
        var positional = new List<Expression>();
        var named = new OrderedDictionary<string, Expression>();
        Expression? more = null, moreNamed = null;
        while (!IsOperator(")"))
        {
            if (TakeOperator("**"))
                moreNamed = ParseExpression();
            else if (moreNamed is not null)
                throw Unexpected("')'");
            else if (TakeOperator("*"))
                more = ParseExpression();
            else if (Current.Kind == TokenKind.Name && tokens[_next + 1] is { Kind: TokenKind.Operator, Text: "=" })
            {
                string name = Take().Text;
                Take();
                named[name] = ParseExpression();
            }
            else if (named.Count > 0 || more is not null)
                throw Unexpected("an argument with a name");
            else
                positional.Add(ParseExpression());
            if (!TakeOperator(","))
                break;
        }

        Expect(")");
        return new Arguments(positional, named, more, moreNamed);
    }
}
