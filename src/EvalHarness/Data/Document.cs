using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Pythonic;

namespace EvalHarness.Data;

/// <summary>
/// One row of a dataset as plain values: <see cref="string"/>, <see cref="long"/> (<see cref="BigInteger"/> for what does not fit),
/// <see cref="double"/>, <see cref="bool"/>,
/// <c>IReadOnlyList&lt;object?&gt;</c>, <c>IReadOnlyDictionary&lt;string, object?&gt;</c> or null. A document contains every column of
/// the shard's schema, in the schema's order. A column for which the row has no value is null.
/// </summary>
public sealed class Document(IReadOnlyDictionary<string, object?> values)
{
    public IReadOnlyDictionary<string, object?> Values { get; } = values;

    public string ToJson() => ToNode(Values)!.ToJsonString(Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Converts a plain value to JSON. A double keeps its decimal point, so that 1.0 does not become 1.</summary>
    public static JsonNode? ToNode(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        BigInteger number => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture)),
        double number => double.IsFinite(number) ? JsonNode.Parse(Python.Float(number)) : JsonValue.Create(Python.Float(number)),
        IReadOnlyList<object?> list => new JsonArray([.. list.Select(ToNode)]),
        IReadOnlyDictionary<string, object?> map => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, ToNode(m.Value)))),
        PythonDict map => new JsonObject(map.Select(m => KeyValuePair.Create(Python.Str(m.Key), ToNode(m.Value))).DistinctBy(m => m.Key)),
        _ => throw new ArgumentException($"{value.GetType()} is not a plain value."),
    };

    /// <summary>Python's <c>==</c> for plain values: lists and maps are compared by content, and 1 equals 1.0.</summary>
    public static bool ValuesEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (IReadOnlyList<object?> x, IReadOnlyList<object?> y) => x.Count == y.Count && x.Zip(y).All(p => ValuesEqual(p.First, p.Second)),
        (IReadOnlyDictionary<string, object?> x, IReadOnlyDictionary<string, object?> y) =>
            x.Count == y.Count && x.All(m => y.TryGetValue(m.Key, out object? other) && ValuesEqual(m.Value, other)),
        (long or BigInteger, double y) => PythonInteger.Compare(PythonInteger.From(a)!.Value, y) == 0,
        (double x, long or BigInteger) => PythonInteger.Compare(PythonInteger.From(b)!.Value, x) == 0,
        _ => Equals(a, b),
    };
}
