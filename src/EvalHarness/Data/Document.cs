using System.Globalization;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Pythonic;

namespace EvalHarness.Data;

/// <summary>
/// One row of a dataset as values that templates work with: <see cref="string"/>, <see cref="long"/>, <see cref="BigInteger"/> for a whole
/// number that a long cannot hold, <see cref="double"/>, <see cref="bool"/>, <see cref="PythonBytes"/>, <see cref="PythonDecimal"/>,
/// <see cref="PythonTimestamp"/>, <see cref="PythonTime"/>, <c>IReadOnlyList&lt;object?&gt;</c>,
/// <c>IReadOnlyDictionary&lt;string, object?&gt;</c>, <see cref="PythonDict"/> for a map with other keys, or null. A date is a string,
/// <c>2024-01-31</c>. A document contains the columns of the shard that were asked for, in the order of the shard's schema. A column for
/// which the row has no value is null.
/// </summary>
public sealed class Document(IReadOnlyDictionary<string, object?> values)
{
    public IReadOnlyDictionary<string, object?> Values { get; } = values;

    public string ToJson() => ToNode(Values)!.ToJsonString(Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// Converts a value to JSON. A double keeps its decimal point, so that 1.0 does not become 1. What JSON has not is a text: NaN and the
    /// infinities as <c>"NaN"</c>, <c>"Infinity"</c> and <c>"-Infinity"</c>, bytes in base64, a timestamp as
    /// <c>"2023-11-14T22:13:20.123456"</c> in UTC.
    /// </summary>
    public static JsonNode? ToNode(object? value) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        bool flag => JsonValue.Create(flag),
        long number => JsonValue.Create(number),
        double.NaN => JsonValue.Create("NaN"),
        double.PositiveInfinity => JsonValue.Create("Infinity"),
        double.NegativeInfinity => JsonValue.Create("-Infinity"),
        double number => JsonNode.Parse(Python.Float(number)),
        BigInteger number => JsonNode.Parse(number.ToString(CultureInfo.InvariantCulture)),
        PythonBytes bytes => JsonValue.Create(Convert.ToBase64String(bytes.Span)),
        PythonDecimal number => JsonNode.Parse(number.ToJsonText()),
        PythonTimestamp time => JsonValue.Create(time.ToJsonText()),
        PythonTime time => JsonValue.Create(time.ToJsonText()),
        PythonDict map => ToObject(map),
        IReadOnlyList<object?> list => new JsonArray([.. list.Select(ToNode)]),
        IReadOnlyDictionary<string, object?> map => new JsonObject(map.Select(m => KeyValuePair.Create(m.Key, ToNode(m.Value)))),
        _ => throw new ArgumentException($"{value.GetType()} is not a plain value."),
    };

    /// <summary>Keys are written as Python prints them; of two that print the same the last one counts.</summary>
    private static JsonObject ToObject(PythonDict map)
    {
        var written = new JsonObject();
        foreach ((object? key, object? value) in map)
            written[Python.Str(key)] = ToNode(value);
        return written;
    }

    /// <summary>Python's <c>==</c>: lists and maps are compared by content, numbers by value, and True equals 1.</summary>
    public static bool ValuesEqual(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (string x, string y) => x == y,
        (IReadOnlyList<object?> x, IReadOnlyList<object?> y) => x.Count == y.Count && x.Zip(y).All(p => ValuesEqual(p.First, p.Second)),
        (IReadOnlyDictionary<string, object?> x, IReadOnlyDictionary<string, object?> y) =>
            x.Count == y.Count && x.All(m => y.TryGetValue(m.Key, out object? other) && ValuesEqual(m.Value, other)),
        (PythonDict x, PythonDict y) =>
            x.Count == y.Count && x.All(m => y.TryGetValue(m.Key, out object? other) && ValuesEqual(m.Value, other)),
        (double x, double y) => x == y,
        _ when PythonNumber.IsNumber(a) && PythonNumber.IsNumber(b) => PythonNumber.AreEqual(a, b),
        _ => Equals(a, b),
    };
}
