using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Data.Tables;

/// <summary>
/// The texts that Arrow's JSON reader takes for points in time, to the second: <c>2024-01-31</c>, <c>2024-01-31 10:00</c>,
/// <c>2024-01-31T10:00:00</c>, also with a zone (<c>Z</c>, <c>+02:00</c>), which is applied and forgotten.
/// </summary>
internal static partial class IsoTime
{
    private const long InSecond = 1_000_000;

    /// <returns>Null for a text that is none.</returns>
    internal static PythonTimestamp? Parse(string text)
    {
        Match match = Pattern().Match(text);
        if (!match.Success)
            return null;
        int Part(string name) =>
            match.Groups[name] is { Success: true } group ? int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : 0;
        (int year, int month, int day) = (Part("year"), Part("month"), Part("day"));
        (int hour, int minute, int second) = (Part("hour"), Part("minute"), Part("second"));
        bool isDay = year > 0 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
        if (!isDay || hour > 23 || minute > 59 || second > 59 || Part("zonehour") > 23 || Part("zoneminute") > 59)
            return null;
        int zone = ((Part("zonehour") * 60) + Part("zoneminute")) * (match.Groups["sign"].Value == "-" ? -1 : 1);
        TimeSpan since = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Unspecified) - DateTime.UnixEpoch;
        return new PythonTimestamp(((long)since.TotalSeconds - (zone * 60L)) * InSecond, isUtc: false);
    }

    [GeneratedRegex(
        @"\A(?<year>[0-9]{4})-(?<month>[0-9]{2})-(?<day>[0-9]{2})"
        + @"([ T](?<hour>[0-9]{2})(:(?<minute>[0-9]{2})(:(?<second>[0-9]{2}))?)?"
        + @"(Z|(?<sign>[+-])(?<zonehour>[0-9]{2})(:?(?<zoneminute>[0-9]{2}))?)?)?\z")]
    private static partial Regex Pattern();
}
