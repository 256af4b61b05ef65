using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace EvalHarness.Files;

/// <summary>
/// A decimal number as its source printed it. Its digits say how far it was rounded: 85 stands for 84.5 to 85.5, and 85.0 for 84.95 to
/// 85.05. In JSON it is a number with the same digits.
/// </summary>
[JsonConverter(typeof(Converter))]
internal sealed partial record PrintedNumber
{
    /// <summary>What the text of such a number should look like, for error messages.</summary>
    public const string Expected = "a number such as 85 or 84.95";

    private PrintedNumber(string text)
    {
        Text = text;
        Value = double.Parse(text, CultureInfo.InvariantCulture);
        int point = text.IndexOf('.', StringComparison.Ordinal);
        Rounding = 0.5 * Math.Pow(10, point < 0 ? 0 : point + 1 - text.Length);
    }

    public string Text { get; }

    public double Value { get; }

    /// <summary>Half a unit of the last digit: how far the number before rounding may lie from <see cref="Value"/>.</summary>
    public double Rounding { get; }

    /// <returns>The number; null where the text is not digits with at most one point among them.</returns>
    public static PrintedNumber? Parse(string text) => Form().IsMatch(text) ? new PrintedNumber(text) : null;

    public override string ToString() => Text;

    [GeneratedRegex(@"\A(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?\z")]
    private static partial Regex Form();

    private sealed class Converter : JsonConverter<PrintedNumber>
    {
        public override PrintedNumber Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : Encoding.UTF8.GetString(reader.ValueSpan);
            return Parse(text) ?? throw new JsonException($"{text}: expected {Expected}");
        }

        public override void Write(Utf8JsonWriter writer, PrintedNumber value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Text);
    }
}
