using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace EvalHarness.Files;

/// <summary>
/// The JSON format of result files: keys and enumeration values are in snake_case, null values are left out, and non-ASCII text is not
/// escaped.
/// </summary>
internal static class ResultsJson
{
    public static JsonSerializerOptions Indented { get; } = Make(indented: true);

    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    /// <summary>As <see cref="Indented"/>, with the keys of what is null.</summary>
    public static JsonSerializerOptions IndentedWithNulls { get; } = new(Indented) { DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    /// <summary>For the data of HTML pages: on one line, with the keys of what is null, and without angle brackets.</summary>
    public static JsonSerializerOptions Page { get; } =
        new(Line) { DefaultIgnoreCondition = JsonIgnoreCondition.Never, Encoder = JavaScriptEncoder.Default };

    /// <summary>
    /// For reading: null where the record has no place for it is an error, and so is a missing argument of its constructor.
    /// </summary>
    public static JsonSerializerOptions Strict { get; } =
        new(Line) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

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
