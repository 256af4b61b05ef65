using System.Globalization;
using System.Numerics;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>Decimal</c>: a number of decimal digits that keeps the zeros at its end.</summary>
/// <param name="unscaled">The digits as a whole number.</param>
/// <param name="scale">How many of them stand behind the decimal point; never negative.</param>
internal sealed class PythonDecimal(BigInteger unscaled, int scale) : PythonObject
{
    internal BigInteger Unscaled => unscaled;

    internal int Scale => scale;

    public override string TypeName => "a decimal";

    public override bool IsTrue => !unscaled.IsZero;

    private string Digits => BigInteger.Abs(unscaled).ToString(CultureInfo.InvariantCulture);

    private string Sign => unscaled.Sign < 0 ? "-" : "";

    /// <summary><c>2.50</c>. A number below 1e-6 that is written with more zeros than that has an exponent.</summary>
    public override string Str()
    {
        int exponent = Digits.Length - 1 - scale;
        if (exponent >= -6)
            return ToJsonText();
        string digits = Digits.Length == 1 ? Digits : $"{Digits[0]}.{Digits[1..]}";
        return string.Create(CultureInfo.InvariantCulture, $"{Sign}{digits}E{exponent}");
    }

    /// <summary>The number without an exponent, as JSON has it.</summary>
    internal string ToJsonText()
    {
        string digits = Digits.PadLeft(scale + 1, '0');
        return scale == 0 ? Sign + digits : $"{Sign}{digits[..^scale]}.{digits[^scale..]}";
    }

    public override void WriteRepr(StringBuilder text, int depth) => text.Append("Decimal('").Append(Str()).Append("')");

    /// <summary>The number as the shortest fraction.</summary>
    internal (BigInteger Numerator, BigInteger Denominator) Fraction
    {
        get
        {
            var power = BigInteger.Pow(10, scale);
            var common = BigInteger.GreatestCommonDivisor(unscaled, power);
            return (unscaled / common, power / common);
        }
    }

    public override bool Equals(object? obj) => obj is PythonDecimal other && other.Fraction == Fraction;

    public override int GetHashCode() => Fraction.GetHashCode();
}
