using System.Globalization;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>datetime.strftime</c> for a date without a time zone, in the C locale, as on Linux.</summary>
internal static class PythonDate
{
    public static string Format(DateTime date, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }

            int start = i++;
            // The flags of the C library: no padding, spaces, zeros, upper case.
            char flag = format[i] is '-' or '_' or '0' or '^' && i + 1 < format.Length ? format[i++] : '\0';
            text.Append(Field(date, format[i]) is { } field ? Flagged(field, flag) : format[start..(i + 1)]);
        }

        return text.ToString();
    }

    private static string Flagged(string field, char flag)
    {
        string bare = field.TrimStart('0', ' ');
        return flag switch
        {
            '^' => field.ToUpperInvariant(),
            _ when flag == '\0' || field.Length == 0 || !field.All(c => char.IsAsciiDigit(c) || c == ' ') => field,
            '-' => bare.Length == 0 ? "0" : bare,
            _ => (bare.Length == 0 ? "0" : bare).PadLeft(field.Length, flag == '_' ? ' ' : '0'),
        };
    }

    /// <summary>The text of a code; null for a code that there is not.</summary>
    private static string? Field(DateTime date, char code)
    {
        string Of(string format) => date.ToString(format, CultureInfo.InvariantCulture);
        int hour = (date.Hour + 11) % 12 + 1;
        return code switch
        {
            'a' => Of("ddd"),
            'A' => Of("dddd"),
            'b' or 'h' => Of("MMM"),
            'B' => Of("MMMM"),
            'c' => $"{Of("ddd MMM")} {date.Day,2} {Of("HH:mm:ss yyyy")}",
            'C' => Padded(date.Year / 100, 2),
            'd' => Of("dd"),
            'D' or 'x' => Of("MM/dd/yy"),
            'e' => $"{date.Day,2}",
            'f' => Of("ffffff"),
            'F' => Of("yyyy-MM-dd"),
            'g' => Padded(ISOWeek.GetYear(date) % 100, 2),
            'G' => Padded(ISOWeek.GetYear(date), 4),
            'H' => Of("HH"),
            'I' => Padded(hour, 2),
            'j' => Padded(date.DayOfYear, 3),
            'k' => $"{date.Hour,2}",
            'l' => $"{hour,2}",
            'm' => Of("MM"),
            'M' => Of("mm"),
            'n' => "\n",
            'p' => date.Hour < 12 ? "AM" : "PM",
            'P' => date.Hour < 12 ? "am" : "pm",
            'r' => $"{Padded(hour, 2)}{Of(":mm:ss")} {(date.Hour < 12 ? "AM" : "PM")}",
            'R' => Of("HH:mm"),
            's' => new DateTimeOffset(date, TimeSpan.Zero).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            'S' => Of("ss"),
            't' => "\t",
            'T' or 'X' => Of("HH:mm:ss"),
            'u' => Padded(((int)date.DayOfWeek + 6) % 7 + 1, 1),
            'U' => Padded((date.DayOfYear + 6 - (int)date.DayOfWeek) / 7, 2),
            'V' => Padded(ISOWeek.GetWeekOfYear(date), 2),
            'w' => Padded((int)date.DayOfWeek, 1),
            'W' => Padded((date.DayOfYear + 6 - (((int)date.DayOfWeek + 6) % 7)) / 7, 2),
            'y' => Of("yy"),
            'Y' => Of("yyyy"),
            'z' or 'Z' => "",
            '%' => "%",
            _ => null,
        };
    }

    private static string Padded(int number, int digits) => number.ToString($"D{digits}", CultureInfo.InvariantCulture);
}
