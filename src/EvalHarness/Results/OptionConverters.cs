using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EvalHarness.Results;

/// <summary>An option that is a number in most manifests, and in all earlier ones, and a text in some.</summary>
internal sealed class NumberOrTextConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.GetInt64().ToString(CultureInfo.InvariantCulture),
        JsonTokenType.String => reader.GetString()!,
        _ => throw new JsonException("expected a whole number or a text"),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options)
    {
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            writer.WriteNumberValue(number);
        else
            writer.WriteStringValue(value);
    }
}

/// <summary>An option that is off (null), on, or on with a text. Earlier manifests have only true and false.</summary>
internal sealed class SwitchOrTextConverter : JsonConverter<string?>
{
    internal const string On = "true";

    public override bool HandleNull => true;

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.True => On,
        JsonTokenType.False or JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        _ => throw new JsonException("expected true, false or a text"),
    };

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options)
    {
        if (value is null or On)
            writer.WriteBooleanValue(value is On);
        else
            writer.WriteStringValue(value);
    }
}
