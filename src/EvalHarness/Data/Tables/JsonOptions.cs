namespace EvalHarness.Data.Tables;

/// <summary>How a JSON file is read: the options of <c>datasets</c> that matter.</summary>
/// <param name="Field">The key of the object in the file under which the rows are; null if the file has the rows themselves.</param>
/// <param name="Encoding">The name of the file's encoding; null for UTF-8.</param>
/// <param name="ConvertDates">
/// Whether a column of dates has points in time, as in <c>datasets</c>; <c>convert_dates: false</c> (pandas' name) keeps texts.
/// </param>
internal sealed record JsonOptions(string? Field, string? Encoding, bool ConvertDates)
{
    internal static readonly IReadOnlyList<string> Known = ["field", "encoding", "convert_dates"];

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
        string? encoding = Text("encoding");
        if (TextFile.Find(encoding) is null)
            throw new FormatException($"encoding: there is no encoding {encoding}");
        // The rows of a field are read by pandas in datasets, which leaves texts as they are.
        return new JsonOptions(Text("field"), encoding, options.GetValueOrDefault("convert_dates") switch
        {
            null => !options.ContainsKey("field"),
            bool convert => convert,
            _ => throw new FormatException("convert_dates: expected true or false"),
        });
    }
}
