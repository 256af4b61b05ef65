using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>
/// Calculates with fractions. A result is null if it is no fraction, or if its numerator or denominator would be longer than
/// <see cref="LargestBits"/>, so that no answer takes long to compare.
/// </summary>
internal static class ExactArithmetic
{
    /// <summary>The length in bits that a numerator or denominator can have, which is about 6,000 decimal digits.</summary>
    internal const int LargestBits = 20_000;

    private const int LargestRoot = 1_000;

    internal static Fraction? Binary(char sign, Fraction? left, Fraction? right) => (sign, left, right) switch
    {
        ('+', { } a, { } b) when Fits(a) && Fits(b) => Bounded(a + b),
        ('*', { } a, { } b) when Fits(a) && Fits(b) => Bounded(a * b),
        ('^', { } a, { } b) => Power(a, b),
        _ => null,
    };

    internal static Fraction? Function(string name, Fraction? first, Fraction? second) => (name, first, second) switch
    {
        ("abs", { } a, _) => new Fraction(BigInteger.Abs(a.Numerator), a.Denominator),
        ("floor", { } a, _) => new Fraction(Floor(a), 1),
        ("ceiling", { } a, _) => new Fraction(-Floor(a * new Fraction(-1, 1)), 1),
        ("factorial", { Denominator.IsOne: true, Numerator: var n }, _) when n.Sign >= 0 && n <= LargestBits => Product(1, (int)n, 1),
        ("binomial", { Denominator.IsOne: true, Numerator: var n }, { Denominator.IsOne: true, Numerator: var k })
            when k.Sign >= 0 && n >= k => Choose(n, BigInteger.Min(k, n - k)),
        _ => null,
    };

    /// <summary>Returns the largest whole number whose power is not above a number, which must not be negative.</summary>
    internal static BigInteger Root(BigInteger number, int index)
    {
        if (number.IsZero || index == 1)
            return number;
        BigInteger root = BigInteger.One << (int)((number.GetBitLength() + index - 1) / index);
        // Newton's method comes from above and stops at the first step that does not go down.
        while (true)
        {
            BigInteger next = (((index - 1) * root) + (number / BigInteger.Pow(root, index - 1))) / index;
            if (next >= root)
                return root;
            root = next;
        }
    }

    private static Fraction? Power(Fraction number, Fraction exponent)
    {
        if (number.Numerator.IsZero)
            return exponent.Numerator.Sign < 0 ? null : new Fraction(exponent.Numerator.IsZero ? 1 : 0, 1);
        if (!exponent.Denominator.IsOne)
        {
            if (number.Numerator.Sign < 0 || exponent.Denominator > LargestRoot || !Fits(number))
                return null;
            int index = (int)exponent.Denominator;
            var root = new Fraction(Root(number.Numerator, index), Root(number.Denominator, index));
            return root.Power(index) == number ? Power(root, new Fraction(exponent.Numerator, 1)) : null;
        }

        if (BigInteger.Abs(number.Numerator).IsOne && number.Denominator.IsOne)
            return exponent.Numerator.IsEven ? new Fraction(1, 1) : number;
        long bits = Math.Max(number.Numerator.GetBitLength(), number.Denominator.GetBitLength());
        return BigInteger.Abs(exponent.Numerator) * (bits - 1) <= LargestBits
            && BigInteger.Abs(exponent.Numerator) <= LargestBits
            ? Bounded(number.Power((int)exponent.Numerator))
            : null;
    }

    private static BigInteger Floor(Fraction number) =>
        (number.Numerator - (((number.Numerator % number.Denominator) + number.Denominator) % number.Denominator)) / number.Denominator;

    private static Fraction? Choose(BigInteger n, BigInteger k) => k > LargestBits
        ? null
        : Product(n - k + 1, (int)k, 1) is { } upper && Product(1, (int)k, 1) is { } lower
            ? new Fraction(upper.Numerator, lower.Numerator)
            : null;

    /// <summary>Multiplies whole numbers that follow each other.</summary>
    private static Fraction? Product(BigInteger first, int count, BigInteger product)
    {
        for (int i = 0; i < count; i++)
        {
            product *= first + i;
            if (product.GetBitLength() > LargestBits)
                return null;
        }

        return new Fraction(product, 1);
    }

    private static Fraction? Bounded(Fraction number) => Fits(number) ? number : null;

    private static bool Fits(Fraction number) =>
        number.Numerator.GetBitLength() <= LargestBits && number.Denominator.GetBitLength() <= LargestBits;
}
