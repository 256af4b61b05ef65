using System.Globalization;
using System.Text.RegularExpressions;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>format(value, specification)</c> for strings and numbers.</summary>
/// <remarks>Source: the Python 3 library reference, "Format Specification Mini-Language".</remarks>
internal static partial class FormatSpecification
{
    /// <exception cref="PythonLimitException">The specification does not fit the value.</exception>
    public static string Format(object? value, string specification)
    {
        if (specification.Length == 0)
            return Python.Str(value);
        Match match = Specification().Match(specification);
        if (!match.Success)
            throw new PythonLimitException($"'{specification}' is no format specification");
        string Part(string name) => match.Groups[name].Value;
        int width = Number(Part("width"), 0), precision = Number(Part("precision"), -1);
        string align = Part("align");
        char fill = Part("fill").Length > 0 ? Part("fill")[0] : Part("zero").Length > 0 ? '0' : ' ';
        if (value is string or PythonText)
        {
            string text = Python.Str(value);
            if (Part("type") is not ("" or "s")
                || Part("sign").Length + Part("group").Length + Part("alternative").Length > 0 || align == "=")
                throw Unfit(specification, value);
            if (precision >= 0)
                text = string.Concat(text.EnumerateRunes().Take(precision).Select(r => r.ToString()));
            return Align(text, "", align.Length == 0 ? "<" : align, fill, width);
        }

        if (value is not (long or double or bool))
            throw Unfit(specification, value);
        string digits = NumberText(value, Part("type"), precision, Part("alternative").Length > 0, specification);
        bool negative = digits.StartsWith('-');
        digits = Grouped(negative ? digits[1..] : digits, Part("group"));
        string sign = negative ? "-" : Part("sign") == "-" ? "" : Part("sign");
        if (Part("alternative").Length > 0 && Part("type") is "x" or "X" or "o" or "b")
            sign += "0" + Part("type");
        return Align(digits, sign, align.Length > 0 ? align : Part("zero").Length > 0 ? "=" : ">", fill, width);
    }

    private static string NumberText(object value, string type, int precision, bool alternative, string specification)
    {
        if (value is long or bool && type is "" or "d" or "n" or "b" or "o" or "x" or "X" or "c")
        {
            long whole = value is bool flag ? (flag ? 1 : 0) : (long)value;
            if (precision >= 0)
                throw Unfit(specification, value);
            return type == "c" ? Character(whole) : Based(whole, type);
        }

        if (type is "d" or "b" or "o" or "x" or "X" or "c")
            throw Unfit(specification, value);
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (!double.IsFinite(number))
            return type is "E" or "F" or "G" ? Python.Float(number).ToUpperInvariant() : Python.Float(number);
        int digits = precision < 0 ? 6 : precision;
        return type switch
        {
            "" when precision < 0 => Python.Float(number),
            "" => WithPoint(PythonFloat.General(number, digits, keepZeros: false), number, digits),
            "f" or "F" => PythonFloat.Fixed(number, digits),
            "%" => PythonFloat.Fixed(number * 100, digits) + "%",
            "e" => PythonFloat.Exponential(number, digits),
            "E" => PythonFloat.Exponential(number, digits).ToUpperInvariant(),
            "g" or "n" => PythonFloat.General(number, digits, alternative),
            "G" => PythonFloat.General(number, digits, alternative).ToUpperInvariant(),
            _ => throw Unfit(specification, value),
        };
    }

    /// <summary>Without a type, a number has at least one digit after the point, or an exponent.</summary>
    private static string WithPoint(string text, double number, int digits)
    {
        if (text.AsSpan().IndexOfAny('.', 'e') >= 0)
            return text;
        return text.TrimStart('-').Length >= Math.Max(digits, 1)
            ? Regex.Replace(PythonFloat.Exponential(number, Math.Max(digits, 1) - 1), @"\.?0*e", "e")
            : text + ".0";
    }

    internal static string Based(long number, string type)
    {
        string sign = number < 0 ? "-" : "";
        UInt128 size = number < 0 ? (UInt128)(-(Int128)number) : (UInt128)number;
        return sign + type switch
        {
            "x" => size.ToString("x", CultureInfo.InvariantCulture),
            "X" => size.ToString("X", CultureInfo.InvariantCulture),
            "b" => size.ToString("b", CultureInfo.InvariantCulture),
            "o" => Octal(size),
            _ => size.ToString(CultureInfo.InvariantCulture),
        };
    }

    private static string Octal(UInt128 number)
    {
        string text = "";
        do
        {
            text = (char)('0' + (int)(number % 8)) + text;
            number /= 8;
        }
        while (number > 0);
        return text;
    }

    internal static string Character(long code) => code is >= 0 and <= 0x10ffff and not (>= 0xd800 and <= 0xdfff)
        ? char.ConvertFromUtf32((int)code)
        : throw new PythonLimitException($"{code} is the code of no character");

    private static string Grouped(string digits, string separator)
    {
        if (separator.Length == 0)
            return digits;
        int end = 0;
        while (end < digits.Length && char.IsAsciiDigit(digits[end]))
            end++;
        string whole = digits[..end];
        for (int i = whole.Length - 3; i > 0; i -= 3)
            whole = whole.Insert(i, separator);
        return whole + digits[end..];
    }

    internal static string Align(string text, string sign, string align, char fill, int width)
    {
        int missing = Math.Max(0, width - sign.Length - text.EnumerateRunes().Count());
        string Fill(int count) => new(fill, count);
        return align switch
        {
            "<" => sign + text + Fill(missing),
            "^" => Fill(missing / 2) + sign + text + Fill(missing - (missing / 2)),
            "=" => sign + Fill(missing) + text,
            _ => Fill(missing) + sign + text,
        };
    }

    /// <summary>A width or precision.</summary>
    internal static int Number(string digits, int otherwise) => digits.Length == 0 ? otherwise
        : int.TryParse(digits, CultureInfo.InvariantCulture, out int number) && number <= 10_000 ? number
        : throw new PythonLimitException($"a format asks for {digits} characters; expected 10000 or fewer");

    private static PythonLimitException Unfit(string specification, object? value) =>
        new($"the format '{specification}' does not fit {Python.TypeName(value)}");

    [GeneratedRegex(
        @"\A(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternative>#)?(?<zero>0)?"
            + @"(?<width>[0-9]+)?(?<group>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[a-zA-Z%])?\z",
        RegexOptions.Singleline)]
    private static partial Regex Specification();
}
