namespace EvalHarness.Templates;

/// <summary>
/// Parses Jinja's expressions. The methods are in the order of precedence, from the inline if, which binds most loosely, to the postfix
/// operators, which bind most tightly.
/// </summary>
internal partial class ExpressionParser(List<Token> tokens, TemplateOptions options)
{
    /// <summary>How deep expressions and blocks may be nested. Jinja's own parser gives up before that.</summary>
    private const int DeepestNesting = 200;

    private int _next;
    private int _depth;

    /// <summary>
    /// Whether a condition decides if the current place is evaluated. There, Jinja looks filters and tests up when it comes to them.
    /// </summary>
    protected bool IsConditional { get; set; }

    protected TemplateOptions Options => options;

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

    /// <summary>Begins a part that may contain parts of its own kind.</summary>
    protected void Enter()
    {
        if (++_depth > DeepestNesting)
            throw Current.At.Error($"more than {DeepestNesting} expressions or blocks are nested");
    }

    protected void Leave() => _depth--;

    internal Expression ParseExpression()
    {
        Enter();
        Expression value = ParseOr();
        while (IsName("if"))
        {
            Position at = Take().At;
            Expression condition = ParseOr();
            Expression? otherwise = TakeName("else") ? ParseExpression() : null;
            value = new Conditional(condition, value, otherwise, at);
        }

        Leave();
        return value;
    }

    /// <summary>Parses an expression or a tuple without parentheses, as it may stand after <c>=</c> in a set block.</summary>
    protected Expression ParseTuple() =>
        ParseTupleOf(ParseExpression, () => Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd);

    protected Expression ParseTupleOf(Func<Expression> parse, Func<bool> ends)
    {
        Expression first = parse();
        if (!IsOperator(","))
            return first;
        var items = new List<Expression> { first };
        while (TakeOperator(",") && !ends())
            items.Add(parse());
        return new ListLiteral(items, first.At, IsTuple: true);
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

    private Expression ParseNot()
    {
        if (!IsName("not"))
            return ParseComparison();
        Position at = Take().At;
        Enter();
        var not = new Unary("not", ParseNot(), at);
        Leave();
        return not;
    }

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
        Expression left = ParsePower();
        while (IsOperator("*") || IsOperator("/") || IsOperator("//") || IsOperator("%"))
        {
            Token op = Take();
            left = new Binary(op.Text, left, ParsePower(), op.At);
        }

        return left;
    }

    /// <summary>Parses a power. As in Jinja, and unlike Python, powers group from the left, and a sign binds more tightly.</summary>
    private Expression ParsePower()
    {
        Expression left = ParseUnary(filters: true);
        while (IsOperator("**"))
        {
            Token op = Take();
            left = new Binary(op.Text, left, ParseUnary(filters: true), op.At);
        }

        return left;
    }

    private Expression ParseUnary(bool filters)
    {
        Expression value;
        if (IsOperator("-") || IsOperator("+"))
        {
            Token op = Take();
            Enter();
            value = new Unary(op.Text, ParseUnary(filters: false), op.At);
            Leave();
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return filters ? ParseFilters(value) : value;
    }
}
