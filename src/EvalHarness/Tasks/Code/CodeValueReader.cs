using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using EvalHarness.Pythonic;

namespace EvalHarness.Tasks.Code;

/// <summary>
/// Reads the values that an interpreter sends, in the form of <see cref="CodeValues"/>. What it reads is not to be trusted: only the
/// classes of plain values are made, and nothing takes more time than the length of the text allows.
/// </summary>
internal static class CodeValueReader
{
    private const int MostDigits = 5_000, MostHexDigits = 250_000, MostPowers = 5_000;

    /// <param name="reader">Stands at the first token of the value, and afterwards at its last one.</param>
    /// <exception cref="JsonException">This is no value.</exception>
    internal static object? Read(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.Number => ReadNumber(ref reader),
        JsonTokenType.StartArray => ReadItems(ref reader),
        JsonTokenType.StartObject => ReadMap(ref reader),
        _ => throw new JsonException($"{reader.TokenType} where a value is expected"),
    };

    /// <summary>Reads the next token, which must be there.</summary>
    internal static JsonTokenType Next(ref Utf8JsonReader reader) =>
        reader.Read() ? reader.TokenType : throw new JsonException("it ends too early");

    private static object ReadNumber(ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out long number))
            return number;
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (text.ContainsAny((byte)'.', (byte)'e', (byte)'E'))
            return reader.GetDouble();
        return text.Length <= MostDigits
            ? PythonInteger.Of(BigInteger.Parse(Encoding.ASCII.GetString(text), CultureInfo.InvariantCulture))
            : throw new JsonException("an integer of too many digits");
    }

    internal static List<object?> ReadItems(ref Utf8JsonReader reader)
    {
        var items = new List<object?>();
        while (Next(ref reader) != JsonTokenType.EndArray)
            items.Add(Read(ref reader));
        return items;
    }

    private static object ReadMap(ref Utf8JsonReader reader)
    {
        var map = new OrderedDictionary<string, object?>();
        while (Next(ref reader) != JsonTokenType.EndObject)
        {
            if (map.Count == 0 && reader.ValueTextEquals(CodeValues.Kind))
                return ReadTag(ref reader);
            string key = reader.GetString()!;
            Next(ref reader);
            map[key] = Read(ref reader);
        }

        return map;
    }

    private static object ReadTag(ref Utf8JsonReader reader)
    {
        Next(ref reader);
        string kind = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        if (Next(ref reader) != JsonTokenType.PropertyName || !reader.ValueTextEquals(CodeValues.Value))
            throw new JsonException("a kind without a value");
        Next(ref reader);
        object? value = Read(ref reader);
        if (Next(ref reader) != JsonTokenType.EndObject)
            throw new JsonException("a kind with more than a value");
        return (kind, value) switch
        {
            ("tuple", List<object?> items) => PythonSequence.Tuple(items),
            // There is no set outside Python; the interpreter sends the elements in an order that does not depend on the run.
            ("set" or "frozenset", List<object?> items) => items,
            ("float", string text) => Float(text),
            ("bytes", string text) => new PythonBytes(Base64(text)),
            ("decimal", string text) => Decimal(text),
            ("datetime", string text) => Timestamp(text),
            // As the rows of datasets have it.
            ("date", string text) => text,
            ("time", string text) => Time(text),
            ("int", string text) => Integer(text),
            ("dict", List<object?> pairs) => PythonDict.Of([.. pairs.Select(Pair)]),
            ("str", List<object?> units) => string.Create(units.Count, units, WriteUnits),
            _ => throw Wrong(kind, value),
        };
    }

    private static JsonException Wrong(string kind, object? value) =>
        new($"{value?.GetType().Name ?? "nothing"} as a value of the kind {kind}");

    private static double Float(string text) => text switch
    {
        "nan" or "-nan" => double.NaN,
        "inf" => double.PositiveInfinity,
        "-inf" => double.NegativeInfinity,
        _ => throw Wrong("float", text),
    };

    private static byte[] Base64(string text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : throw Wrong("bytes", text);
    }

    private static object Decimal(string text)
    {
        switch (text)
        {
            case "NaN" or "-NaN" or "sNaN" or "-sNaN":
                return double.NaN;
            case "Infinity":
                return double.PositiveInfinity;
            case "-Infinity":
                return double.NegativeInfinity;
        }

        string[] parts = text.Split('E');
        int exponent = 0, point = parts[0].IndexOf('.', StringComparison.Ordinal);
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], CultureInfo.InvariantCulture, out exponent))
            || digits.Length > MostDigits || exponent is < -MostPowers or > MostPowers
            || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out BigInteger unscaled))
            throw Wrong("decimal", text);
        int scale = (point < 0 ? 0 : parts[0].Length - 1 - point) - exponent;
        return scale >= 0 ? new PythonDecimal(unscaled, scale) : new PythonDecimal(unscaled * BigInteger.Pow(10, -scale), 0);
    }

    private static PythonTimestamp Timestamp(string text)
    {
        bool hasZone = text.Length > 19 && text.AsSpan(19).ContainsAny('+', '-');
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            throw Wrong("datetime", text);
        return new PythonTimestamp((time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond, hasZone);
    }

    private static PythonTime Time(string text) => TimeOnly.TryParse(text, CultureInfo.InvariantCulture, out TimeOnly time)
        ? new PythonTime(time.Ticks / TimeSpan.TicksPerMicrosecond)
        : throw Wrong("time", text);

    private static object Integer(string text)
    {
        bool isNegative = text.StartsWith('-');
        string digits = isNegative ? text[1..] : text;
        // Python's hex() writes 0x first, its formats do not.
        if (digits.StartsWith("0x", StringComparison.Ordinal))
            digits = digits[2..];
        if (digits.Length is 0 or > MostHexDigits || !digits.All(char.IsAsciiHexDigit))
            throw Wrong("int", text[..Math.Min(text.Length, 20)]);
        byte[] bytes = Convert.FromHexString(digits.Length % 2 == 0 ? digits : "0" + digits);
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        return PythonInteger.Of(isNegative ? -number : number);
    }

    private static KeyValuePair<object?, object?> Pair(object? pair) => pair switch
    {
        // A set as a key.
        List<object?> and [List<object?> items, var value] => KeyValuePair.Create((object?)PythonSequence.Tuple(items), value),
        List<object?> and [var key, var value] when PythonDict.CanBeKey(key) => KeyValuePair.Create(key, value),
        _ => throw Wrong("dict", pair),
    };

    private static void WriteUnits(Span<char> text, List<object?> units)
    {
        for (int i = 0; i < text.Length; i++)
            text[i] = units[i] is long and >= 0 and <= char.MaxValue and var unit ? (char)unit : throw Wrong("str", units[i]);
    }
}
