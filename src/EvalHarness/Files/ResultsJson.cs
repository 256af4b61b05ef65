using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EvalHarness.Files;

/// <summary>
/// The JSON format of result files: keys and enumeration values are in snake_case, null values are left out, and non-ASCII text is not
/// escaped.
/// </summary>
public static class ResultsJson
{
    public static JsonSerializerOptions Indented { get; } = Make(indented: true);

    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    /// <exception cref="JsonException">The text is not JSON, does not fit <typeparamref name="T"/>, or is null.</exception>
    public static T Read<T>(string text) =>
        JsonSerializer.Deserialize<T>(text, Line) ?? throw new JsonException("it holds nothing but null");

    private static JsonSerializerOptions Make(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        NewLine = "\n",
    };
}
