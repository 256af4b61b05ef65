using System.Globalization;
using System.Numerics;
using System.Text;

namespace EvalHarness.Pythonic;

/// <summary>
/// Behaves like Python where the text of a prompt depends on it: <c>str()</c>, <c>repr()</c>, truth values, slices and whitespace.
/// </summary>
/// <remarks>Source: the Python 3 language reference and library reference.</remarks>
internal static class Python
{
    /// <summary>The type of a plain value in words, for error messages.</summary>
    public static string TypeName(object? value) => value switch
    {
        null => "None",
        string => "a string",
        bool => "a boolean",
        long or BigInteger => "an integer",
        double => "a number",
        PythonObject other => other.TypeName,
        IReadOnlyList<object?> => "a list",
        IReadOnlyDictionary<string, object?> => "a map",
        _ => "a function",
    };

    public static bool IsTrue(object? value) => value switch
    {
        null => false,
        bool flag => flag,
        string text => text.Length > 0,
        long number => number != 0,
        BigInteger => true,
        double number => number != 0,
        PythonObject other => other.IsTrue,
        IReadOnlyList<object?> list => list.Count > 0,
        IReadOnlyDictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    /// <summary>
    /// More characters than any prompt holds. A template can double a value again and again, so that a longer text is never written.
    /// </summary>
    public const int LongestText = 50_000_000;

    /// <summary>The containers that a value may be nested in. Python's own limit is near a thousand calls.</summary>
    private const int DeepestNesting = 500;

    /// <summary><c>str(value)</c>.</summary>
    /// <exception cref="PythonLimitException">The text would be too long, the value is nested too deeply, or it has no text.</exception>
    public static string Str(object? value) => value switch
    {
        string text => text,
        PythonObject other => other.Str(),
        _ => Repr(value),
    };

    /// <summary><c>repr(value)</c>.</summary>
    /// <exception cref="PythonLimitException">The text would be too long, the value is nested too deeply, or it has no text.</exception>
    public static string Repr(object? value)
    {
        var text = new StringBuilder();
        WriteRepr(text, value, 0);
        return text.ToString();
    }

    /// <summary><c>ascii(value)</c>: <c>repr(value)</c> with escapes for the characters outside of ASCII.</summary>
    /// <exception cref="PythonLimitException">The text would be too long, the value is nested too deeply, or it has no text.</exception>
    public static string Ascii(object? value) => string.Concat(Repr(value).EnumerateRunes().Select(r =>
        r.IsAscii ? r.ToString() : r.Value switch
        {
            <= 0xff => $"\\x{r.Value:x2}",
            <= 0xffff => $"\\u{r.Value:x4}",
            _ => $"\\U{r.Value:x8}",
        }));

    private static void WriteRepr(StringBuilder text, object? value, int depth)
    {
        if (text.Length > LongestText)
            throw new PythonLimitException($"a value has a text of more than {LongestText} characters");
        if (depth > DeepestNesting)
            throw new PythonLimitException($"a value is nested more than {DeepestNesting} levels deep");
        switch (value)
        {
            case PythonObject other:
                other.WriteRepr(text, depth);
                break;
            case IReadOnlyList<object?> list:
                WriteItems(text, "[", list, "]", depth);
                break;
            case IReadOnlyDictionary<string, object?> map:
                WriteMembers(text, map.Select(m => KeyValuePair.Create((object?)m.Key, m.Value)), depth);
                break;
            default:
                text.Append(value switch
                {
                    null => "None",
                    bool flag => flag ? "True" : "False",
                    string quoted => Quote(quoted),
                    long number => number.ToString(CultureInfo.InvariantCulture),
                    BigInteger number => PythonInteger.Text(number),
                    double number => Float(number),
                    _ => throw new ArgumentException($"{value.GetType()} is not a plain value."),
                });
                break;
        }
    }

    /// <summary>Writes the items of a container, which is itself nested in <paramref name="depth"/> others.</summary>
    internal static void WriteItems(StringBuilder text, string open, IEnumerable<object?> items, string close, int depth)
    {
        text.Append(open);
        bool any = false;
        foreach (object? item in items)
        {
            if (any)
                text.Append(", ");
            WriteRepr(text, item, depth + 1);
            any = true;
        }

        text.Append(close);
    }

    /// <summary>Writes the members of a map, which is itself nested in <paramref name="depth"/> containers.</summary>
    internal static void WriteMembers(StringBuilder text, IEnumerable<KeyValuePair<object?, object?>> members, int depth)
    {
        text.Append('{');
        bool any = false;
        foreach ((object? key, object? value) in members)
        {
            if (any)
                text.Append(", ");
            WriteRepr(text, key, depth + 1);
            text.Append(": ");
            WriteRepr(text, value, depth + 1);
            any = true;
        }

        text.Append('}');
    }

    /// <summary>
    /// Python's <c>repr(float)</c>: the shortest digits that read back as the same number, with an exponent if the number is at least
    /// 1e16 or below 1e-4, and with a decimal point otherwise.
    /// </summary>
    public static string Float(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        if (value == 0)
            return double.IsNegative(value) ? "-0.0" : "0.0";
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        int mark = text.IndexOf('E', StringComparison.Ordinal);
        if (Math.Abs(value) is >= 1e16 or < 1e-4)
        {
            // Unlike Python, .NET writes whole numbers of 17 digits without an exponent.
            if (mark < 0)
            {
                string sign = value < 0 ? "-" : "", digits = text[sign.Length..];
                string fraction = digits[1..].TrimEnd('0');
                return $"{sign}{digits[0]}{(fraction.Length == 0 ? "" : "." + fraction)}e+{digits.Length - 1}";
            }

            int power = int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            return string.Create(CultureInfo.InvariantCulture, $"{text[..mark]}e{(power < 0 ? '-' : '+')}{Math.Abs(power):D2}");
        }

        if (mark >= 0)
            text = decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text : text + ".0";
    }

    /// <summary>
    /// Python's <c>repr(str)</c>: in single quotes, unless the text contains single quotes and no double quotes.
    /// </summary>
    public static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                var c when c == quote => quoted.Append('\\').Append(quote),
                < 0x20 or 0x7f => quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                _ when IsPrintable(rune) => quoted.Append(rune.ToString()),
                <= 0xff => quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                <= 0xffff => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }

