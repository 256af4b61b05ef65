using System.Text.Json;
using System.Text.Json.Nodes;

namespace EvalHarness.Tests.LmEval;

/// <summary>Which kind of value stands under which key of a JSON object, as programs of others expect it.</summary>
internal static class JsonShape
{
    /// <summary>
    /// "text", "whole" (no decimal point), "float" (a decimal point or an exponent), "flag", "list", "map" or "null".
    /// </summary>
    internal static string Kind(JsonNode? node) => node?.GetValueKind() switch
    {
        null or JsonValueKind.Null => "null",
        JsonValueKind.String => "text",
        JsonValueKind.True or JsonValueKind.False => "flag",
        JsonValueKind.Array => "list",
        JsonValueKind.Object => "map",
        _ => node.ToJsonString().IndexOfAny(['.', 'e', 'E']) < 0 ? "whole" : "float",
    };

    /// <summary>Fails with every key that is missing, or has a value of another kind.</summary>
    /// <param name="where">What the object is, for the message.</param>
    /// <param name="actual">The object.</param>
    /// <param name="expected">Keys with the kinds that may stand there, such as "text|null".</param>
    internal static void AssertHas(string where, JsonNode? actual, IReadOnlyDictionary<string, string> expected)
    {
        JsonObject map = Assert.IsType<JsonObject>(actual);
        string[] wrong =
        [
            .. expected
                .Where(e => !map.TryGetPropertyValue(e.Key, out JsonNode? value) || !e.Value.Split('|').Contains(Kind(value)))
                .Select(e => $"{where}: {e.Key} is {(map.ContainsKey(e.Key) ? Kind(map[e.Key]) : "missing")}, expected {e.Value}"),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }
}
