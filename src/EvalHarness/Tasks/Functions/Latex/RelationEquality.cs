using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Compares equations and inequalities.</summary>
/// <remarks>Source: the behaviour of Math-Verify, which compares the differences of the sides, and the solutions of equations.</remarks>
internal static class RelationEquality
{
    private static readonly Dictionary<string, string> Turned = new()
    {
        ["="] = "=",
        ["<"] = ">",
        [">"] = "<",
        ["<="] = ">=",
        [">="] = "<=",
    };

    internal static bool AreEqual(MathRelation wanted, MathRelation given) =>
        wanted.Parts.Count == given.Parts.Count
        && wanted.Parts.Zip(given.Parts).All(pair => AreEqual(pair.First, pair.Second));

    private static bool AreEqual(MathComparison a, MathComparison b)
    {
        if (Difference(a) is not { } wanted || Difference(b) is not { } given)
        {
            return a.Operator == b.Operator
                && a.Right.GetType() == b.Right.GetType()
                && MathEquality.AreEqual(a.Left, b.Left)
                && MathEquality.AreEqual(a.Right, b.Right);
        }

        if (a.Operator == b.Operator && FormulaEquality.AreEqual(wanted, given))
            return true;
        if (Turned.GetValueOrDefault(a.Operator) == b.Operator && FormulaEquality.AreEqual(wanted, LatexParser.Minus(given)))
            return true;
        return a.Operator == "=" && b.Operator == "=" && FormulaEquality.AreProportional(wanted, given);
    }

    /// <summary>The left side without the right one, or null if they are not formulas.</summary>
    private static LatexBinary? Difference(MathComparison comparison) => comparison is { Left: MathFormula left, Right: MathFormula right }
        ? new LatexBinary('+', left.Node, LatexParser.Minus(right.Node))
        : null;

    /// <returns>The numbers that fulfil linear relations of one variable, or null if the relations are of another kind.</returns>
    internal static RealSet? Solutions(MathRelation relation)
    {
        RealSet solutions = RealSet.Reals;
        string? variable = null;
        foreach (MathComparison part in relation.Parts)
        {
            if (Difference(part) is not { } difference
                || Variables(difference) is not [var name]
                || (variable ??= name) != name
                || Solutions(difference, name, part.Operator) is not { } some)
                return null;
            solutions = solutions.Combine(some, (a, b) => a && b);
        }

        return solutions;
    }

    private static string[] Variables(LatexNode node) => node switch
    {
        LatexSymbol symbol => MathConstants.Has(symbol.Name) ? [] : [symbol.Name],
        LatexBinary binary => [.. Variables(binary.Left).Union(Variables(binary.Right))],
        LatexFunction function => [.. function.Arguments.SelectMany(Variables).Distinct()],
        LatexPercent or LatexNumber => [],
        _ => ["", ""],
    };

    /// <summary>Solves slope · x + value = 0 and the inequalities of this form.</summary>
    private static RealSet? Solutions(LatexNode difference, string variable, string comparison)
    {
        double At(double x)
        {
            Complex value = difference.Evaluate(name => name == variable ? x : MathConstants.Of(name));
            return value.Imaginary == 0 ? value.Real : double.NaN;
        }

        double constant = At(0), slope = At(1) - constant;
        bool isLinear = Math.Abs(At(-3.5) - (constant - (3.5 * slope))) < 1e-9 * (1 + Math.Abs(constant) + Math.Abs(slope));
        if (!isLinear || slope == 0)
            return null;
        double root = -constant / slope;
        // Dividing by a negative slope turns an inequality.
        string solved = slope < 0 ? Turned.GetValueOrDefault(comparison, comparison) : comparison;
        RealSet? point = RealSet.Between(root, root, false, false);
        return solved switch
        {
            "=" => point,
            "!=" => RealSet.Reals.Combine(point!, (all, excluded) => all && !excluded),
            "<" or "<=" => RealSet.Between(double.NegativeInfinity, root, true, solved == "<"),
            _ => RealSet.Between(root, double.PositiveInfinity, solved == ">", true),
        };
    }
}
