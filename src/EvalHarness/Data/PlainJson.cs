using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace EvalHarness.Data;

/// <summary>
/// Converts JSON to plain values. A number without a decimal point or an exponent becomes a long if it fits, otherwise a
/// <see cref="BigInteger"/>.
/// </summary>
internal static class PlainJson
{
    /// <remarks>Source: the Python 3 library reference, "Integer string conversion length limitation".</remarks>
    private const int MostDigits = 4_300;

    /// <exception cref="JsonException">A text has half of a surrogate pair, or a number too many digits.</exception>
    internal static object? From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Text(json),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        JsonValueKind.Number => Number(json),
        JsonValueKind.Array => json.EnumerateArray().Select(From).ToList(),
        _ => Map(json),
    };

    private static object Number(JsonElement json)
    {
        string text = json.GetRawText();
        if (text.AsSpan().IndexOfAny(".eE") >= 0)
            return json.GetDouble();
        if (json.TryGetInt64(out long integer))
            return integer;
        return text.Length <= MostDigits
            ? BigInteger.Parse(text, CultureInfo.InvariantCulture)
            : throw new JsonException($"a whole number has {text.Length} digits, and Python reads at most {MostDigits}");
    }

    private static string Text(JsonElement json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a text has half of a surrogate pair, which is no character", e);
        }
    }

    /// <summary>Of a key that is there twice, the last value counts, as in Python.</summary>
    private static OrderedDictionary<string, object?> Map(JsonElement json)
    {
        var map = new OrderedDictionary<string, object?>();
        try
        {
            foreach (JsonProperty property in json.EnumerateObject())
                map[property.Name] = From(property.Value);
            return map;
        }
        catch (InvalidOperationException e)
        {
            throw new JsonException("a key has half of a surrogate pair, which is no character", e);
        }
    }

    internal static object? Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        return From(json.RootElement);
    }
}
