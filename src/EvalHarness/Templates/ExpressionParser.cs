namespace EvalHarness.Templates;

/// <summary>
/// Parses Jinja's expressions. The methods are in the order of precedence, from the inline if, which binds most loosely, to the postfix
/// operators, which bind most tightly.
/// </summary>
internal partial class ExpressionParser(List<Token> tokens)
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

    /// <summary>Parses an expression or a tuple without parentheses, as it may stand after <c>=</c> in a set block.</summary>
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
}
