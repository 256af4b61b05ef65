namespace EvalHarness.Templates;

/// <summary>Jinja's expression grammar, from the loosest binding (inline if) to the tightest (postfix).</summary>
internal class ExpressionParser(List<Token> tokens)
{
    private int _next;

    protected Token Current => tokens[_next];

    protected Token Take() => tokens[_next++];

    protected bool IsOperator(string text) => Current.Kind == TokenKind.Operator && Current.Text == text;

    protected bool IsName(string text) => Current.Kind == TokenKind.Name && Current.Text == text;

    protected bool TakeOperator(string text)
    {
        if (!IsOperator(text))
            return false;
        _next++;
        return true;
    }

    protected bool TakeName(string text)
    {
        if (!IsName(text))
            return false;
        _next++;
        return true;
    }

    protected void Expect(string op)
    {
        if (!TakeOperator(op))
            throw Unexpected($"'{op}'");
    }

    protected string ExpectName()
    {
        if (Current.Kind != TokenKind.Name)
            throw Unexpected("a name");
        return Take().Text;
    }

    protected TemplateException Unexpected(string expected) =>
        Current.At.Error($"found {(Current.Kind == TokenKind.End ? "the end" : $"'{Current.Text}'")}, expected {expected}");

    internal Expression ParseExpression()
    {
        Expression value = ParseOr();
        while (IsName("if"))
        {
            Position at = Take().At;
            Expression condition = ParseOr();
            Expression? otherwise = TakeName("else") ? ParseExpression() : null;
            value = new Conditional(condition, value, otherwise, at);
        }

        return value;
    }

    /// <summary>An expression, or a tuple without parentheses, as after <c>in</c> and <c>=</c>.</summary>
    protected Expression ParseTuple()
    {
        Expression first = ParseExpression();
        if (!IsOperator(","))
            return first;
        var items = new List<Expression> { first };
        while (TakeOperator(",") && Current.Kind is not (TokenKind.BlockEnd or TokenKind.OutputEnd))
            items.Add(ParseExpression());
        return new ListLiteral(items, first.At);
    }

    protected Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (IsName("or"))
            left = new Binary("or", left, After(ParseAnd), left.At);
        return left;
    }

    private Expression After(Func<Expression> parse)
    {
        _next++;
        return parse();
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (IsName("and"))
            left = new Binary("and", left, After(ParseNot), left.At);
        return left;
    }

    private Expression ParseNot() =>
        IsName("not") ? new Unary("not", After(ParseNot), tokens[_next - 1].At) : ParseComparison();

    private Expression ParseComparison()
    {
        Expression first = ParseSum();
        var rest = new List<(string, Expression)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or ">" or "<=" or ">=")
                rest.Add((Take().Text, ParseSum()));
            else if (TakeName("in"))
                rest.Add(("in", ParseSum()));
            else if (IsName("not") && tokens[_next + 1] is { Kind: TokenKind.Name, Text: "in" })
            {
                _next += 2;
                rest.Add(("not in", ParseSum()));
            }
            else
                return rest.Count == 0 ? first : new Comparison(first, rest, first.At);
        }
    }

    private Expression ParseSum()
    {
        Expression left = ParseConcatenation();
        while (IsOperator("+") || IsOperator("-"))
        {
            Token op = Take();
            left = new Binary(op.Text, left, ParseConcatenation(), op.At);
        }

        return left;
    }

    private Expression ParseConcatenation()
    {
        Expression left = ParseProduct();
        while (IsOperator("~"))
        {
            Token op = Take();
            left = new Binary(op.Text, left, ParseProduct(), op.At);
        }

        return left;
    }

    private Expression ParseProduct()
    {
        Expression left = ParseUnary();
        while (IsOperator("*") || IsOperator("/") || IsOperator("//") || IsOperator("%"))
        {
            Token op = Take();
            left = new Binary(op.Text, left, ParseUnary(), op.At);
        }

        return left;
    }

    private Expression ParseUnary()
    {
        if (IsOperator("-") || IsOperator("+"))
        {
            Token op = Take();
            return ParseFilters(new Unary(op.Text, ParsePower(), op.At));
        }

        return ParseFilters(ParsePower());
    }

    private Expression ParsePower()
    {
        Expression left = ParsePostfix(ParsePrimary());
        while (IsOperator("**"))
        {
            Token op = Take();
            left = new Binary(op.Text, left, ParseUnary(), op.At);
        }

        return left;
    }

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
                    return new ListLiteral([], token.At);
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
                return new ListLiteral(tuple, token.At);
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
                Take();
                Position at = Current.At;
                string filter = ExpectName();
                target = new FilterCall(target, filter, IsOperator("(") ? ParseArguments() : Arguments.None, at);
            }
            else if (IsName("is"))
            {
                Position at = Take().At;
                bool negated = TakeName("not");
                string test = ExpectName();
                Arguments arguments = IsOperator("(") ? ParseArguments()
                    : Current.Kind is TokenKind.String or TokenKind.Number || (Current.Kind == TokenKind.Name && Current.Text is not ("and" or "or" or "else" or "if" or "is" or "not" or "in"))
                        ? new Arguments([ParsePostfix(ParsePrimary())], Arguments.None.Named)
                        : Arguments.None;
                target = new TestCall(target, test, arguments, negated, at);
            }
            else
                return target;
        }
    }

    private Arguments ParseArguments()
    {
        Expect("(");
        var positional = new List<Expression>();
        var named = new Dictionary<string, Expression>();
        while (!IsOperator(")"))
        {
            if (Current.Kind == TokenKind.Name && tokens[_next + 1] is { Kind: TokenKind.Operator, Text: "=" })
            {
                string name = Take().Text;
                Take();
                named[name] = ParseExpression();
            }
            else
                positional.Add(ParseExpression());
            if (!TakeOperator(","))
                break;
        }

        Expect(")");
        return new Arguments(positional, named);
    }
}
