namespace EvalHarness.Templates;

/// <summary>What a value is assigned to.</summary>
internal abstract record AssignmentTarget
{
    /// <summary>The names of the variables that are set.</summary>
    internal abstract IReadOnlyList<string> Names { get; }
}

internal sealed record NameTarget(string Identifier) : AssignmentTarget
{
    internal override IReadOnlyList<string> Names => [Identifier];
}

/// <summary>An attribute of a namespace, as in <c>{% set ns.found = true %}</c>.</summary>
internal sealed record MemberTarget(string Namespace, string Member, Position At) : AssignmentTarget
{
    internal override IReadOnlyList<string> Names => [];
}

internal sealed record TupleTarget(IReadOnlyList<AssignmentTarget> Items) : AssignmentTarget
{
    internal override IReadOnlyList<string> Names => [.. Items.SelectMany(i => i.Names)];
}

internal abstract record Node;

internal sealed record TextNode(string Text) : Node;

internal sealed record OutputNode(Expression Value) : Node;

internal sealed record SetNode(AssignmentTarget Target, Expression Value, Position At) : Node
{
    internal IReadOnlyList<string> Names => Target.Names;
}

/// <summary>A variable that is set to the output of a body, which filters may change.</summary>
internal sealed record SetBlockNode(
    AssignmentTarget Target, IReadOnlyList<FilterStep> Filters, IReadOnlyList<Node> Body, Position At) : Node;

internal sealed record IfNode(IReadOnlyList<(Expression Condition, IReadOnlyList<Node> Body)> Branches, IReadOnlyList<Node> Else) : Node;

internal sealed record ForNode(
    AssignmentTarget Target,
    Expression Items,
    Expression? Filter,
    IReadOnlyList<Node> Body,
    IReadOnlyList<Node> Else,
    bool IsRecursive,
    Position At)
    : Node
{
    internal IReadOnlyList<string> Names => Target.Names;
}

internal sealed record BreakNode : Node;

internal sealed record ContinueNode : Node;

/// <summary>The parameters and the body of a macro or of a call block.</summary>
/// <param name="Name">The macro's name; null for a call block, whose body its macro calls as <c>caller()</c>.</param>
/// <param name="Parameters">The names of the parameters.</param>
/// <param name="Defaults">The defaults of the last parameters.</param>
/// <param name="Body">What a call renders.</param>
/// <param name="Reads">Which of the names <c>caller</c>, <c>varargs</c> and <c>kwargs</c> the body reads.</param>
internal sealed record MacroSyntax(
    string? Name,
    IReadOnlyList<string> Parameters,
    IReadOnlyList<Expression> Defaults,
    IReadOnlyList<Node> Body,
    IReadOnlySet<string> Reads);

internal sealed record MacroNode(MacroSyntax Macro, Position At) : Node;

internal sealed record CallBlockNode(Call Call, MacroSyntax Caller) : Node;

internal sealed record FilterBlockNode(IReadOnlyList<FilterStep> Filters, IReadOnlyList<Node> Body) : Node;

internal sealed record WithNode(
    IReadOnlyList<(AssignmentTarget Target, Expression Value)> Values, IReadOnlyList<Node> Body, Position At) : Node;

/// <summary>One of the filters that are applied to the output of a body.</summary>
internal sealed record FilterStep(string Filter, Arguments Arguments, Position At);
