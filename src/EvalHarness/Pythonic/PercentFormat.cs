using System.Numerics;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>'%s' % value</c>.</summary>
/// <remarks>Source: the Python 3 library reference, "printf-style String Formatting".</remarks>
internal static class PercentFormat
{
    /// <param name="format">The text with its conversions.</param>
    /// <param name="arguments">The values, in order.</param>
    /// <param name="named">Finds the value of a name in parentheses; null if there is no map.</param>
    /// <param name="mayLeave">Whether values may be left over, as where the one value is itself a list or a map.</param>
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

        if (next < arguments.Count && !mayLeave)
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
            string name = Name(format, ref at);
            object? found = (named ?? throw new PythonLimitException("a format with a name in parentheses needs a map"))(name);
            value = () => found;
        }

        string flags = Run(c => c is '#' or '0' or '-' or ' ' or '+');
        int Star()
        {
            at++;
            return PythonInteger.From(next()) is { } number ? (int)BigInteger.Min(BigInteger.Max(number, -10_000), 10_000)
                : throw new PythonLimitException("* in a format needs an integer");
        }

        int width = at < format.Length && format[at] == '*' ? Star() : FormatSpecification.Number(Run(char.IsAsciiDigit), 0);
        int precision = -1;
        if (at < format.Length && format[at] == '.')
        {
            at++;
            precision = at < format.Length && format[at] == '*'
                ? Math.Max(0, Star())
                : FormatSpecification.Number(Run(char.IsAsciiDigit), 0);
        }

        // Python skips one of these letters, and they mean nothing.
        if (at < format.Length && format[at] is 'h' or 'l' or 'L')
            at++;
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

    /// <summary>The name in parentheses, which may hold parentheses itself, and moves behind it.</summary>
    private static string Name(string format, ref int at)
    {
        int start = at + 1, depth = 0;
        for (; at < format.Length; at++)
        {
            depth += format[at] == '(' ? 1 : format[at] == ')' ? -1 : 0;
            if (depth == 0)
                return format[start..at++];
        }

        throw new PythonLimitException("a format with a name in parentheses has no closing parenthesis");
    }

    private static string Converted(object? value, char kind, string flags, int width, int precision)
    {
        bool left = flags.Contains('-', StringComparison.Ordinal), alternative = flags.Contains('#', StringComparison.Ordinal);
        char align = left ? '<' : '>';
        if (kind is 's' or 'r' or 'a')
        {
            string text = kind switch { 's' => Python.Str(value), 'r' => Python.Repr(value), _ => Python.Ascii(value) };
            return FormatSpecification.Align(FormatSpecification.Start(text, precision), "", align, " ", width);
        }

        if (kind == 'c')
        {
            string character = value switch
            {
                string text when text.EnumerateRunes().Count() == 1 => text,
                PythonText { Text: var text } when text.EnumerateRunes().Count() == 1 => text,
                _ => FormatSpecification.Character(PythonInteger.From(value)
                    ?? throw new PythonLimitException($"%c in a format needs one character, found {Python.TypeName(value)}")),
            };
            return FormatSpecification.Align(character, "", align, " ", width);
        }

        if (!"diuxXoeEfFgG".Contains(kind, StringComparison.Ordinal))
            throw new PythonLimitException($"%{kind} is no conversion of a format");
        if (value is not double && !PythonInteger.Is(value))
            throw new PythonLimitException($"%{kind} in a format needs a number, found {Python.TypeName(value)}");
        (bool negative, string digits) = kind is 'd' or 'i' or 'u' or 'x' or 'X' or 'o'
            ? Whole(value, kind, precision)
            : Float(value, kind, precision < 0 ? 6 : precision, alternative);
        string sign = negative ? "-" : flags.Contains('+', StringComparison.Ordinal) ? "+"
            : flags.Contains(' ', StringComparison.Ordinal) ? " " : "";
        if (alternative && kind is 'x' or 'X' or 'o')
            sign += "0" + kind;
        bool zero = flags.Contains('0', StringComparison.Ordinal) && !left;
        return FormatSpecification.Align(digits, sign, zero ? '=' : align, zero ? "0" : " ", width);
    }

    private static (bool Negative, string Digits) Whole(object? value, char kind, int precision)
    {
        if (value is double && kind is 'x' or 'X' or 'o')
            throw new PythonLimitException($"%{kind} in a format needs an integer, found {Python.TypeName(value)}");
        BigInteger number = PythonInteger.From(value is double real ? PythonInteger.Truncate(real) : value)!.Value;
        return (number.Sign < 0, FormatSpecification.Based(BigInteger.Abs(number), kind).PadLeft(Math.Max(precision, 0), '0'));
    }

    private static (bool Negative, string Digits) Float(object? value, char kind, int precision, bool alternative)
    {
        double number = value is double real ? real : PythonInteger.ToDouble(PythonInteger.From(value)!.Value);
        double size = Math.Abs(number);
        string text = !double.IsFinite(number) ? Python.Float(size) : kind switch
        {
            'f' or 'F' => PythonFloat.Fixed(size, precision) + (alternative && precision == 0 ? "." : ""),
            'e' or 'E' => PythonFloat.Exponential(size, precision, alternative),
            _ => PythonFloat.General(size, precision, alternative),
        };
        return (double.IsNegative(number) && !double.IsNaN(number), char.IsUpper(kind) ? text.ToUpperInvariant() : text);
    }
}
