using System.Numerics;

namespace EvalHarness.Pythonic;

/// <summary>Numbers of different types compared by their exact values, as Python compares them.</summary>
internal static class PythonNumber
{
    internal static bool IsNumber(object? value) => value is long or double or bool or BigInteger or PythonDecimal;

    internal static bool AreEqual(object? a, object? b) => Fraction(a) is { } x && Fraction(b) is { } y
        ? x == y
        : Equals(a, b) && a is not double.NaN;

    /// <summary>The number as the shortest fraction; null for NaN and the infinities.</summary>
    private static (BigInteger Numerator, BigInteger Denominator)? Fraction(object? value) => value switch
    {
        bool flag => (flag ? 1 : 0, 1),
        long number => (number, 1),
        BigInteger number => (number, 1),
        PythonDecimal number => number.Fraction,
        double number when double.IsFinite(number) => Fraction(number),
        _ => null,
    };

    private static (BigInteger Numerator, BigInteger Denominator) Fraction(double number)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)((bits >> 52) & 0x7ff);
        BigInteger mantissa = (bits & 0xfffffffffffff) | (exponent == 0 ? 0 : 1L << 52);
        if (bits < 0)
            mantissa = -mantissa;
        int power = Math.Max(exponent, 1) - 1075;
        if (power >= 0)
            return (mantissa << power, 1);
        var common = BigInteger.GreatestCommonDivisor(mantissa, BigInteger.One << -power);
        return (mantissa / common, (BigInteger.One << -power) / common);
    }
}
