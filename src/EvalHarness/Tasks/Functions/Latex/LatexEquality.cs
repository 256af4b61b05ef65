using System.Globalization;
using System.Numerics;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Says whether two formulas are the same function of their symbols.</summary>
/// <remarks>
/// Source: lm-evaluation-harness subtracts the formulas in SymPy and asks whether the difference simplifies to 0. Here fractions are
/// compared exactly, and all other formulas at random complex points, where different functions almost surely have different values
/// (Schwartz 1980, Zippel 1979).
/// </remarks>
internal static class LatexEquality
{
    private const int Points = 6;
    private const double Tolerance = 1e-9;

    /// <summary>Compares two formulas. The result is false if one of them cannot be parsed, has no value or is infinite.</summary>
    internal static bool AreEqual(string a, string b)
    {
        try
        {
            return AreEqual(LatexParser.Parse(a), LatexParser.Parse(b));
        }
        catch (LatexException)
        {
            return false;
        }
    }

    internal static bool AreEqual(LatexNode a, LatexNode b)
    {
        if (a.Exact is { } x && b.Exact is { } y)
            return x == y;
        for (int point = 0; point < Points; point++)
        {
            Complex left = a.Evaluate(name => Value(name, point)), right = b.Evaluate(name => Value(name, point));
            if (!Complex.IsFinite(left) || !Complex.IsFinite(right))
                return false;
            if (Complex.Abs(left - right) > Tolerance * Math.Max(1e-3, Math.Max(Complex.Abs(left), Complex.Abs(right))))
                return false;
            if (!a.HasSymbols && !b.HasSymbols)
                return true;
        }

        return true;
    }

    /// <summary>
    /// Returns a pseudo-random value of a symbol at a point. It depends on the name of the symbol and the number of the point alone.
    /// </summary>
    private static Complex Value(string name, int point)
    {
        long seed = 1_469_598_103;
        foreach (char c in name + point.ToString(CultureInfo.InvariantCulture))
            seed = ((seed ^ c) * 16_777_619) & long.MaxValue;
        var random = new MersenneTwister(seed);
        return new Complex((4 * random.NextDouble()) - 2, (4 * random.NextDouble()) - 2);
    }
}
