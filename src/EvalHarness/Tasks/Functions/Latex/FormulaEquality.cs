using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Says whether two formulas of answers are equal.</summary>
/// <remarks>
/// Source: the behaviour of Math-Verify: a number with a decimal point is compared to six decimal places, all other numbers exactly, and
/// formulas by what they evaluate and simplify to. Symbols stand for real numbers. A symbol alone is only equal to itself.
/// </remarks>
internal static class FormulaEquality
{
    private const int Places = 6;
    private const int Points = 8;
    private const double Tolerance = 1e-10;

    internal static bool AreEqual(LatexNode a, LatexNode b)
    {
        (double endOfA, double endOfB) = (RealSet.End(a), RealSet.End(b));
        if (double.IsInfinity(endOfA) || double.IsInfinity(endOfB))
            return endOfA == endOfB;
        if (IsVariable(a) || IsVariable(b))
            return MathSymbols.Spelled(a) is { } name && name == MathSymbols.Spelled(b);
        if (IsNumber(a) || IsNumber(b))
        {
            if (IsDecimal(a) || IsDecimal(b))
                return Round(a) is { } x && Round(b) is { } y && x == y;
            if (a.Exact is { } p && b.Exact is { } q)
                return p == q;
        }

        return HoldsEverywhere(a, b, (x, y) => Complex.Abs(x - y) <= Tolerance * Math.Max(1e-3, Math.Max(Complex.Abs(x), Complex.Abs(y))));
    }

    /// <summary>Says whether one formula is the other one times a number other than 0.</summary>
    internal static bool AreProportional(LatexNode a, LatexNode b)
    {
        Complex? ratio = null;
        return HoldsEverywhere(a, b, (x, y) =>
        {
            if (Complex.Abs(y) < Tolerance)
                return Complex.Abs(x) < Tolerance;
            ratio ??= x / y;
            return Complex.Abs(ratio.Value) > Tolerance && Complex.Abs((x / y) - ratio.Value) <= Tolerance * Complex.Abs(ratio.Value);
        });
    }

    private static bool IsVariable(LatexNode node) => node is LatexSymbol symbol && !MathConstants.Has(symbol.Name);

    private static bool IsNumber(LatexNode node) => node is LatexNumber or LatexPercent;

    /// <summary>As in Math-Verify, a decimal number counts as exact if its percent sign is part of the formula.</summary>
    private static bool IsDecimal(LatexNode node) => node is LatexNumber { IsDecimal: true }
        or LatexPercent { IsOutside: true, Number.IsDecimal: true };

    /// <summary>The value of a real formula without variables to six decimal places; null for any other formula.</summary>
    private static decimal? Round(LatexNode node)
    {
        double value = RealSet.End(node);
        if (!(Math.Abs(value) < 1e21))
            return null;
        decimal number = node.Exact is { } exact && exact.Denominator < new BigInteger(decimal.MaxValue)
            ? (decimal)exact.Numerator / (decimal)exact.Denominator
            : (decimal)value;
        return Math.Round(number, Places);
    }

    private static bool HoldsEverywhere(LatexNode a, LatexNode b, Func<Complex, Complex, bool> holds)
    {
        int compared = 0;
        for (int point = 0; point < Points; point++)
        {
            Complex left = a.Evaluate(name => Value(name, point)), right = b.Evaluate(name => Value(name, point));
            if (Complex.IsFinite(left) != Complex.IsFinite(right))
                return false;
            if (!Complex.IsFinite(left))
                continue;
            if (!holds(left, right))
                return false;
            compared++;
        }

        return compared > 0;
    }

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
