using System.Text.Json;

namespace EvalHarness.Data;

/// <summary>Converts JSON to plain values. A number without a decimal point or an exponent becomes a long if it fits.</summary>
internal static class PlainJson
{
    /// <exception cref="JsonException">A text has half of a surrogate pair.</exception>
    internal static object? From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => Text(json),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        JsonValueKind.Number => json.GetRawText().AsSpan().IndexOfAny(".eE") < 0 && json.TryGetInt64(out long integer)
            ? integer
            : (object)json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(From).ToList(),
        _ => Map(json),
    };

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
