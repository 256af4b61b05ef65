using System.Text.Json;
using EvalHarness.Data.Tables;
using EvalHarness.Pythonic;

namespace EvalHarness.Results;

/// <summary>
/// Writes a score of a document so that an aggregation that is a Python function is given the same value again when it is read:
/// what JSON has not is an object of a kind, as in <c>{"$":"tuple","v":[0,1]}</c>, <c>{"$":"float","v":"nan"}</c> and
/// <c>{"$":"dict","v":[[1,"a"]]}</c>, the last for keys that are no texts. Everything else is written as JSON has it, 1.0 apart from 1.
/// </summary>
internal static class ScoreValues
{
    private const string Kind = "$";

    private const string Content = "v";

    /// <summary>A score as JSON on one line.</summary>
    internal static string Write(object? score) => new FreeValue(Tagged(score)).ToJson();

    private static object? Tagged(object? value) => value switch
    {
        double.NaN => Tag("float", "nan"),
        double.PositiveInfinity => Tag("float", "inf"),
        double.NegativeInfinity => Tag("float", "-inf"),
        PythonSequence tuple => Tag("tuple", Items(tuple)),
        PythonDict map => Tag("dict", Pairs(map)),
        IReadOnlyList<object?> list => Items(list),
        IReadOnlyDictionary<string, object?> map when map.ContainsKey(Kind) =>
            Tag("dict", Pairs(map.Select(m => KeyValuePair.Create((object?)m.Key, m.Value)))),
        IReadOnlyDictionary<string, object?> map =>
            new OrderedDictionary<string, object?>(map.Select(m => KeyValuePair.Create(m.Key, Tagged(m.Value)))),
        _ => value,
    };

    private static List<object?> Items(IReadOnlyList<object?> items) => [.. items.Select(Tagged)];

    private static List<object?> Pairs(IEnumerable<KeyValuePair<object?, object?>> map) =>
        [.. map.Select(m => new List<object?> { Tagged(m.Key), Tagged(m.Value) })];

    private static OrderedDictionary<string, object?> Tag(string kind, object content) => new() { [Kind] = kind, [Content] = content };

    /// <param name="json">What <see cref="Write"/> wrote.</param>
    /// <exception cref="JsonException">It is no JSON, or an object is of a kind that is not known.</exception>
    internal static object? Read(string json)
    {
        using var parsed = JsonDocument.Parse(json);
        return Read(parsed.RootElement);
    }

    /// <inheritdoc cref="Read(string)"/>
    internal static object? Read(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Array => json.EnumerateArray().Select(Read).ToList(),
        JsonValueKind.Object when json.TryGetProperty(Kind, out JsonElement kind) => Untagged(kind, json),
        JsonValueKind.Object => new OrderedDictionary<string, object?>(
            json.EnumerateObject().Select(m => KeyValuePair.Create(m.Name, Read(m.Value)))),
        _ => PlainJson.From(json),
    };

    private static object Untagged(JsonElement kind, JsonElement json)
    {
        JsonElement content = json.TryGetProperty(Content, out JsonElement found) ? found : default;
        return (kind.ValueKind == JsonValueKind.String ? kind.GetString() : null, content.ValueKind) switch
        {
            ("float", JsonValueKind.String) => content.GetString() switch
            {
                "nan" => double.NaN,
                "inf" => double.PositiveInfinity,
                "-inf" => double.NegativeInfinity,
                _ => throw Unknown(json),
            },
            ("tuple", JsonValueKind.Array) => PythonSequence.Tuple([.. content.EnumerateArray().Select(Read)]),
            ("dict", JsonValueKind.Array) => PythonDict.Of([.. content.EnumerateArray().Select(Member)]),
            _ => throw Unknown(json),
        };
    }

    private static KeyValuePair<object?, object?> Member(JsonElement pair) =>
        pair.ValueKind == JsonValueKind.Array && pair.GetArrayLength() == 2
            ? KeyValuePair.Create(Read(pair[0]), Read(pair[1]))
            : throw Unknown(pair);

    private static JsonException Unknown(JsonElement json) => new($"{json.GetRawText()} is no score");
}
