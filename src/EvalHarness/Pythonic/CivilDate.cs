using System.Globalization;

namespace EvalHarness.Pythonic;

/// <summary>Dates of the Gregorian calendar, carried on before it began and beyond the years that Python and .NET have.</summary>
/// <remarks>Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".</remarks>
internal static class CivilDate
{
    private const long DaysOfEra = 146_097;

    /// <param name="days">Days since 1970-01-01.</param>
    internal static (long Year, int Month, int Day) Of(long days)
    {
        // Years that begin in March have the leap day at their end; an era is 400 of them.
        long shifted = days + 719_468;
        long era = Math.DivRem(shifted >= 0 ? shifted : shifted - (DaysOfEra - 1), DaysOfEra).Quotient;
        long day = shifted - (era * DaysOfEra);
        long year = (day - (day / 1_460) + (day / 36_524) - (day / 146_096)) / 365;
        long ofYear = day - ((365 * year) + (year / 4) - (year / 100));
        long month = ((5 * ofYear) + 2) / 153;
        int civil = (int)(month < 10 ? month + 3 : month - 9);
        return (year + (era * 400) + (civil <= 2 ? 1 : 0), civil, (int)(ofYear - (((153 * month) + 2) / 5) + 1));
    }

    /// <summary>The date as <c>2024-01-31</c>. A year before 0 has a sign.</summary>
    internal static string Text(long days)
    {
        (long year, int month, int day) = Of(days);
        return string.Create(CultureInfo.InvariantCulture, $"{year:D4}-{month:D2}-{day:D2}");
    }
}
