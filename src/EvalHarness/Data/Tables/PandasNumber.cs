using System.Globalization;

namespace EvalHarness.Data.Tables;

/// <summary>
/// Reads numbers as pandas' CSV parser does. Its floating point numbers are not always the nearest to the text: 17 digits are counted
/// (zeros at the beginning too), each one a multiplication and an addition, and the power of ten is applied once.
/// </summary>
/// <remarks>Source: <c>str_to_int64</c> and <c>precise_xstrtod</c> in pandas' tokenizer.c, pandas 1.5 to 3.0.</remarks>
internal static class PandasNumber
{
    private const string Blanks = " \t\n\r\v\f";
    private const int MostDigits = 17, LargestPower = 308;

    private static readonly double[] Powers = [.. Enumerable.Range(0, LargestPower + 1).Select(
        n => double.Parse($"1e{n}", CultureInfo.InvariantCulture))];

    /// <summary>What a text is as a whole number.</summary>
    internal enum Whole
    {
        /// <summary>No whole number.</summary>
        None,

        /// <summary>A whole number that fits into 64 bits with a sign.</summary>
        Signed,

        /// <summary>A positive whole number that fits into 64 bits without a sign only.</summary>
        Unsigned,

        /// <summary>The text begins with a whole number that is too large, whatever follows.</summary>
        TooLarge,
    }

    /// <summary>Reads a whole number. Blanks around it do not count.</summary>
    internal static Whole TryWhole(string text, out long signed, out ulong unsigned)
    {
        ReadOnlySpan<char> number = text.AsSpan().Trim(Blanks);
        bool isNegative = number.Length > 0 && number[0] == '-';
        ReadOnlySpan<char> rest = number.Length > 0 && number[0] is '+' or '-' ? number[1..] : number;
        int end = rest.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = end < 0 ? rest : rest[..end];
        (signed, unsigned) = (0, 0);
        if (digits.IsEmpty)
            return Whole.None;
        if (!ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out unsigned)
            || (isNegative && unsigned > 1UL << 63))
            return Whole.TooLarge;
        if (end >= 0)
            return Whole.None;
        signed = isNegative ? -(long)unsigned : (long)unsigned;
        return isNegative || unsigned <= long.MaxValue ? Whole.Signed : Whole.Unsigned;
    }

    internal static bool TryFloat(string text, out double value)
    {
        ReadOnlySpan<char> number = text.AsSpan().Trim(Blanks);
        value = 0;
        bool isNegative = number.Length > 0 && number[0] == '-';
        ReadOnlySpan<char> rest = number.Length > 0 && number[0] is '+' or '-' ? number[1..] : number;
        // Words stand without blanks around them.
        if (number.Length == text.Length && (rest.Equals("inf", StringComparison.OrdinalIgnoreCase)
            || rest.Equals("infinity", StringComparison.OrdinalIgnoreCase)))
        {
            value = isNegative ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (!Digits(ref rest, out double whole, out long exponent) || !Exponent(ref rest, ref exponent) || !rest.IsEmpty)
            return false;
        double scaled = Scale(whole, exponent);
        value = isNegative ? -scaled : scaled;
        // A number that is too large is text.
        return exponent <= LargestPower && double.IsFinite(scaled);
    }

    private static bool Digits(ref ReadOnlySpan<char> rest, out double number, out long exponent)
    {
        (number, exponent) = (0, 0);
        int digits = 0;
        for (; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..])
        {
            if (digits < MostDigits)
            {
                number = (number * 10) + (rest[0] - '0');
                digits++;
            }
            else
            {
                exponent++;
            }
        }

        if (rest.Length > 0 && rest[0] == '.')
        {
            rest = rest[1..];
            for (; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..])
            {
                if (digits >= MostDigits)
                    continue;
                number = (number * 10) + (rest[0] - '0');
                digits++;
                exponent--;
            }
        }

        return digits > 0;
    }

    private static bool Exponent(ref ReadOnlySpan<char> rest, ref long exponent)
    {
        if (rest.Length == 0 || rest[0] is not ('e' or 'E'))
            return true;
        rest = rest[1..];
        bool isNegative = rest.Length > 0 && rest[0] == '-';
        if (rest.Length > 0 && rest[0] is '+' or '-')
            rest = rest[1..];
        if (rest.Length == 0 || !char.IsAsciiDigit(rest[0]))
            return false;
        long n = 0;
        for (; rest.Length > 0 && char.IsAsciiDigit(rest[0]); rest = rest[1..])
            n = Math.Min((n * 10) + (rest[0] - '0'), 1_000_000);
        exponent += isNegative ? -n : n;
        return true;
    }

    private static double Scale(double number, long exponent) => exponent switch
    {
        > LargestPower => double.PositiveInfinity,
        > 0 => number * Powers[exponent],
        < -2 * LargestPower => 0,
        < -LargestPower => number / Powers[-LargestPower - exponent] / Powers[LargestPower],
        _ => number / Powers[-exponent],
    };
}
