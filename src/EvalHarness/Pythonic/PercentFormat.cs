using System.Globalization;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>'%s' % value</c>.</summary>
/// <remarks>Source: the Python 3 library reference, "printf-style String Formatting".</remarks>
internal static class PercentFormat
{
    /// <param name="format">The text with its conversions.</param>
    /// <param name="arguments">The values, in order.</param>
    /// <param name="named">Finds the value of a name in parentheses; null if there is no map.</param>
    /// <param name="mayLeave">Whether values may be left over, as where the one value is itself a list.</param>
    /// <exception cref="PythonLimitException">The values do not fit the format.</exception>
    public static string Apply(string format, IReadOnlyList<object?> arguments, Func<string, object?>? named, bool mayLeave = false)
    {
        var text = new StringBuilder();
        int next = 0;
        object? Next() => next < arguments.Count
            ? arguments[next++]
            : throw new PythonLimitException("not enough arguments for the format");
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%')
            {
                text.Append(format[i]);
                continue;
            }

            i = Conversion(format, i + 1, text, Next, named);
        }

        if (next < arguments.Count && named is null && !mayLeave)
            throw new PythonLimitException($"the format uses {next} of {arguments.Count} values");
        return text.ToString();
    }

    /// <summary>Writes the conversion that begins at a place, and returns the place of its last character.</summary>
    private static int Conversion(string format, int at, StringBuilder text, Func<object?> next, Func<string, object?>? named)
    {
        string Run(Func<char, bool> belongs)
        {
            int start = at;
            while (at < format.Length && belongs(format[at]))
                at++;
            return format[start..at];
        }

        Func<object?> value = next;
        if (at < format.Length && format[at] == '(')
        {
            int close = format.IndexOf(')', at);
            if (named is null || close < 0)
                throw new PythonLimitException("a format with a name in parentheses needs a map");
            string name = format[(at + 1)..close];
            value = () => named(name);
            at = close + 1;
        }

        string flags = Run(c => c is '#' or '0' or '-' or ' ' or '+');
        int Star()
        {
            at++;
            return next() is long number ? (int)Math.Clamp(number, -10_000, 10_000)
                : throw new PythonLimitException("* in a format needs an integer");
        }

        int width = at < format.Length && format[at] == '*' ? Star() : FormatSpecification.Number(Run(char.IsAsciiDigit), 0);
        int precision = -1;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = at < format.Length && format[at] == '*' ? Star() : FormatSpecification.Number(Run(char.IsAsciiDigit), 0);
        }

        Run(c => c is 'h' or 'l' or 'L');
        if (at == format.Length)
            throw new PythonLimitException("a format ends in the middle of a conversion");
        if (format[at] == '%')
        {
            text.Append('%');
            return at;
        }

        if (width < 0)
            (flags, width) = (flags + "-", -width);
        text.Append(Converted(value(), format[at], flags, width, precision));
        return at;
    }

    private static string Converted(object? value, char kind, string flags, int width, int precision)
    {
        bool left = flags.Contains('-', StringComparison.Ordinal);
        string align = left ? "<" : ">";
        if (kind is 's' or 'r' or 'a')
        {
            string text = kind == 's' ? Python.Str(value) : Python.Repr(value);
            if (precision >= 0)
                text = string.Concat(text.EnumerateRunes().Take(precision).Select(r => r.ToString()));
            return FormatSpecification.Align(text, "", align, ' ', width);
        }

        if (kind == 'c')
        {
            string character = value switch
            {
                long code => FormatSpecification.Character(code),
                bool flag => flag ? "\x01" : "\0",
                string text when text.EnumerateRunes().Count() == 1 => text,
                _ => throw new PythonLimitException($"%c in a format needs one character, found {Python.TypeName(value)}"),
            };
            return FormatSpecification.Align(character, "", align, ' ', width);
        }

        if (value is not (long or double or bool))
            throw new PythonLimitException($"%{kind} in a format needs a number, found {Python.TypeName(value)}");
        string digits = Digits(value, kind, precision, flags.Contains('#', StringComparison.Ordinal));
        string sign = digits.StartsWith('-') ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+"
            : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
        digits = digits.TrimStart('-');
        if (flags.Contains('#', StringComparison.Ordinal) && kind is 'x' or 'X' or 'o')
            sign += "0" + kind;
        bool zero = flags.Contains('0', StringComparison.Ordinal) && !left;
        return FormatSpecification.Align(digits, sign, zero ? "=" : align, zero ? '0' : ' ', width);
    }

    private static string Digits(object value, char kind, int precision, bool alternative)
    {
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (kind is 'd' or 'i' or 'u' or 'x' or 'X' or 'o')
        {
            if (value is double && (kind is 'x' or 'X' or 'o' || !double.IsFinite(number) || Math.Abs(number) >= 9.2e18))
                throw new PythonLimitException($"%{kind} in a format needs an integer of 64 bits");
            long whole = value is bool flag ? (flag ? 1 : 0) : value is long integer ? integer : (long)number;
            string text = FormatSpecification.Based(whole, kind.ToString());
            string digits = text.TrimStart('-').PadLeft(Math.Max(precision, 0), '0');
            return text.StartsWith('-') ? "-" + digits : digits;
        }

        if (!double.IsFinite(number))
            return Python.Float(number);
        int places = precision < 0 ? 6 : precision;
        return kind switch
        {
            'f' or 'F' => PythonFloat.Fixed(number, places),
            'e' => PythonFloat.Exponential(number, places),
            'E' => PythonFloat.Exponential(number, places).ToUpperInvariant(),
            'g' => PythonFloat.General(number, places, alternative),
            'G' => PythonFloat.General(number, places, alternative).ToUpperInvariant(),
            _ => throw new PythonLimitException($"%{kind} is no conversion of a format"),
        };
    }
}
