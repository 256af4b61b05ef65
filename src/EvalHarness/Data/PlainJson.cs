using System.Text.Json;

namespace EvalHarness.Data;

/// <summary>Converts JSON to plain values. A number without a decimal point or an exponent becomes a long if it fits.</summary>
internal static class PlainJson
{
    internal static object? From(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.String => json.GetString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Null => null,
        JsonValueKind.Number => json.GetRawText().AsSpan().IndexOfAny(".eE") < 0 && json.TryGetInt64(out long integer)
            ? integer
            : (object)json.GetDouble(),
        JsonValueKind.Array => json.EnumerateArray().Select(From).ToList(),
        _ => new OrderedDictionary<string, object?>(json.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, From(p.Value)))),
    };

    internal static object? Parse(string text)
    {
        using var json = JsonDocument.Parse(text);
        return From(json.RootElement);
    }
}
