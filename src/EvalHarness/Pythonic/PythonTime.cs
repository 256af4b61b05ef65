using System.Globalization;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>time</c>, a time of day without a time zone.</summary>
/// <param name="microseconds">Microseconds since midnight.</param>
internal sealed class PythonTime(long microseconds) : PythonObject
{
    private const long OfSecond = 1_000_000;

    internal long Microseconds => microseconds;

    public override string TypeName => "a time of day";

    private long Hour => microseconds / (3_600 * OfSecond);

    private long Minute => microseconds / (60 * OfSecond) % 60;

    private long Second => microseconds / OfSecond % 60;

    private long Fraction => microseconds % OfSecond;

    /// <summary>Microseconds of the whole seconds.</summary>
    internal long Floor => microseconds - Fraction;

    internal string WholeSeconds => string.Create(CultureInfo.InvariantCulture, $"{Hour:D2}:{Minute:D2}:{Second:D2}");

    /// <summary><c>01:02:03.500000</c>, without the fraction where it is 0.</summary>
    public override string Str() => Fraction == 0 ? WholeSeconds : $"{WholeSeconds}.{Fraction:D6}";

    /// <summary><c>01:02:03.5</c>, without zeros at the end of the fraction.</summary>
    internal string ToJsonText() => Fraction == 0 ? WholeSeconds : $"{WholeSeconds}.{Fraction:D6}".TrimEnd('0');

    public override void WriteRepr(StringBuilder text, int depth)
    {
        text.Append("datetime.time(");
        WriteParts(text);
        text.Append(')');
    }

    /// <summary>Writes hour and minute, and second and microsecond where Python writes them.</summary>
    internal void WriteParts(StringBuilder text)
    {
        text.Append(CultureInfo.InvariantCulture, $"{Hour}, {Minute}");
        if (Second != 0 || Fraction != 0)
            text.Append(CultureInfo.InvariantCulture, $", {Second}");
        if (Fraction != 0)
            text.Append(CultureInfo.InvariantCulture, $", {Fraction}");
    }

    public override bool TryMember(string name, out object? value)
    {
        value = name switch
        {
            "hour" => Hour,
            "minute" => Minute,
            "second" => Second,
            "microsecond" => Fraction,
            _ => (long?)null,
        };
        return value is not null;
    }

    public override bool Equals(object? obj) => obj is PythonTime other && other.Microseconds == microseconds;

    public override int GetHashCode() => microseconds.GetHashCode();
}
