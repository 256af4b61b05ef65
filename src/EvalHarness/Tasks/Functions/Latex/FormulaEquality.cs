using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Says whether two formulas of answers are equal.</summary>
/// <remarks>
/// Source: the behaviour of Math-Verify: a number with a decimal point is compared to six decimal places, all other numbers exactly, and
/// formulas by what they evaluate and simplify to. Symbols stand for real numbers. A symbol alone is only equal to itself. Unlike there,
/// differences that are small beside the numbers or near 0 count, and numbers too large to calculate are equal only if written alike.
/// </remarks>
internal static class FormulaEquality
{
    private const int Places = 6;
    private const int Points = 8;
    private const long InverseTolerance = 10_000_000_000;
    private const int Millionths = 1_000_000;

    internal static bool AreEqual(LatexNode a, LatexNode b)
    {
        (double endOfA, double endOfB) = (RealSet.End(a), RealSet.End(b));
        if (double.IsInfinity(endOfA) || double.IsInfinity(endOfB))
            return endOfA == endOfB;
        if (IsVariable(a) || IsVariable(b))
            return MathSymbols.Spelled(a) is { } name && name == MathSymbols.Spelled(b);
        if ((IsNumber(a) || IsNumber(b)) && (IsDecimal(a) || IsDecimal(b)))
            return Round(a) is { } x && Round(b) is { } y && x == y;
        if (a.Exact is { } p && b.Exact is { } q)
            return p == q || (!IsNumber(a) && !IsNumber(b) && (HasDecimal(a) || HasDecimal(b)) && AreNear(p, q));
        return AreSameForm(a, b) || AreEqualEverywhere(a, b);
    }

    /// <summary>Says whether one formula is the other one times a number other than 0.</summary>
    internal static bool AreProportional(LatexNode a, LatexNode b)
    {
        (PointValue a, PointValue b)? first = null;
        return HoldsEverywhere(a, b, (x, y) =>
        {
            if (x.IsZero || y.IsZero)
                return x.IsZero && y.IsZero;
            first ??= (x, y);
            return PointValue.AreEqual(x.Times(first.Value.b), first.Value.a.Times(y));
        });
    }

    private static bool IsVariable(LatexNode node) => node is LatexSymbol symbol && !MathConstants.Has(symbol.Name);

    private static bool IsNumber(LatexNode node) => node is LatexNumber or LatexPercent;

    /// <summary>As in Math-Verify, a decimal number counts as exact if its percent sign is part of the formula.</summary>
    private static bool IsDecimal(LatexNode node) => node is LatexNumber { IsDecimal: true }
        or LatexPercent { IsOutside: true, Number.IsDecimal: true };

    private static bool HasDecimal(LatexNode node) => node switch
    {
        LatexNumber number => number.IsDecimal,
        LatexPercent percent => percent.Number.IsDecimal,
        LatexBinary binary => HasDecimal(binary.Left) || HasDecimal(binary.Right),
        LatexFunction function => function.Arguments.Any(HasDecimal),
        _ => false,
    };

    private static bool AreNear(Fraction a, Fraction b)
    {
        Fraction difference = a + (b * new Fraction(-1, 1));
        BigInteger larger = BigInteger.Max(BigInteger.Abs(a.Numerator) * b.Denominator, BigInteger.Abs(b.Numerator) * a.Denominator);
        return BigInteger.Abs(difference.Numerator) * a.Denominator * b.Denominator * InverseTolerance <= larger * difference.Denominator;
    }

    /// <summary>Says whether two formulas are written alike, so that they are equal even if nothing can calculate them.</summary>
    private static bool AreSameForm(LatexNode a, LatexNode b) => (a, b) switch
    {
        (LatexBinary x, LatexBinary y) => x.Operator == y.Operator && AreSameForm(x.Left, y.Left) && AreSameForm(x.Right, y.Right),
        (LatexFunction x, LatexFunction y) => x.Name == y.Name
            && x.Arguments.Count == y.Arguments.Count
            && x.Arguments.Zip(y.Arguments).All(pair => AreSameForm(pair.First, pair.Second)),
        _ => a == b,
    };

    /// <summary>The value of a real formula without variables in millionths, rounded; null for any other formula.</summary>
    private static BigInteger? Round(LatexNode node)
    {
        double value = RealSet.End(node);
        if (!(Math.Abs(value) < 1e21))
            return null;
        return node.Exact is { } exact
            ? (exact * new Fraction(Millionths, 1)).Round()
            : new BigInteger(Math.Round((decimal)value, Places) * Millionths);
    }

    private static bool AreEqualEverywhere(LatexNode a, LatexNode b) => HoldsEverywhere(a, b, PointValue.AreEqual);

    private static bool HoldsEverywhere(LatexNode a, LatexNode b, Func<PointValue, PointValue, bool> holds)
    {
        int compared = 0;
        bool isConstant = !HasVariables(a) && !HasVariables(b);
        for (int point = 0; point < (isConstant ? 1 : Points); point++)
        {
            int at = point;
            if (PointValue.Both(a, b, name => Value(name, at)) is not var (left, right))
                continue;
            if (left is null || right is null || !holds(left, right))
                return false;
            compared++;
        }

        return compared > 0;
    }

    private static bool HasVariables(LatexNode node) => node switch
    {
        LatexSymbol symbol => !MathConstants.Has(symbol.Name),
        LatexBinary binary => HasVariables(binary.Left) || HasVariables(binary.Right),
        LatexFunction function => function.Arguments.Any(HasVariables),
        _ => false,
    };

    /// <summary>Returns a pseudo-random number for a variable at a point, which depends on them alone.</summary>
    private static Complex Value(string name, int point)
    {
        if (MathConstants.Has(name))
            return MathConstants.Of(name);
        long seed = 7_919 + point;
        foreach (char c in name)
            seed = ((seed ^ c) * 16_777_619) & long.MaxValue;
        return (4 * new MersenneTwister(seed).NextDouble()) - 2;
    }
}
