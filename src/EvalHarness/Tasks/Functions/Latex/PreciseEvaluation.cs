using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>Evaluates real formulas with more digits than a double has, and without its limits of size.</summary>
/// <param name="bits">The number of bits with which sums, products, powers and roots are calculated.</param>
/// <param name="symbols">The values of symbols.</param>
internal sealed class PreciseEvaluation(int bits, Func<string, Complex> symbols)
{
    private const int LargestPower = 100_000;
    private const int LargestRoot = 64;

    /// <summary>The value of a function has this many right bits, and at least those before the place below.</summary>
    private const int FunctionBits = 36;
    private const int FunctionPlace = -43;

    /// <summary>The largest size of a number in the formulas, as the number of bits before or behind the point.</summary>
    internal long Size { get; private set; }

    /// <returns>The value, or null if it is not real, or if it cannot be calculated.</returns>
    internal PreciseNumber? Evaluate(LatexNode node)
    {
        PreciseNumber? value = node switch
        {
            { Exact: { } exact } => PreciseNumber.Of(exact, bits),
            LatexSymbol symbol => Symbol(symbol.Name),
            LatexBinary { Operator: '^' } power => Power(power),
            LatexBinary binary => Evaluate(binary.Left) is { } a && Evaluate(binary.Right) is { } b
                ? binary.Operator == '+' ? a.Plus(b, bits) : a.Times(b, bits)
                : null,
            LatexFunction { Name: "abs", Arguments: [var inside] } =>
                Evaluate(inside) is { } inner ? inner.Mantissa.Sign < 0 ? -inner : inner : null,
            LatexFunction { Name: "exp", Arguments: [var argument] } =>
                Evaluate(argument) is { } exponent ? Exponential(exponent, Math.Log2(Math.E)) : null,
            LatexFunction { Name: "log", Arguments: [var antilogarithm] } =>
                Evaluate(antilogarithm) is { Mantissa.Sign: > 0, IsNearZero: false } x ? Rough(Log2(x) * Math.Log(2)) : null,
            LatexFunction function => Rough(function.Evaluate(symbols)),
            _ => null,
        };
        if (value is { IsNearZero: false } number)
            Size = Math.Max(Size, Math.Abs(number.Magnitude));
        return value;
    }

    private PreciseNumber? Symbol(string name) => name switch
    {
        "pi" => Pi(),
        "e" => Euler(),
        _ when symbols(name) is { Imaginary: 0 } value && double.IsFinite(value.Real) => PreciseNumber.Of(value.Real),
        _ => null,
    };

    private PreciseNumber? Power(LatexBinary power)
    {
        if (Evaluate(power.Left) is not { } number)
            return null;
        if (power.Right.Exact is { } exponent
            && BigInteger.Abs(exponent.Numerator) <= LargestPower
            && exponent.Denominator <= LargestRoot
            && (exponent.Numerator.Sign > 0 || !number.IsNearZero))
        {
            if (exponent.Denominator.IsOne)
                return number.Power((int)exponent.Numerator, bits);
            if (number.Mantissa.Sign > 0 && !number.IsNearZero)
                return number.Root((int)exponent.Denominator, bits).Power((int)exponent.Numerator, bits);
        }

        return number is { Mantissa.Sign: > 0, IsNearZero: false } && Evaluate(power.Right) is { } right
            ? Exponential(right, Log2(number))
            : null;
    }

    /// <summary>Returns 2 to the power of a product, which can lie outside the range of a double.</summary>
    private static PreciseNumber? Exponential(PreciseNumber exponent, double factor)
    {
        double product = exponent.ToDouble() * factor;
        if (!(Math.Abs(product) < 1L << 30))
            return null;
        long whole = (long)Math.Floor(product);
        PreciseNumber fraction = PreciseNumber.Of(Math.Pow(2, product - whole));
        int lost = (int)Math.Log2(1 + Math.Abs(product));
        return fraction with { Exponent = fraction.Exponent + whole, Error = whole - 44 + lost };
    }

    private static PreciseNumber? Rough(Complex value)
    {
        if (!Complex.IsFinite(value) || Math.Abs(value.Imaginary) > 1e-14)
            return null;
        PreciseNumber number = PreciseNumber.Of(value.Real);
        return number with { Error = Math.Max(number.Magnitude - FunctionBits, FunctionPlace) };
    }

    private static double Log2(PreciseNumber number) =>
        Math.Log2((number with { Exponent = number.Exponent - number.Magnitude }).ToDouble()) + number.Magnitude;

    /// <summary>Calculates π as 16 arctan 1/5 - 4 arctan 1/239 (Machin).</summary>
    private PreciseNumber Pi()
    {
        BigInteger one = BigInteger.One << bits;
        BigInteger Arctangent(int inverse)
        {
            BigInteger power = one / inverse, sum = 0;
            for (int n = 1; !power.IsZero; n += 2, power /= -inverse * inverse)
                sum += power / n;
            return sum;
        }

        return new PreciseNumber((16 * Arctangent(5)) - (4 * Arctangent(239)), -bits, 20 - bits);
    }

    /// <summary>Calculates e as the sum of the reciprocals of all factorials.</summary>
    private PreciseNumber Euler()
    {
        BigInteger term = BigInteger.One << bits, sum = 0;
        for (int n = 1; !term.IsZero; n++)
        {
            sum += term;
            term /= n;
        }

        return new PreciseNumber(sum, -bits, 20 - bits);
    }
}
