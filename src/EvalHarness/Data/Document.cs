using System.Text.Json;
using System.Text.Json.Nodes;

namespace EvalHarness.Data;

/// <summary>
/// One row of a dataset as plain values: <see cref="string"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>,
/// <c>IReadOnlyList&lt;object?&gt;</c>, <c>IReadOnlyDictionary&lt;string, object?&gt;</c> or null. Every column of the shard's
/// schema is there, in its order, whether or not the row has a value for it.
/// </summary>
public sealed class Document(IReadOnlyDictionary<string, object?> values)
{
    public IReadOnlyDictionary<string, object?> Values { get; } = values;

    public string ToJson() => ToNode(Values)!.ToJsonString(Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A plain value as JSON; numbers keep their kind, so 1.0 stays apart from 1.</summary>
    public static JsonNode? ToNode(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        double number => double.IsFinite(number) ? JsonNode.Parse(Pythonic.Python.Float(number)) : JsonValue.Create(Pythonic.Python.Float(number)),
        IReadOnlyList<object?> list => new JsonArray([.. list.Select(ToNode)]),
        IReadOnlyDictionary<string, object?> map => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, ToNode(m.Value)))),
        _ => throw new ArgumentException($"{value.GetType()} is not a plain value."),
    };

    /// <summary>Python's <c>==</c> over documents: same columns, equal values, lists and maps by content.</summary>
    public static bool ValuesEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (IReadOnlyList<object?> x, IReadOnlyList<object?> y) => x.Count == y.Count && x.Zip(y).All(p => ValuesEqual(p.First, p.Second)),
        (IReadOnlyDictionary<string, object?> x, IReadOnlyDictionary<string, object?> y) =>
            x.Count == y.Count && x.All(m => y.TryGetValue(m.Key, out object? other) && ValuesEqual(m.Value, other)),
        (long x, double y) => x == y,
        (double x, long y) => x == y,
        _ => Equals(a, b),
    };
}
