using System.Globalization;
using System.Text.RegularExpressions;
using EvalHarness.Pythonic;

namespace EvalHarness.Templates;

/// <summary>Filters that give numbers.</summary>
internal static partial class TemplateFilters
{
    private static void AddNumbers(Adding add)
    {
        add("int", (value, a) => ToInteger(value, a), 0, "default", "base");
        add("float", (value, a) => ToNumber(value, a.Get(0, "default", 0.0), a.At), 0, "default");
        add("abs", (value, a) => Absolute(value, a.At));
        add("round", (value, a) => Round(value, a.Get(0, "precision", 0L), a.Get(1, "method", "common"), a.At), 0, "precision", "method");
        add("filesizeformat", (value, a) => FileSize(value, Python.IsTrue(a.Get(0, "binary", false)), a.At), 0, "binary");
    }

    private static object Absolute(object? value, Position at) => value switch
    {
        long number and > long.MinValue => Math.Abs(number),
        bool flag => flag ? 1L : 0L,
        double number => (object)Math.Abs(number),
        _ => throw at.Error($"abs cannot be applied to {Python.TypeName(value)}; expected a number"),
    };

    private static object? ToInteger(object? value, CallArguments arguments)
    {
        Position at = arguments.At;
        object? otherwise = arguments.Get(0, "default", 0L);
        switch (value)
        {
            case long:
                return value;
            case bool flag:
                return flag ? 1L : 0L;
            case double.NaN:
                return otherwise;
            case double number:
                return Truncate(number, at);
            case Undefined undefined:
                throw at.Error(undefined.Description);
        }

        if (Values.AsText(value) is not { } text)
            return otherwise;
        if (Whole(text, Whole(arguments, 1, "base", 10), at) is { } whole)
            return whole;
        return Decimal(text) is { } parsed && double.IsFinite(parsed) ? Truncate(parsed, at) : otherwise;
    }

    /// <summary>Python's <c>int(text, base)</c>; null if the text is no integer.</summary>
    private static long? Whole(string text, long radix, Position at)
    {
        if (radix is not 0 and (< 2 or > 36))
            throw at.Error($"int got the base {radix}; expected 0, or 2 to 36");
        Match match = Integer().Match(Python.Strip(text));
        if (!match.Success)
            return null;
        string digits = match.Groups["digits"].Value;
        long prefix = match.Groups["prefix"].Value.ToLowerInvariant() switch { "0x" => 16, "0o" => 8, "0b" => 2, _ => 0 };
        // "0b1" is a number in base 16, too, so that a prefix of another base belongs to the digits.
        if (prefix > 0 && radix != 0 && radix != prefix)
            digits = match.Groups["prefix"].Value + digits;
        else if (prefix > 0)
            radix = prefix;
        else if (digits.StartsWith('_') || digits.Length == 0)
            return null;
        radix = radix == 0 ? 10 : radix;
        Int128 number = 0;
        foreach (char c in digits.Where(c => c != '_'))
        {
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.ToLowerInvariant(c) - 'a' + 10;
            if (digit >= radix)
                return null;
            number = (number * radix) + digit;
            if (number > long.MaxValue)
                throw at.Error($"int of {text}: does not fit into a 64-bit integer");
        }

        return (long)(match.Groups["sign"].Value == "-" ? -number : number);
    }

    private static long Truncate(double number, Position at) => number is >= -9223372036854775808.0 and < 9223372036854775808.0
        ? (long)number
        : throw at.Error($"int of {Python.Str(number)}: does not fit into a 64-bit integer");

    private static object? ToNumber(object? value, object? otherwise, Position at) => value switch
    {
        double => value,
        long number => (double)number,
        bool flag => flag ? 1.0 : 0.0,
        Undefined undefined => throw at.Error(undefined.Description),
        _ => Values.AsText(value) is { } text && Decimal(text) is { } number ? number : otherwise,
    };

    /// <summary>Python's <c>float(text)</c>; null if the text is no number.</summary>
    private static double? Decimal(string text)
    {
        string stripped = Python.Strip(text).ToLowerInvariant();
        string bare = stripped.TrimStart('+', '-');
        if (bare is "inf" or "infinity" && stripped.Length - bare.Length < 2)
            return stripped[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        if (bare == "nan" && stripped.Length < 5)
            return double.NaN;
        return Number().IsMatch(stripped)
            ? double.Parse(stripped.Replace("_", "", StringComparison.Ordinal), CultureInfo.InvariantCulture)
            : null;
    }

    private static object Round(object? value, object? precision, object? method, Position at)
    {
        if (value is bool flag)
            value = flag ? 1L : 0L;
        if (value is not (long or double) || precision is not long digits || method is not ("common" or "ceil" or "floor"))
        {
            throw at.Error("round expects a number, an integer precision and the method common, ceil or floor; "
                + $"found {Python.TypeName(value)} and {Python.TypeName(precision)}");
        }

        if (value is long whole && method is "common" && digits >= 0)
            return whole;
        double number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        if (method is "common")
        {
            double rounded = PythonFloat.Round(number, (int)Math.Clamp(digits, -1000, 1000));
            return value is long ? Truncate(rounded, at) : (object)rounded;
        }

        double factor = Math.Pow(10, digits);
        return (method is "ceil" ? Math.Ceiling(number * factor) : Math.Floor(number * factor)) / factor;
    }

    private static string FileSize(object? value, bool binary, Position at)
    {
        if (ToNumber(value, null, at) is not double size)
            throw at.Error($"filesizeformat is applied to {Python.TypeName(value)}; expected a number of bytes");
        double step = binary ? 1024 : 1000;
        string[] units = binary
            ? ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"]
            : ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
        if (size == 1)
            return "1 Byte";
        if (size < step)
            return $"{(long)size} Bytes";
        double unit = step;
        int i = 0;
        for (unit *= step; size >= unit && i < units.Length - 1; i++)
            unit *= step;
        return $"{PythonFloat.Fixed(step * size / unit, 1)} {units[i]}";
    }

    [GeneratedRegex(@"\A(?<sign>[+-]?)(?<prefix>0[xXoObB])?(?<digits>_?[0-9a-zA-Z]+(?:_[0-9a-zA-Z]+)*)\z")]
    private static partial Regex Integer();

    [GeneratedRegex(@"\A[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?\z")]
    private static partial Regex Number();
}
