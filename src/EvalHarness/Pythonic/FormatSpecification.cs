using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;

namespace EvalHarness.Pythonic;

/// <summary>Python's <c>format(value, specification)</c> for strings and numbers, in the C locale.</summary>
/// <remarks>Source: the Python 3 library reference, "Format Specification Mini-Language".</remarks>
internal sealed partial class FormatSpecification
{
    private const string OfIntegers = "bcdoxXn", OfFloats = "eEfFgG%";

    private readonly string _text;
    private readonly string _fill;
    private readonly char _align;
    private readonly char _sign;
    private readonly bool _noNegativeZero;
    private readonly bool _alternative;
    private readonly int _width;
    private readonly string _group;
    private readonly int _precision;
    private readonly char _type;

    private FormatSpecification(string text, bool ofNumber)
    {
        _text = text;
        Match match = Specification().Match(text);
        if (!match.Success)
            throw new PythonLimitException($"'{text}' is no format specification");
        string Part(string name) => match.Groups[name].Value;
        char One(string name, char otherwise) => Part(name).Length > 0 ? Part(name)[0] : otherwise;
        bool zero = Part("zero").Length > 0;
        _fill = Part("fill").Length > 0 ? Part("fill") : zero ? "0" : " ";
        _align = One("align", ofNumber ? (zero ? '=' : '>') : '<');
        _sign = One("sign", '\0');
        _noNegativeZero = Part("z").Length > 0;
        _alternative = Part("alternative").Length > 0;
        (_width, _precision) = (Number(Part("width"), 0), Number(Part("precision"), -1));
        (_group, _type) = (Part("group"), One("type", '\0'));
        bool groups = _type is '\0' or 'd' || OfFloats.Contains(_type, StringComparison.Ordinal)
            || (_group == "_" && _type is 'b' or 'o' or 'x' or 'X');
        if (_group.Length > 0 && !(ofNumber && groups))
            throw new PythonLimitException($"the format '{text}' has '{_group}', which does not fit its type");
    }

    /// <exception cref="PythonLimitException">The specification does not fit the value.</exception>
    public static string Format(object? value, string specification)
    {
        if (specification.Length == 0)
            return Python.Str(value);
        bool isText = value is string or PythonText;
        if (!isText && !PythonInteger.Is(value) && value is not double)
            throw new PythonLimitException($"{Python.TypeName(value)} takes no format; found '{specification}'");
        var format = new FormatSpecification(specification, ofNumber: !isText);
        return isText ? format.OfText(Python.Str(value), value)
            : value is double number ? format.OfFloat(number, value)
            : OfFloats.Contains(format._type, StringComparison.Ordinal) && format._type != '\0'
                ? format.OfFloat(PythonInteger.ToDouble(PythonInteger.From(value)!.Value), value)
                : format.OfInteger(PythonInteger.From(value)!.Value, value);
    }

    private PythonLimitException Unfit(object? value) => new($"the format '{_text}' does not fit {Python.TypeName(value)}");

    private string OfText(string text, object? value)
    {
        if (_type is not ('\0' or 's') || _sign != '\0' || _noNegativeZero || _alternative || _align == '=')
            throw Unfit(value);
        return Align(Start(text, _precision), "", _align, _fill, _width);
    }

    /// <summary>The first characters of a text; all of it if the count is negative.</summary>
    internal static string Start(string text, int count) =>
        count < 0 ? text : string.Concat(text.EnumerateRunes().Take(count).Select(r => r.ToString()));

    private string OfInteger(BigInteger number, object? value)
    {
        bool isCharacter = _type == 'c';
        if ((_type != '\0' && !OfIntegers.Contains(_type, StringComparison.Ordinal)) || _precision >= 0 || _noNegativeZero
            || (isCharacter && (_sign != '\0' || _alternative)))
        {
            throw Unfit(value);
        }

        if (isCharacter)
            return Align(Character(number), "", _align, _fill, _width);
        string prefix = _alternative && _type is 'b' or 'o' or 'x' or 'X' ? "0" + _type : "";
        return Laid(number.Sign < 0, prefix, Based(BigInteger.Abs(number), _type), "");
    }

