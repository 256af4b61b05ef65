using System.Globalization;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>datetime</c>, without a time zone or in UTC.</summary>
/// <param name="microseconds">Microseconds since 1970-01-01.</param>
/// <param name="isUtc">Whether the value says that it is in UTC.</param>
internal sealed class PythonTimestamp(long microseconds, bool isUtc) : PythonObject
{
    private const long OfDay = 86_400_000_000;

    internal long Microseconds => microseconds;

    internal bool IsUtc => isUtc;

    public override string TypeName => "a timestamp";

    private long Days => (microseconds / OfDay) - (microseconds % OfDay < 0 ? 1 : 0);

    private PythonTime Time => new(microseconds - (Days * OfDay));

    /// <summary><c>2023-11-14 22:13:20.123456</c>, without the fraction where it is 0.</summary>
    public override string Str() => $"{CivilDate.Text(Days)} {Time.Str()}{(isUtc ? "+00:00" : "")}";

    /// <summary><c>2023-11-14T22:13:20.123456</c>, always with six digits of the fraction, in UTC.</summary>
    internal string ToJsonText() => $"{CivilDate.Text(Days)}T{Time.WholeSeconds}.{microseconds - (Days * OfDay) - Time.Floor:D6}";

    public override void WriteRepr(StringBuilder text, int depth)
    {
        (long year, int month, int day) = CivilDate.Of(Days);
        text.Append(CultureInfo.InvariantCulture, $"datetime.datetime({year}, {month}, {day}, ");
        Time.WriteParts(text);
        text.Append(isUtc ? ", tzinfo=datetime.timezone.utc)" : ")");
    }

    public override bool TryMember(string name, out object? value)
    {
        (long year, int month, int day) = CivilDate.Of(Days);
        value = name switch { "year" => year, "month" => month, "day" => day, _ => (long?)null };
        return value is not null || Time.TryMember(name, out value);
    }

    public override bool Equals(object? obj) =>
        obj is PythonTimestamp other && other.Microseconds == microseconds && other.IsUtc == isUtc;

    public override int GetHashCode() => HashCode.Combine(microseconds, isUtc);
}
