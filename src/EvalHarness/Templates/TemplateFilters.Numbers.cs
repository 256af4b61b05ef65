using System.Globalization;
using System.Numerics;
using System.Text;
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
        double number => Math.Abs(number),
        _ when PythonInteger.From(value) is { } number => PythonInteger.Of(BigInteger.Abs(number)),
        _ => throw at.Error($"abs cannot be applied to {Python.TypeName(value)}; expected a number"),
    };

    private static object? ToInteger(object? value, CallArguments arguments)
    {
        object? otherwise = arguments.Get(0, "default", 0L);
        switch (value)
        {
            case double.NaN:
                return otherwise;
            case double number:
                return PythonInteger.Truncate(number);
            case Undefined undefined:
                throw arguments.At.Error(undefined.Description);
            case var _ when PythonInteger.From(value) is { } whole:
                return PythonInteger.Of(whole);
        }

        if (Values.AsText(value) is not { } text)
            return otherwise;
        return Whole(text, arguments.Get(1, "base", 10L))
            ?? (Decimal(text) is { } parsed && double.IsFinite(parsed) ? PythonInteger.Truncate(parsed) : otherwise);
    }

    /// <summary>Python's <c>int(text, radix)</c>; null where that is an error, for then Jinja reads the text as a decimal number.</summary>
    private static object? Whole(string text, object? radix)
    {
        if (PythonInteger.From(radix) is not { } wanted || (wanted != 0 && (wanted < 2 || wanted > 36)))
            return null;
        try
        {
            return PythonInteger.Parse(text, (int)wanted);
        }
        catch (PythonLimitException)
        {
            return null;
        }
    }

    private static object? ToNumber(object? value, object? otherwise, Position at) => value switch
    {
        double => value,
        _ when PythonInteger.From(value) is { } number => PythonInteger.ToDouble(number),
        Undefined undefined => throw at.Error(undefined.Description),
        _ => Values.AsText(value) is { } text && Decimal(text) is { } number ? number : otherwise,
    };

    /// <summary>Python's <c>float(text)</c>; null if the text is no number.</summary>
    private static double? Decimal(string text)
    {
        // Python reads the digits of all scripts.
        string stripped = string.Concat(Python.Strip(text).EnumerateRunes().Select(r => !r.IsAscii && Rune.IsDigit(r)
            ? Rune.GetNumericValue(r).ToString(CultureInfo.InvariantCulture)
            : r.ToString())).ToLowerInvariant();
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
        string? way = Values.AsText(method);
        if ((value is not double && !PythonInteger.Is(value)) || (precision is not null && !PythonInteger.Is(precision))
            || way is not ("common" or "ceil" or "floor") || (precision is null && way != "common"))
        {
            throw at.Error("round expects a number, an integer precision and the method common, ceil or floor; "
                + $"found {Python.TypeName(value)} and {Python.TypeName(precision)}");
        }

        int digits = (int)BigInteger.Min(BigInteger.Max(PythonInteger.From(precision) ?? 0, -10_000), 10_000);
        if (way == "common")
        {
            return value is double real
                ? precision is null ? PythonInteger.Truncate(Math.Round(real)) : PythonFloat.Round(real, digits)
                : PythonInteger.Round(PythonInteger.From(value)!.Value, digits);
        }

        object? factor = Arithmetic.Apply("**", 10L, (long)digits, at), scaled = Arithmetic.Apply("*", value, factor, at);
        if (scaled is double number)
            scaled = PythonInteger.Truncate(way == "ceil" ? Math.Ceiling(number) : Math.Floor(number));
        return Arithmetic.Apply("/", scaled, factor, at)!;
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
            return $"{Python.Str(PythonInteger.Truncate(size))} Bytes";
        double unit = step;
        int i = 0;
        for (unit *= step; size >= unit && i < units.Length - 1; i++)
            unit *= step;
        return $"{PythonFloat.Fixed(step * size / unit, 1)} {units[i]}";
    }

    [GeneratedRegex(@"\A[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?\z")]
    private static partial Regex Number();
}