    private string OfFloat(double number, object? value)
    {
        if (_type != '\0' && _type != 'n' && !OfFloats.Contains(_type, StringComparison.Ordinal))
            throw Unfit(value);
        if (_type == '%')
            number *= 100;
        double size = Math.Abs(number);
        int precision = _precision < 0 ? 6 : _precision;
        string text = !double.IsFinite(number) ? Python.Float(size) : char.ToLowerInvariant(_type) switch
        {
            '\0' => PythonFloat.Plain(size, _precision, _alternative),
            'f' or '%' => PythonFloat.Fixed(size, precision) + (_alternative && precision == 0 ? "." : ""),
            'e' => PythonFloat.Exponential(size, precision, _alternative),
            _ => PythonFloat.General(size, precision, _alternative),
        };
        if (_type is 'E' or 'F' or 'G')
            text = text.ToUpperInvariant();
        int digits = text.TakeWhile(char.IsAsciiDigit).Count();
        bool isZero = text.TakeWhile(c => c is not ('e' or 'E')).All(c => c is '0' or '.');
        bool negative = (double.IsNegative(number) && !double.IsNaN(number)) && !(_noNegativeZero && isZero);
        return Laid(negative, "", text[..digits], text[digits..] + (_type == '%' ? "%" : ""));
    }

    /// <summary>A number with its sign, groups of digits and fill.</summary>
    private string Laid(bool negative, string prefix, string digits, string rest)
    {
        string sign = (negative ? "-" : _sign is '+' or ' ' ? _sign.ToString() : "") + prefix;
        if (_group.Length > 0 && digits.Length > 0)
        {
            int least = _fill == "0" && _align == '=' ? _width - sign.Length - rest.Length : 0;
            digits = Grouped(digits, _type is 'b' or 'o' or 'x' or 'X' ? 4 : 3, least);
        }

        return Align(digits + rest, sign, _align, _fill, _width);
    }

    /// <summary>Separates groups of digits, and puts zeros before them until the text has a length.</summary>
    private string Grouped(string digits, int size, int least)
    {
        var groups = new List<string>();
        int left = digits.Length;
        do
        {
            int count = Math.Min(size, Math.Max(Math.Max(left, least), 1));
            int own = Math.Min(left, count);
            groups.Insert(0, new string('0', count - own) + digits[(left - own)..left]);
            left -= own;
            least -= count + 1;
        }
        while (left > 0 || least >= 0);
        return string.Join(_group, groups);
    }

    /// <summary>The digits of an integer that is not negative, in the base of a type.</summary>
    internal static string Based(BigInteger number, char type)
    {
        int bits = type switch { 'x' or 'X' => 4, 'o' => 3, 'b' => 1, _ => 0 };
        if (bits == 0)
            return PythonInteger.Text(number);
        var digits = new StringBuilder();
        BigInteger mask = (1 << bits) - 1;
        do
        {
            digits.Insert(0, (type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef")[(int)(number & mask)]);
            number >>= bits;
            if (digits.Length > 20_000)
                throw new PythonLimitException("an integer has more than 20000 digits");
        }
        while (!number.IsZero);
        return digits.ToString();
    }

    internal static string Character(BigInteger code) => code >= 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff)
        ? char.ConvertFromUtf32((int)code)
        : throw new PythonLimitException($"{code} is the code of no character");

    internal static string Align(string text, string sign, char align, string fill, int width)
    {
        int missing = Math.Max(0, width - sign.Length - text.EnumerateRunes().Count());
        string Fill(int count) => string.Concat(Enumerable.Repeat(fill, count));
        return align switch
        {
            '<' => sign + text + Fill(missing),
            '^' => Fill(missing / 2) + sign + text + Fill(missing - (missing / 2)),
            '=' => sign + Fill(missing) + text,
            _ => Fill(missing) + sign + text,
        };
    }

    /// <summary>A width or precision.</summary>
    internal static int Number(string digits, int otherwise) => digits.Length == 0 ? otherwise
        : int.TryParse(digits, CultureInfo.InvariantCulture, out int number) && number <= 10_000 ? number
        : throw new PythonLimitException($"a format asks for {digits} characters; expected 10000 or fewer");

    // A zero before the width is a fill only where none is given.
    [GeneratedRegex(
        @"\A(?:(?<fill>[\ud800-\udbff][\udc00-\udfff]|.)(?<align>[<>=^])|(?<align>[<>=^])?)(?<sign>[-+ ])?(?<z>z)?(?<alternative>#)?"
            + @"(?<zero>0)?(?<width>[0-9]+)?(?<group>[,_])?(?:\.(?<precision>[0-9]+))?(?<type>[^0-9,_.])?\z",
        RegexOptions.Singleline)]
    private static partial Regex Specification();
}
