namespace EvalHarness.Data.Tables;

/// <summary>How a JSON file is read: the options of <c>datasets</c> that matter.</summary>
/// <param name="Field">The key of the object in the file under which the rows are; null if the file has the rows themselves.</param>
/// <param name="Encoding">The name of the file's encoding; null for UTF-8.</param>
internal sealed record JsonOptions(string? Field, string? Encoding)
{
    internal static readonly IReadOnlyList<string> Known = ["field", "encoding"];

    /// <exception cref="FormatException">An option is not known, or is no text.</exception>
    internal static JsonOptions From(IReadOnlyDictionary<string, object?> options)
    {
        if (options.Keys.FirstOrDefault(k => !Known.Contains(k)) is { } unknown)
            throw new FormatException($"{unknown} is no option of JSON files here; known are {string.Join(", ", Known)}");
        string? Text(string key) => options.GetValueOrDefault(key) switch
        {
            null => null,
            string text => text,
            _ => throw new FormatException($"{key}: expected text"),
        };
        return new JsonOptions(Text("field"), Text("encoding"));
    }
}
