using System.Numerics;

namespace EvalHarness.Tasks.Functions.Latex;

/// <summary>A real number with thousands of bits and a bound of its error.</summary>
/// <param name="Mantissa">A whole number, which is multiplied by 2 to the power of the exponent.</param>
/// <param name="Exponent">The exponent.</param>
/// <param name="Error">The true number differs by at most 2 to the power of this number.</param>
internal readonly record struct PreciseNumber(BigInteger Mantissa, long Exponent, long Error)
{
    /// <summary>The error of a number that is exact.</summary>
    internal const long None = long.MinValue / 8;

    /// <summary>The absolute value is below 2 to the power of this number.</summary>
    internal long Magnitude => Mantissa.IsZero ? None : Exponent + BigInteger.Abs(Mantissa).GetBitLength();

    /// <summary>Whether the error leaves open which sign the number has.</summary>
    internal bool IsNearZero => Magnitude <= Error + 1;

    public static PreciseNumber operator -(PreciseNumber a) => a with { Mantissa = -a.Mantissa };

    internal static PreciseNumber Of(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)((bits >> 52) & 0x7FF);
        long mantissa = (bits & ((1L << 52) - 1)) | (exponent == 0 ? 0 : 1L << 52);
        return new PreciseNumber(value < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1_075, None);
    }

    internal static PreciseNumber Of(Fraction value, int bits) =>
        Of(value.Numerator).DivideBy(Of(value.Denominator), bits);

    internal PreciseNumber Plus(PreciseNumber other, int bits)
    {
        if (Mantissa.IsZero || other.Mantissa.IsZero)
            return (Mantissa.IsZero ? other : this) with { Error = Math.Max(Error, other.Error) + 1 };
        (PreciseNumber high, PreciseNumber low) = Exponent >= other.Exponent ? (this, other) : (other, this);
        long shift = high.Exponent - low.Exponent, error = Math.Max(high.Error, low.Error) + 1;
        // What lies below the last bit of the result counts as error.
        if (shift > 2L * bits + low.Mantissa.GetBitLength())
            return (high with { Error = Math.Max(error, low.Magnitude) + 1 }).Rounded(bits);
        return new PreciseNumber((high.Mantissa << (int)shift) + low.Mantissa, low.Exponent, error).Rounded(bits);
    }

    internal PreciseNumber Times(PreciseNumber other, int bits) => new PreciseNumber(
        Mantissa * other.Mantissa,
        Exponent + other.Exponent,
        Math.Max(Math.Max(Magnitude + other.Error, other.Magnitude + Error), Math.Max(Error + other.Error, None)) + 2).Rounded(bits);

    /// <summary>Divides by a number that is not near 0.</summary>
    internal PreciseNumber DivideBy(PreciseNumber other, int bits)
    {
        int shift = bits + (int)other.Mantissa.GetBitLength();
        var quotient = new PreciseNumber((Mantissa << shift) / other.Mantissa, Exponent - shift - other.Exponent, None);
        long relative = other.Error - other.Magnitude + 2, error = Math.Max(quotient.Magnitude + relative, Error - other.Magnitude + 2);
        return (quotient with { Error = Math.Max(error, quotient.Exponent) + 2 }).Rounded(bits);
    }

    /// <summary>Returns a root of a positive number that is not near 0.</summary>
    internal PreciseNumber Root(int index, int bits)
    {
        long exponent = Exponent - (((long)index * bits) - Mantissa.GetBitLength());
        exponent -= ((exponent % index) + index) % index;
        BigInteger scaled = Exponent >= exponent ? Mantissa << (int)(Exponent - exponent) : Mantissa >> (int)(exponent - Exponent);
        var root = new PreciseNumber(ExactArithmetic.Root(scaled, index), exponent / index, None);
        return root with { Error = Math.Max(root.Magnitude + Error - Magnitude + 3, root.Exponent + 1) };
    }

    internal PreciseNumber Power(int exponent, int bits)
    {
        if (exponent < 0)
            return Of(BigInteger.One).DivideBy(Power(-exponent, bits), bits);
        PreciseNumber power = Of(BigInteger.One), square = this;
        for (int rest = exponent; rest > 0; rest >>= 1)
        {
            if ((rest & 1) == 1)
                power = power.Times(square, bits);
            if (rest > 1)
                square = square.Times(square, bits);
        }

        return power;
    }

    internal double ToDouble()
    {
        int extra = (int)Math.Max(0, BigInteger.Abs(Mantissa).GetBitLength() - 64);
        return Math.ScaleB((double)(Mantissa >> extra), (int)Math.Clamp(Exponent + extra, -5_000, 5_000));
    }

    private static PreciseNumber Of(BigInteger value) => new(value, 0, None);

    private PreciseNumber Rounded(int bits)
    {
        long extra = BigInteger.Abs(Mantissa).GetBitLength() - bits;
        return extra <= 0
            ? this
            : new PreciseNumber(Mantissa >> (int)extra, Exponent + extra, Math.Max(Error, Exponent + extra) + 1);
    }
}