        return quoted.Append(quote).ToString();
    }

    internal static bool IsPrintable(Rune rune) => PythonCharacters.Is(rune, CharacterProperties.Printable);

    /// <summary>
    /// Python's <c>str.isspace</c> for one character. Besides .NET's whitespace, Python counts the separators U+001C to U+001F.
    /// </summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Python's <c>str.strip()</c>, which removes whitespace from both ends.</summary>
    internal static string Strip(this string text) => Strip(text, null, left: true, right: true);

    /// <summary>Python's <c>str.strip</c>, <c>str.lstrip</c> and <c>str.rstrip</c>.</summary>
    /// <param name="text">The text to strip.</param>
    /// <param name="characters">The characters to remove; null for whitespace.</param>
    /// <param name="left">Whether to remove characters from the start.</param>
    /// <param name="right">Whether to remove characters from the end.</param>
    public static string Strip(string text, string? characters, bool left, bool right)
    {
        int start = 0, end = text.Length;
        if (characters is not null && characters.Any(char.IsSurrogate))
        {
            Rune[] dropped = [.. characters.EnumerateRunes()], runes = [.. text.EnumerateRunes()];
            IEnumerable<Rune> kept = left ? runes.SkipWhile(dropped.Contains) : runes;
            if (right)
                kept = kept.Reverse().SkipWhile(dropped.Contains).Reverse();
            return string.Concat(kept.Select(r => r.ToString()));
        }

        bool Drop(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
        while (left && start < end && Drop(text[start]))
            start++;
        while (right && end > start && Drop(text[end - 1]))
            end--;
        return text[start..end];
    }

    /// <summary>
    /// The indices that <c>[start:stop:step]</c> selects from a sequence of <paramref name="length"/> items. A null bound is one that
    /// is left out.
    /// </summary>
    public static IEnumerable<int> SliceIndices(int length, long? start, long? stop, long step)
    {
        long Clamp(long? bound, long whenNull)
        {
            if (bound is not { } value)
                return whenNull;
            if (value < 0)
                value += length;
            return Math.Clamp(value, step < 0 ? -1 : 0, step < 0 ? length - 1 : length);
        }

        // A longer step selects no more than one item either.
        step = Math.Clamp(step, -length - 1L, length + 1L);
        long from = Clamp(start, step > 0 ? 0 : length - 1);
        long to = Clamp(stop, step > 0 ? length : -1);
        for (long i = from; step > 0 ? i < to : i > to; i += step)
            yield return (int)i;
    }
}
