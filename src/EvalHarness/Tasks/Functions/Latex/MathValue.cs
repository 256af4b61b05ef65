namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>The value of an answer.</summary>
internal abstract record MathValue;

/// <summary>A number, or an expression with symbols.</summary>
internal sealed record MathFormula(LatexNode Node) : MathValue;

/// <summary>A formula that is compared as text alone, such as an integral. Its text has no spaces.</summary>
internal sealed record MathText(string Text) : MathValue;

/// <summary>A matrix, or a vector as a matrix with one column. All rows have the same length.</summary>
internal sealed record MathMatrix(IReadOnlyList<IReadOnlyList<LatexNode>> Rows) : MathValue;

/// <summary>An answer with several parts that have an order, such as a point.</summary>
internal sealed record MathTuple(IReadOnlyList<MathValue> Items) : MathValue;

/// <summary>A set of values, in the order in which they are written.</summary>
internal sealed record MathSet(IReadOnlyList<MathValue> Items) : MathValue;

/// <summary>The numbers between two ends. An end that is open is not one of them.</summary>
internal sealed record MathInterval(LatexNode Start, LatexNode End, bool StartIsOpen, bool EndIsOpen) : MathValue;

/// <summary>A set with a name: N, Z, Q, R, C or P.</summary>
internal sealed record MathNamedSet(string Name) : MathValue;

/// <summary>A union, an intersection or a difference of two sets.</summary>
/// <param name="Operator">∪, ∩ or ∖.</param>
/// <param name="Left">The set on the left.</param>
/// <param name="Right">The set on the right.</param>
internal sealed record MathSetOperation(char Operator, MathValue Left, MathValue Right) : MathValue;

/// <summary>An equation or inequality, or a chain of them.</summary>
internal sealed record MathRelation(IReadOnlyList<MathComparison> Parts) : MathValue
{
    internal bool IsEquation => Parts.All(part => part.Operator == "=");

    /// <summary>Whether the relation says what some symbols stand for, as x = 1 does.</summary>
    internal bool IsAssignment => IsEquation && MathSymbols.Alone(Parts[0].Left);
}

/// <summary>One comparison of two sides.</summary>
/// <param name="Left">The side on the left.</param>
/// <param name="Operator">=, !=, &lt;, &lt;=, &gt; or &gt;=.</param>
/// <param name="Right">The side on the right.</param>
internal sealed record MathComparison(MathValue Left, string Operator, MathValue Right);

/// <summary>Recognises formulas that consist of symbols.</summary>
internal static class MathSymbols
{
    /// <summary>Says whether a value has no numbers, except those that a quotient of symbols needs.</summary>
    internal static bool Alone(MathValue value) => value switch
    {
        MathFormula formula => Alone(formula.Node),
        MathTuple tuple => tuple.Items.Count > 0 && tuple.Items.All(Alone),
        _ => false,
    };

    private static bool Alone(LatexNode node) => node switch
    {
        LatexSymbol symbol => !MathConstants.Has(symbol.Name),
        LatexBinary { Operator: '^', Right: LatexNumber { Value: var power } } inverse when power == new Fraction(-1, 1) =>
            Alone(inverse.Left),
        LatexBinary binary => Alone(binary.Left) && Alone(binary.Right),
        LatexFunction function => function.Arguments.All(Alone),
        _ => false,
    };

    /// <summary>
    /// The name that a formula spells: a symbol's own, or that of a product of single letters, because a word without \text is such a
    /// product. It is null for any other formula.
    /// </summary>
    internal static string? Spelled(LatexNode node) => node switch
    {
        LatexSymbol symbol => symbol.Name,
        LatexBinary { Operator: '*' } product when Spelled(product.Left) is { } left && Spelled(product.Right) is { } right => left + right,
        _ => null,
    };
}
