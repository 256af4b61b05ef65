using System.Globalization;
using System.Numerics;

namespace EvalHarness.Pythonic;

/// <summary>
/// Python's integers, which have no limit. One that fits into 64 bits is a <see cref="long"/>, and only a larger one is a
/// <see cref="BigInteger"/>, so that equal integers are equal values.
/// </summary>
internal static class PythonInteger
{
    /// <summary>Python refuses to write or read integers of more digits.</summary>
    internal const int MostDigits = 4300;

    /// <summary>The bits of the largest integer that is computed; any prompt holds far fewer digits.</summary>
    internal const long MostBits = 1_000_000;

    /// <summary>The integer as the one form that it has.</summary>
    internal static object Of(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (long)number : (object)number;

    /// <summary>Whether a value is an integer, as True and False are.</summary>
    internal static bool Is(object? value) => value is long or bool or BigInteger;

    /// <summary>The integer that a value is; null if it is none.</summary>
    internal static BigInteger? From(object? value) => value switch
    {
        long number => number,
        BigInteger number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    /// <summary><c>str(number)</c>.</summary>
    /// <exception cref="PythonLimitException">The integer has more digits than Python writes.</exception>
    internal static string Text(BigInteger number)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        return text.Length - (number.Sign < 0 ? 1 : 0) <= MostDigits
            ? text
            : throw new PythonLimitException($"an integer of {text.Length} digits; Python writes {MostDigits} or fewer");
    }

    /// <summary><c>float(number)</c>, rounded to the nearest.</summary>
    /// <exception cref="PythonLimitException">The integer is too large.</exception>
    internal static double ToDouble(BigInteger number)
    {
        // The conversion of .NET cuts the bits that do not fit; its parser rounds.
        double value = number >= long.MinValue && number <= long.MaxValue
            ? (long)number
            : double.Parse(number.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return double.IsFinite(value) ? value : throw new PythonLimitException("an integer is too large for a floating-point number");
    }

    /// <summary><c>int(number)</c>, without what stands after the point.</summary>
    /// <exception cref="PythonLimitException">The number is infinite, or no number.</exception>
    internal static object Truncate(double number) => double.IsFinite(number)
        ? Of(new BigInteger(number))
        : throw new PythonLimitException($"{Python.Float(number)} is no integer");

    /// <summary>The order of an integer and a floating-point number, by their exact values; null beside NaN.</summary>
    internal static int? Compare(BigInteger integer, double number)
    {
        if (double.IsNaN(number))
            return null;
        if (double.IsInfinity(number))
            return number > 0 ? -1 : 1;
        double floor = Math.Floor(number);
        int order = integer.CompareTo(new BigInteger(floor));
        return order == 0 && floor < number ? -1 : order;
    }

    /// <summary><c>a / b</c> for integers, rounded once.</summary>
    internal static double Divide(BigInteger a, BigInteger b)
    {
        const long Exact = 1L << 53;
        if (BigInteger.Abs(a) <= Exact && BigInteger.Abs(b) <= Exact)
            return (double)(long)a / (long)b;
        int shift = (int)(BigInteger.Abs(b).GetBitLength() - BigInteger.Abs(a).GetBitLength()) + 66;
        BigInteger numerator = BigInteger.Abs(a), denominator = BigInteger.Abs(b);
        _ = shift >= 0 ? numerator <<= shift : denominator <<= -shift;
        BigInteger quotient = BigInteger.DivRem(numerator, denominator, out BigInteger rest);
        // The last bit stands for all that follow, which decide whether the middle between two numbers is the middle.
        if (!rest.IsZero)
            quotient |= BigInteger.One;
        double result = Math.ScaleB(ToDouble(quotient), -shift);
        if (double.IsInfinity(result))
            throw new PythonLimitException("a quotient of integers is too large for a floating-point number");
        return a.Sign * b.Sign < 0 ? -result : result;
    }

    /// <summary><c>a // b</c> and <c>a % b</c> for integers: rounded down, with a remainder of the divisor's sign.</summary>
    internal static (BigInteger Quotient, BigInteger Remainder) DivMod(BigInteger a, BigInteger b)
    {
        BigInteger quotient = BigInteger.DivRem(a, b, out BigInteger rest);
        return !rest.IsZero && rest.Sign != b.Sign ? (quotient - 1, rest + b) : (quotient, rest);
    }

    /// <summary><c>round(number, digits)</c>: to a power of ten if the digits are negative, and from the middle to even.</summary>
    internal static object Round(BigInteger number, int digits)
    {
        if (digits >= 0)
            return Of(number);
        BigInteger unit = BigInteger.Pow(10, -digits);
        (BigInteger quotient, BigInteger rest) = DivMod(number, unit);
        int half = (rest * 2).CompareTo(unit);
        return Of((half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient) * unit);
    }

    /// <summary><c>number ** exponent</c> for an exponent that is not negative.</summary>
    /// <exception cref="PythonLimitException">The power is larger than any that is computed.</exception>
    internal static BigInteger Power(BigInteger number, BigInteger exponent)
    {
        if (number.IsZero || number.IsOne || number == BigInteger.MinusOne)
            return exponent.IsZero || (number == BigInteger.MinusOne && exponent.IsEven) ? 1 : number;
        return exponent * BigInteger.Abs(number).GetBitLength() <= MostBits
            ? BigInteger.Pow(number, (int)exponent)
            : throw new PythonLimitException($"a power of more than {MostBits} bits");
    }

    /// <summary><c>int(text, radix)</c>; null if the text is no integer.</summary>
    /// <param name="text">A sign, a prefix such as 0x if it fits the radix, and digits, with single underscores between them.</param>
    /// <param name="radix">2 to 36, or 0 where the prefix decides.</param>
    /// <exception cref="PythonLimitException">The text has more digits than Python reads.</exception>
    internal static object? Parse(string text, int radix)
    {
        string digits = Python.Strip(text);
        bool negative = digits.StartsWith('-');
        if (digits.Length > 0 && digits[0] is '-' or '+')
            digits = digits[1..];
        int prefix = digits.Length < 2 || digits[0] != '0' ? 0 : digits[1] switch
        {
            'x' or 'X' => 16,
            'o' or 'O' => 8,
            'b' or 'B' => 2,
            _ => 0,
        };
        if (prefix > 0 && radix is 0 or 16 or 8 or 2 && (radix == 0 || radix == prefix))
        {
            (digits, radix) = (digits[2..], prefix);
            if (digits.StartsWith('_'))
                digits = digits[1..];
        }
        else if (radix == 0)
        {
            radix = 10;
            // In Python's own notation, only zeros may begin with a zero.
            if (digits.StartsWith('0') && digits.Any(c => c is not ('0' or '_')))
                return null;
        }

        if (digits.Length == 0 || digits[0] == '_' || digits[^1] == '_' || digits.Contains("__", StringComparison.Ordinal))
            return null;
        var values = new List<int>(digits.Length);
        for (int i = 0; i < digits.Length; i += char.IsSurrogatePair(digits, i) ? 2 : 1)
        {
            int value = char.IsAsciiLetter(digits[i])
                ? char.ToLowerInvariant(digits[i]) - 'a' + 10
                : CharUnicodeInfo.GetDecimalDigitValue(digits, i);
            if (digits[i] == '_')
                continue;
            if (value < 0 || value >= radix)
                return null;
            values.Add(value);
        }

        if (!int.IsPow2(radix) && values.Count > MostDigits)
            throw new PythonLimitException($"an integer of {values.Count} digits; Python reads {MostDigits} or fewer");
        BigInteger number = 0;
        foreach (int value in values)
            number = (number * radix) + value;
        return Of(negative ? -number : number);
    }
}
