using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>A formula, or a part of one.</summary>
internal abstract record LatexNode
{
    /// <summary>Returns the value of the formula for given values of its symbols, or NaN if it has no value.</summary>
    internal abstract Complex Evaluate(Func<string, Complex> symbols);

    /// <summary>
    /// The value as a fraction if it is one that <see cref="ExactArithmetic"/> can calculate, otherwise null.
    /// </summary>
    internal virtual Fraction? Exact => null;

    internal abstract bool HasSymbols { get; }
}

internal sealed record LatexNumber(Fraction Value) : LatexNode
{
    /// <summary>Whether the number was written with a decimal point.</summary>
    internal bool IsDecimal { get; init; }

    internal override Fraction? Exact => Value;

    internal override bool HasSymbols => false;

    internal override Complex Evaluate(Func<string, Complex> symbols) => Value.ToDouble();
}

/// <summary>A number with a percent sign.</summary>
internal sealed record LatexPercent(LatexNumber Number) : LatexNode
{
    /// <summary>Whether the sign stands behind the formula, and the number alone is in it.</summary>
    internal bool IsOutside { get; init; }

    internal override Fraction? Exact => Number.Value * new Fraction(1, 100);

    internal override bool HasSymbols => false;

    internal override Complex Evaluate(Func<string, Complex> symbols) => Exact!.Value.ToDouble();
}

internal sealed record LatexSymbol(string Name) : LatexNode
{
    internal override bool HasSymbols => true;

    internal override Complex Evaluate(Func<string, Complex> symbols) => symbols(Name);
}

/// <summary>A sum (+), product (*) or power (^) of two formulas.</summary>
internal sealed record LatexBinary(char Operator, LatexNode Left, LatexNode Right) : LatexNode
{
    internal override bool HasSymbols => Left.HasSymbols || Right.HasSymbols;

    internal override Fraction? Exact { get; } = ExactArithmetic.Binary(Operator, Left.Exact, Right.Exact);

    internal override Complex Evaluate(Func<string, Complex> symbols)
    {
        if (Exact is { } exact)
            return exact.ToDouble();
        Complex left = Left.Evaluate(symbols), right = Right.Evaluate(symbols);
        return Operator switch
        {
            '+' => left + right,
            '*' => left * right,
            _ when left == Complex.Zero && right.Real < 0 => new Complex(double.NaN, 0),
            _ => Complex.Pow(left, right),
        };
    }
}

/// <summary>
/// A function with its arguments. An unknown function has a pseudo-random value that depends on its name and arguments alone.
/// </summary>
internal sealed record LatexFunction(string Name, IReadOnlyList<LatexNode> Arguments) : LatexNode
{
    internal override bool HasSymbols => Arguments.Any(a => a.HasSymbols);

    internal override Fraction? Exact { get; } = ExactArithmetic.Function(
        Name, Arguments.Count > 0 ? Arguments[0].Exact : null, Arguments.Count > 1 ? Arguments[1].Exact : null);

    internal override Complex Evaluate(Func<string, Complex> symbols)
    {
        if (Exact is { } exact)
            return exact.ToDouble();
        Complex[] x = [.. Arguments.Select(a => a.Evaluate(symbols))];
        return Name switch
        {
            "abs" => Complex.Abs(x[0]),
            "floor" => Math.Floor(x[0].Real),
            "ceiling" => Math.Ceiling(x[0].Real),
            "conjugate" => Complex.Conjugate(x[0]),
            "factorial" => Gamma(x[0] + 1),
            "binomial" => Gamma(x[0] + 1) / (Gamma(x[1] + 1) * Gamma(x[0] - x[1] + 1)),
            "exp" => Complex.Exp(x[0]),
            "log" => x.Length == 1 ? Complex.Log(x[0]) : Complex.Log(x[0]) / Complex.Log(x[1]),
            "sin" => Complex.Sin(x[0]),
            "cos" => Complex.Cos(x[0]),
            "tan" => Complex.Tan(x[0]),
            "csc" => 1 / Complex.Sin(x[0]),
            "sec" => 1 / Complex.Cos(x[0]),
            "cot" => 1 / Complex.Tan(x[0]),
            "sinh" => Complex.Sinh(x[0]),
            "cosh" => Complex.Cosh(x[0]),
            "tanh" => Complex.Tanh(x[0]),
            "asin" => Complex.Asin(x[0]),
            "acos" => Complex.Acos(x[0]),
            "atan" => Complex.Atan(x[0]),
            "acsc" => Complex.Asin(1 / x[0]),
            "asec" => Complex.Acos(1 / x[0]),
            "acot" => Complex.Atan(1 / x[0]),
            "asinh" => Complex.Log(x[0] + Complex.Sqrt((x[0] * x[0]) + 1)),
            "acosh" => Complex.Log(x[0] + (Complex.Sqrt(x[0] + 1) * Complex.Sqrt(x[0] - 1))),
            "atanh" => (Complex.Log(1 + x[0]) - Complex.Log(1 - x[0])) / 2,
            _ => x.Aggregate(symbols(Name + "()"), (value, argument) => (value * 1.7) + Complex.Sin(argument + value)),
        };
    }

    /// <summary>The coefficients of Lanczos' approximation for g = 7 and 9 terms, without the first one.</summary>
    private static readonly double[] LanczosTerms =
    [
        676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905, -0.13857109526572012,
        9.9843695780195716e-6, 1.5056327351493116e-7,
    ];

    /// <summary>
    /// Returns the gamma function by Lanczos' approximation. Factorials that a double can hold are multiplied out instead.
    /// </summary>
    private static Complex Gamma(Complex z)
    {
        if (z.Imaginary == 0 && z.Real is > 0 and < 171 && z.Real == Math.Floor(z.Real))
            return Enumerable.Range(1, Math.Max(1, (int)z.Real - 1)).Aggregate(1.0, (product, i) => product * i);
        if (z.Real < 0.5)
            return Math.PI / (Complex.Sin(Math.PI * z) * Gamma(1 - z));
        z -= 1;
        Complex sum = 0.99999999999980993;
        for (int i = 0; i < LanczosTerms.Length; i++)
            sum += LanczosTerms[i] / (z + i + 1);
        Complex t = z + LanczosTerms.Length - 0.5;
        return Math.Sqrt(2 * Math.PI) * Complex.Pow(t, z + 0.5) * Complex.Exp(-t) * sum;
    }
}

/// <summary>An operator or constant without a value, such as infinity.</summary>
internal sealed record LatexOperator(string Text) : LatexNode
{
    internal override bool HasSymbols => true;

    internal override Complex Evaluate(Func<string, Complex> symbols) => new(double.NaN, 0);
}
