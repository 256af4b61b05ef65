using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>
/// Compares rows with what other readers give: numbers and times by value, nanoseconds cut, bytes as text or as base64, JSON columns, which
/// are text here, by their content.
/// </summary>
internal static class ShardTruth
{
    /// <returns>Where the values differ; null if they are the same.</returns>
    internal static string? Difference(JsonElement found, JsonElement expected, string path) => (found.ValueKind, expected.ValueKind) switch
    {
        (JsonValueKind.Object, JsonValueKind.Object) => OfObjects(found, expected, path),
        (JsonValueKind.Array, JsonValueKind.Array) => found.GetArrayLength() != expected.GetArrayLength()
            ? Differ(found, expected, path)
            : found.EnumerateArray().Zip(expected.EnumerateArray())
                .Select((pair, i) => Difference(pair.First, pair.Second, $"{path}[{i}]")).FirstOrDefault(d => d is not null),
        (JsonValueKind.String, JsonValueKind.String) when found.GetString() == expected.GetString() => null,
        (JsonValueKind.String, JsonValueKind.String) when Time(found) is { } time && time == Time(expected) => null,
        // Some truths have the day of a timestamp alone.
        (JsonValueKind.String, JsonValueKind.String)
            when expected.GetString()!.Length == 10 && Time(found) is { } time && time.Date == Time(expected) => null,
        (JsonValueKind.String, JsonValueKind.String) when Base64(found.GetString()!) == expected.GetString() => null,
        (JsonValueKind.String, JsonValueKind.Object) => Difference(JsonDocument.Parse(found.GetString()!).RootElement, expected, path),
        (JsonValueKind.Number, JsonValueKind.Number or JsonValueKind.String)
            when Number(found.GetRawText()) == Number(expected.GetRawText().Trim('"')) => null,
        // A whole number that the file holds as a floating-point number.
        (JsonValueKind.Number, JsonValueKind.Number)
            when found.GetRawText().Contains('e', StringComparison.Ordinal) && found.GetDouble() == expected.GetDouble() => null,
        (JsonValueKind.Null, JsonValueKind.Null) or (JsonValueKind.True, JsonValueKind.True) => null,
        (JsonValueKind.False, JsonValueKind.False) => null,
        _ => Differ(found, expected, path),
    };

    private static string? OfObjects(JsonElement found, JsonElement expected, string path)
    {
        string[] names = [.. found.EnumerateObject().Select(p => p.Name)];
        return names.SequenceEqual(expected.EnumerateObject().Select(p => p.Name))
            ? names.Select(n => Difference(found.GetProperty(n), expected.GetProperty(n), $"{path}.{n}")).FirstOrDefault(d => d is not null)
            : Differ(found, expected, path);
    }

    private static string Differ(JsonElement found, JsonElement expected, string path) =>
        $"{path}: found {found.GetRawText()}, expected {expected.GetRawText()}";

    /// <summary>The number as digits and an exponent, without zeros at their end.</summary>
    private static (BigInteger Digits, int Exponent)? Number(string text)
    {
        int mark = text.IndexOfAny(['e', 'E']);
        string mantissa = mark < 0 ? text : text[..mark];
        int exponent = mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        if (point >= 0)
            exponent -= mantissa.Length - point - 1;
        string whole = mantissa.Replace(".", "", StringComparison.Ordinal);
        if (!BigInteger.TryParse(whole, NumberStyles.AllowLeadingSign, null, out BigInteger digits))
            return null;
        while (!digits.IsZero && digits % 10 == 0)
            (digits, exponent) = (digits / 10, exponent + 1);
        return digits.IsZero ? (0, 0) : (digits, exponent);
    }

    private static DateTime? Time(JsonElement json)
    {
        string text = System.Text.RegularExpressions.Regex.Replace(json.GetString()!, @"(\.\d{6})\d+", "$1");
        return text.Length >= 10 && DateTime.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
            ? time
            : null;
    }

    private static string? Base64(string text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int count) ? System.Text.Encoding.UTF8.GetString(bytes, 0, count) : null;
    }
}
