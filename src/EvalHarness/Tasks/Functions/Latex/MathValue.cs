using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>The value of an answer: a formula, an equation, a set, a tuple or interval, a chain of inequalities, or a word.</summary>
internal abstract record MathValue
{
    /// <summary>The largest difference of numbers that are equal when they are rounded to six decimal places.</summary>
    private const double Rounding = 5e-7;

    internal abstract bool Matches(MathValue other);

    /// <exception cref="LatexException">The text has no value that can be compared.</exception>
    internal static MathValue Parse(string latex)
    {
        string text = LatexCleaning.Clean(latex);
        if (text.Length == 0)
            throw new LatexException("there is no formula");
        string[] union = LatexCleaning.Split(text, @"\cup");
        if (union.Length > 1)
            return new MathSet([.. union.Select(Parse)]);
        // "x \in S" means the set S.
        string[] sides = LatexCleaning.Split(text, @"\in");
        if (sides.Length == 2)
            return Parse(sides[1]);
        string[] parts = LatexCleaning.Split(text, ",");
        if (parts.Length > 1 && !LatexCleaning.IsGroupedNumber(text))
            return new MathSet([.. parts.Select(Parse)]);
        sides = LatexCleaning.Split(text, "=");
        if (sides.Length > 1)
            return new MathEquation(sides[0], Parse(sides[^1]));
        if (LatexCleaning.Relation(text) is { } relation)
            return relation;
        if (LatexCleaning.Enclosed(text, @"\{", @"\}") is { } set)
            return new MathSet([.. LatexCleaning.Split(set, ",").Select(Parse)]);
        if (text[0] is '(' or '[' && text[^1] is ')' or ']' && LatexCleaning.Split(text[1..^1], ",") is { Length: > 1 } ends)
            return new MathTuple(text[0], [.. ends.Select(Parse)], text[^1]);
        if (text.Contains(@"\pm", StringComparison.Ordinal))
        {
            return new MathSet([
                Parse(text.Replace(@"\pm", "+", StringComparison.Ordinal)),
                Parse(text.Replace(@"\pm", "-", StringComparison.Ordinal))]);
        }

        if (text is "-\\infty" or "\\infty" or "+\\infty")
            return new MathWord(text[0] == '-' ? "-oo" : "oo");
        if (LatexCleaning.Word(text) is { } word)
            return new MathWord(word);
        return new MathFormula(LatexParser.ParseAll(text));
    }

    internal static bool AreClose(LatexNode a, LatexNode b)
    {
        if (a.Exact is { } x && b.Exact is { } y)
            return Math.Abs((x + (y * new Fraction(-1, 1))).ToDouble()) < Rounding;
        if (LatexEquality.AreEqual(a, b))
            return true;
        Complex left = a.Evaluate(LatexCleaning.Constants), right = b.Evaluate(LatexCleaning.Constants);
        return Complex.IsFinite(left)
            && Complex.IsFinite(right)
            && Math.Abs(left.Real - right.Real) < Rounding
            && Math.Abs(left.Imaginary - right.Imaginary) < Rounding;
    }
}

internal sealed record MathFormula(LatexNode Node) : MathValue
{
    internal override bool Matches(MathValue other) => other switch
    {
        MathFormula formula => AreClose(Node, formula.Node),
        MathEquation equation => Matches(equation.Value),
        MathSet { Items: [var only] } => Matches(only),
        MathWord word => Node is LatexSymbol symbol && symbol.Name.Equals(word.Text, StringComparison.OrdinalIgnoreCase),
        _ => false,
    };
}

/// <summary>
/// An equation. One with a short name on its left side matches its value, and two equations match if both of their sides do.
/// </summary>
internal sealed record MathEquation(string Left, MathValue Value) : MathValue
{
    internal override bool Matches(MathValue other) => other is MathEquation equation
        ? Value.Matches(equation.Value) && (Left == equation.Left || LatexEquality.AreEqual(Left, equation.Left))
        : Left.Length <= 2 && Value.Matches(other);
}

/// <summary>A set of values in any order. A single value matches a set that contains it alone.</summary>
internal sealed record MathSet(IReadOnlyList<MathValue> Items) : MathValue
{
    internal override bool Matches(MathValue other)
    {
        List<MathValue> rest = other switch
        {
            MathSet set => [.. set.Items],
            MathTuple { Open: '(', Close: ')' } tuple => [.. tuple.Items],
            MathEquation equation => [equation.Value],
            _ => [other],
        };
        if (rest.Count != Items.Count)
            return false;
        foreach (MathValue item in Items)
        {
            int found = rest.FindIndex(item.Matches);
            if (found < 0)
                return false;
            rest.RemoveAt(found);
        }

        return true;
    }
}

/// <summary>A point or an interval. Values in round brackets can be either.</summary>
internal sealed record MathTuple(char Open, IReadOnlyList<MathValue> Items, char Close) : MathValue
{
    internal override bool Matches(MathValue other) => other switch
    {
        MathTuple tuple => tuple.Open == Open
            && tuple.Close == Close
            && tuple.Items.Count == Items.Count
            && Items.Zip(tuple.Items).All(pair => pair.First.Matches(pair.Second)),
        MathEquation equation => Matches(equation.Value),
        _ => false,
    };
}

/// <summary>A chain of inequalities in the same direction. It is stored with the smallest side first.</summary>
internal sealed record MathRelation(IReadOnlyList<string> Operators, IReadOnlyList<MathValue> Sides) : MathValue
{
    internal override bool Matches(MathValue other) =>
        other is MathRelation relation
        && relation.Operators.SequenceEqual(Operators)
        && relation.Sides.Count == Sides.Count
        && Sides.Zip(relation.Sides).All(pair => pair.First.Matches(pair.Second));
}

internal sealed record MathWord(string Text) : MathValue
{
    internal override bool Matches(MathValue other) => other switch
    {
        MathWord word => word.Text.Equals(Text, StringComparison.OrdinalIgnoreCase),
        MathFormula => other.Matches(this),
        _ => false,
    };
}
