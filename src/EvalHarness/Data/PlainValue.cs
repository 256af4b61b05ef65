using System.Collections;
using System.Globalization;
using Parquet.Schema;

namespace EvalHarness.Data;

/// <summary>
/// Converts the values of Parquet.Net's untyped reader to plain values. That reader leaves nulls out of its dictionaries, and returns
/// strings in lists as <c>ReadOnlyMemory&lt;char&gt;</c>, structs as dictionaries, and numbers in the width that the file uses.
/// </summary>
internal static class PlainValue
{
    /// <summary>Converts a row or struct to a map with every field of the schema. A field without a value is null.</summary>
    internal static OrderedDictionary<string, object?> Map(IDictionary row, IReadOnlyList<Field> fields)
    {
        var map = new OrderedDictionary<string, object?>(fields.Count);
        foreach (Field field in fields)
        {
            object? value = row.Contains(field.Name) ? row[field.Name] : null;
            map[field.Name] = field is StructField nested && value is IDictionary members ? Map(members, nested.Fields) : From(value);
        }

        return map;
    }

    internal static object? From(object? value) => value switch
    {
        null or string or long or double or bool => value,
        ReadOnlyMemory<char> text => text.ToString(),
        float number => (double)number,
        Half number => (double)number,
        decimal number => (double)number,
        ulong number => checked((long)number),
        sbyte or byte or short or ushort or int or uint => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        DateTime time => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        DateOnly or TimeOnly or TimeSpan or Guid => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        byte[] bytes => Convert.ToBase64String(bytes),
        ReadOnlyMemory<byte> bytes => Convert.ToBase64String(bytes.Span),
        IDictionary map => MapOf(map),
        IEnumerable list => (IReadOnlyList<object?>)[.. list.Cast<object?>().Select(From)],
        _ => throw new NotSupportedException($"a value of type {value.GetType()} cannot be converted to a plain value"),
    };

    private static OrderedDictionary<string, object?> MapOf(IDictionary map)
    {
        var plain = new OrderedDictionary<string, object?>(map.Count);
        foreach (DictionaryEntry entry in map)
            plain[Convert.ToString(From(entry.Key), CultureInfo.InvariantCulture)!] = From(entry.Value);
        return plain;
    }
}
