using System.Text.Json;

namespace EvalHarness.OpenAI.Api;

/// <summary>Reads members of answers, which servers leave out, set to null, or fill with something else.</summary>
internal static class JsonMembers
{
    /// <summary>The member, or null if this is no object, or has no such member, or one that is null.</summary>
    internal static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    internal static string? Text(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    /// <summary>A whole number, 0 or more.</summary>
    internal static int? Count(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Number } number
        && number.TryGetDouble(out double value) && value is >= 0 and <= int.MaxValue
            ? (int)value
            : null;

    internal static IReadOnlyList<JsonElement> List(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
}
