using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>The value of a formula at one point.</summary>
/// <param name="Precise">The value if it is real and could be calculated.</param>
/// <param name="Rough">The value as doubles, which counts where a precise one is missing.</param>
internal sealed record PointValue(PreciseNumber? Precise, Complex Rough)
{
    private const double Tolerance = 1e-10;
    private const int FewBits = 512;

    /// <summary>Numbers of this many bits before or behind the point are calculated with more bits.</summary>
    private const int LargeSize = 128;
    private const int ManyBits = 8_192;

    /// <summary>A number of more bits is too large to be compared.</summary>
    private const int LargestSize = 7_500;

    private PointValue(PreciseNumber precise)
        : this(precise, precise.ToDouble())
    {
    }

    internal bool IsZero => Precise is { } number ? number.IsNearZero : Complex.Abs(Rough) < Tolerance;

    /// <summary>
    /// Evaluates two formulas. The result is null if neither has a finite value, and a value is null if only the other one has one.
    /// </summary>
    internal static (PointValue? Left, PointValue? Right)? Both(LatexNode a, LatexNode b, Func<string, Complex> symbols)
    {
        foreach (int bits in new[] { FewBits, ManyBits })
        {
            var evaluation = new PreciseEvaluation(bits, symbols);
            if (evaluation.Evaluate(a) is not { } left || evaluation.Evaluate(b) is not { } right)
                break;
            if (evaluation.Size > LargestSize)
                return null;
            if (evaluation.Size <= LargeSize || bits == ManyBits)
                return (new PointValue(left), new PointValue(right));
        }

        Complex x = a.Evaluate(symbols), y = b.Evaluate(symbols);
        return Complex.IsFinite(x) || Complex.IsFinite(y)
            ? (Complex.IsFinite(x) ? new PointValue(null, x) : null, Complex.IsFinite(y) ? new PointValue(null, y) : null)
            : null;
    }

    internal static bool AreEqual(PointValue a, PointValue b) => a.Precise is { } x && b.Precise is { } y
        ? x.Plus(-y, ManyBits).IsNearZero
        : Complex.Abs(a.Rough - b.Rough) <= Tolerance * Math.Max(1e-3, Math.Max(Complex.Abs(a.Rough), Complex.Abs(b.Rough)));

    internal PointValue Times(PointValue other) => Precise is { } x && other.Precise is { } y
        ? new PointValue(x.Times(y, ManyBits))
        : new PointValue(null, Rough * other.Rough);
}
