namespace EvalHarness.Templates;

/// <summary>A position in the text of a template. Line and column are counted from 1.</summary>
internal readonly record struct Position(int Line, int Column)
{
    internal TemplateException Error(string message) => new(message, Line, Column);
}

internal abstract record Expression(Position At);

internal sealed record Literal(object? Value, Position At) : Expression(At);

internal sealed record Name(string Identifier, Position At) : Expression(At);

internal sealed record ListLiteral(IReadOnlyList<Expression> Items, Position At, bool IsTuple = false) : Expression(At);

internal sealed record MapLiteral(IReadOnlyList<(Expression Key, Expression Value)> Items, Position At) : Expression(At);

internal sealed record Attribute(Expression Target, string Member, Position At) : Expression(At);

internal sealed record Index(Expression Target, Expression Key, Position At) : Expression(At);

internal sealed record Slice(Expression Target, Expression? Start, Expression? Stop, Expression? Step, Position At) : Expression(At);

internal sealed record Call(Expression Target, Arguments Arguments, Position At) : Expression(At);

internal sealed record FilterCall(Expression Target, string Filter, Arguments Arguments, Position At) : Expression(At);

internal sealed record TestCall(Expression Target, string Test, Arguments Arguments, bool Negated, Position At) : Expression(At);

internal sealed record Unary(string Operator, Expression Operand, Position At) : Expression(At);

internal sealed record Binary(string Operator, Expression Left, Expression Right, Position At) : Expression(At);

/// <summary>A comparison, which can be chained as in Python: <c>a &lt; b &lt;= c</c>.</summary>
internal sealed record Comparison(Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest, Position At)
    : Expression(At);

internal sealed record Conditional(Expression Condition, Expression Then, Expression? Else, Position At) : Expression(At);

/// <param name="Positional">The arguments without a name.</param>
/// <param name="Named">The arguments with a name.</param>
/// <param name="More">A list of more arguments, given as <c>*more</c>.</param>
/// <param name="MoreNamed">A map of more named arguments, given as <c>**more</c>.</param>
internal sealed record Arguments(
    IReadOnlyList<Expression> Positional,
    IReadOnlyDictionary<string, Expression> Named,
    Expression? More = null,
    Expression? MoreNamed = null)
{
    internal static Arguments None { get; } = new([], new Dictionary<string, Expression>());
}
