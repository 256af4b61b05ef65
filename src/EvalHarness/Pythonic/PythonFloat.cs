using System.Globalization;
using System.Numerics;

namespace EvalHarness.Pythonic;

/// <summary>
/// Writes floating-point numbers with a given number of digits, rounded from their exact values, and to even where they lie in the middle,
/// as Python does. .NET rounds the middle away from zero.
/// </summary>
internal static class PythonFloat
{
    /// <summary><c>'%.*f' % (digits, value)</c> for a value that is finite.</summary>
    public static string Fixed(double value, int digits)
    {
        string text = Scaled(Math.Abs(value), digits).ToString(CultureInfo.InvariantCulture).PadLeft(digits + 1, '0');
        string point = digits == 0 ? text : $"{text[..^digits]}.{text[^digits..]}";
        return double.IsNegative(value) ? "-" + point : point;
    }

    /// <summary><c>'%.*e' % (digits, value)</c> for a value that is finite.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">The digits after the point.</param>
    /// <param name="keepPoint">Whether a point stands there even without a digit after it.</param>
    public static string Exponential(double value, int digits, bool keepPoint = false)
    {
        (string text, int exponent) = Significant(Math.Abs(value), digits + 1);
        string sign = double.IsNegative(value) ? "-" : "", point = digits == 0 && !keepPoint ? "" : ".";
        return string.Create(
            CultureInfo.InvariantCulture, $"{sign}{text[0]}{point}{text[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):D2}");
    }

    /// <summary><c>'%.*g' % (digits, value)</c> for a value that is finite.</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">The significant digits; 0 counts as 1.</param>
    /// <param name="alternative">Whether the point and the zeros at the end are kept.</param>
    public static string General(double value, int digits, bool alternative)
    {
        digits = Math.Max(digits, 1);
        int exponent = Significant(Math.Abs(value), digits).Exponent;
        string text = exponent < -4 || exponent >= digits ? Exponential(value, digits - 1) : Fixed(value, digits - 1 - exponent);
        return alternative ? WithPoint(text) : WithoutZeros(text);
    }

    /// <summary>
    /// <c>format(value, '.*')</c>, a format without a type, for a value that is finite: as <see cref="General"/>, with a digit after the
    /// point or an exponent.
    /// </summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">The significant digits; 0 counts as 1, and a negative number stands for as many as are needed.</param>
    /// <param name="alternative">Whether the point and the zeros at the end are kept.</param>
    public static string Plain(double value, int digits, bool alternative)
    {
        if (digits < 0)
            return alternative ? WithPoint(Python.Float(value)) : Python.Float(value);
        digits = Math.Max(digits, 1);
        int exponent = Significant(Math.Abs(value), digits).Exponent;
        if (exponent < -4 || exponent >= digits - 1)
            return alternative ? WithPoint(Exponential(value, digits - 1)) : WithoutZeros(Exponential(value, digits - 1));
        string text = Fixed(value, digits - 1 - exponent);
        text = alternative ? WithPoint(text) : WithoutZeros(text);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    private static string WithPoint(string text)
    {
        int mark = text.IndexOf('e', StringComparison.Ordinal);
        return text.Contains('.', StringComparison.Ordinal) ? text : text.Insert(mark < 0 ? text.Length : mark, ".");
    }

    private static string WithoutZeros(string text)
    {
        int mark = text.IndexOf('e', StringComparison.Ordinal);
        string number = mark < 0 ? text : text[..mark];
        return number.Contains('.', StringComparison.Ordinal) ? number.TrimEnd('0').TrimEnd('.') + text[number.Length..] : text;
    }

    /// <summary><c>round(value, digits)</c>.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 330)
            return value;
        if (digits >= 0)
            return double.Parse(Fixed(value, digits), CultureInfo.InvariantCulture);
        if (digits < -330)
            return double.IsNegative(value) ? -0.0 : 0.0;
        double rounded = (double)(Scaled(Math.Abs(value), digits) * BigInteger.Pow(10, -digits));
        return double.IsNegative(value) ? -rounded : rounded;
    }

    /// <summary>The exact value of a finite number, as a fraction in lowest terms.</summary>
    public static (BigInteger Numerator, BigInteger Denominator) Ratio(double value)
    {
        (BigInteger numerator, int exponent) = Parts(Math.Abs(value));
        for (; exponent < 0 && numerator.IsEven && !numerator.IsZero; exponent++)
            numerator >>= 1;
        if (numerator.IsZero)
            exponent = 0;
        if (double.IsNegative(value))
            numerator = -numerator;
        return exponent >= 0 ? (numerator << exponent, BigInteger.One) : (numerator, BigInteger.One << -exponent);
    }

    private static (BigInteger Mantissa, int Exponent) Parts(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7ff);
        long mantissa = (bits & 0xfffffffffffff) | (exponent == 0 ? 0 : 1L << 52);
        return (mantissa, Math.Max(exponent, 1) - 1075);
    }

    /// <summary>The whole number nearest to <c>value * 10^digits</c>.</summary>
    private static BigInteger Scaled(double value, int digits)
    {
        (BigInteger numerator, int exponent) = Parts(value);
        BigInteger denominator = 1;
        _ = digits >= 0 ? numerator *= BigInteger.Pow(10, digits) : denominator *= BigInteger.Pow(10, -digits);
        _ = exponent >= 0 ? numerator <<= exponent : denominator <<= -exponent;
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        int half = (rest * 2).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0)
            return (new string('0', count), 0);
        int exponent = (int)Math.Floor(Math.Log10(value));
        // The logarithm may be off by one, and rounding may add a digit.
        string text = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
        if (text.Length < count)
            text = Scaled(value, count - 1 - --exponent).ToString(CultureInfo.InvariantCulture);
        else if (text.Length > count)
            text = Scaled(value, count - 1 - ++exponent).ToString(CultureInfo.InvariantCulture);
        return (text, exponent);
    }
}
