using System.Globalization;
using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>An exact fraction in lowest terms. Its denominator is positive.</summary>
internal readonly record struct Fraction
{
    internal Fraction(BigInteger numerator, BigInteger denominator)
    {
        BigInteger divisor = BigInteger.GreatestCommonDivisor(numerator, denominator) * denominator.Sign;
        (Numerator, Denominator) = (numerator / divisor, denominator / divisor);
    }

    internal BigInteger Numerator { get; }

    internal BigInteger Denominator { get; }

    public static Fraction operator +(Fraction a, Fraction b) =>
        new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Fraction operator *(Fraction a, Fraction b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    internal Fraction Power(int exponent) => exponent >= 0
        ? new Fraction(BigInteger.Pow(Numerator, exponent), BigInteger.Pow(Denominator, exponent))
        : new Fraction(BigInteger.Pow(Denominator, -exponent), BigInteger.Pow(Numerator, -exponent));

    internal double ToDouble() => BigInteger.Abs(Numerator) < new BigInteger(1L << 53) && Denominator < new BigInteger(1L << 53)
        ? (double)Numerator / (double)Denominator
        : Math.Exp(BigInteger.Log(BigInteger.Abs(Numerator)) - BigInteger.Log(Denominator)) * Numerator.Sign;

    /// <summary>Returns the nearest whole number. Halves are rounded to the even one.</summary>
    internal BigInteger Round()
    {
        BigInteger floor = BigInteger.DivRem(Numerator, Denominator, out BigInteger rest);
        if (rest.Sign < 0)
            (floor, rest) = (floor - 1, rest + Denominator);
        int half = (2 * rest).CompareTo(Denominator);
        return half > 0 || (half == 0 && !floor.IsEven) ? floor + 1 : floor;
    }

    /// <summary>Parses digits, which can contain one decimal point.</summary>
    internal static Fraction Parse(string digits)
    {
        int point = digits.IndexOf('.', StringComparison.Ordinal);
        BigInteger value = BigInteger.Parse(digits.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        return new Fraction(value, BigInteger.Pow(10, point < 0 ? 0 : digits.Length - point - 1));
    }
}
