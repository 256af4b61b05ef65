using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Data;
using EvalHarness.Data.Tables;
using EvalHarness.Files;

namespace EvalHarness.Results;

/// <summary>
/// A value whose shape task files decide: text, a number, a flag, a list, a map, or null, as a <see cref="Document"/> holds them.
/// It is written as it was read: 1.0 stays apart from 1.
/// </summary>
[JsonConverter(typeof(FreeValueConverter))]
public readonly record struct FreeValue(object? Value)
{
    /// <summary>The value as JSON on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ResultsJson.Line);

    /// <summary>Text as it is, null as an empty text, everything else as JSON.</summary>
    public override string ToString() => Value is null ? "" : Value as string ?? ToJson();
}

internal sealed class FreeValueConverter : JsonConverter<FreeValue>
{
    public override bool HandleNull => true;

    public override FreeValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        return new FreeValue(PlainJson.From(json.RootElement));
    }

    public override void Write(Utf8JsonWriter writer, FreeValue value, JsonSerializerOptions options)
    {
        if (Document.ToNode(value.Value) is { } node)
            node.WriteTo(writer, options);
        else
            writer.WriteNullValue();
    }
}
