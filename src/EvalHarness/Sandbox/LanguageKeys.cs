namespace EvalHarness.Sandbox;

/// <summary>The keys of a language file, or of one of its sections, with the errors for values of another form.</summary>
/// <param name="values">The values by key.</param>
/// <param name="section">The section with a colon and a space, to start error messages with; empty for the file itself.</param>
/// <param name="wrong">Makes the error for a problem of this file.</param>
/// <param name="readFile">Reads a file that lies beside the language file.</param>
internal sealed class LanguageKeys(
    IReadOnlyDictionary<string, object?> values, string section, Func<string, EvalException> wrong, Func<string, string> readFile)
{
    private static readonly string[] CommandKeys = ["files", "command", "keep"];

    public string Text(string key) => values.GetValueOrDefault(key) as string ?? throw wrong($"{section}{key}: missing; expected text");

    public IReadOnlyList<string> List(string key) => values.GetValueOrDefault(key) switch
    {
        null => [],
        IReadOnlyList<object?> list when list.All(i => i is string) => [.. list.Cast<string>()],
        _ => throw wrong($"{section}{key}: expected a list of texts"),
    };

    public IReadOnlyDictionary<string, object?> Map(string key) => values.GetValueOrDefault(key) switch
    {
        null => new Dictionary<string, object?>(),
        IReadOnlyDictionary<string, object?> map => map,
        _ => throw wrong($"{section}{key}: expected a map"),
    };

    public Dictionary<string, string> Texts(string key) =>
        Map(key).ToDictionary(e => e.Key, e => e.Value as string ?? throw wrong($"{section}{key}: {e.Key}: expected text"));

    /// <summary>Files by name, each as its text or as <c>{file: NAME}</c> for the text of a file beside the language file.</summary>
    public Dictionary<string, string> Files(string key) => Map(key).ToDictionary(e => e.Key, e => e.Value switch
    {
        string text => text,
        IReadOnlyDictionary<string, object?> { Count: 1 } map when map.GetValueOrDefault("file") is string name =>
            Read($"{key}: {e.Key}", name),
        _ => throw wrong($"{section}{key}: {e.Key}: expected text, or {{file: NAME}} for a file beside this one"),
    });

    /// <returns>Null if the key is missing.</returns>
    public LanguageCommand? Command(string key)
    {
        if (!values.ContainsKey(key))
            return null;
        IReadOnlyDictionary<string, object?> map = Map(key);
        if (map.Keys.FirstOrDefault(k => !CommandKeys.Contains(k)) is { } unknown)
            throw wrong($"{key}: no such key '{unknown}'; known are {string.Join(", ", CommandKeys)}");
        var keys = new LanguageKeys(map, $"{key}: ", wrong, readFile);
        IReadOnlyList<string> command = keys.List("command");
        return command.Count > 0
            ? new LanguageCommand(keys.Files("files"), command, keys.List("keep"))
            : throw wrong($"{key}: command: missing; expected the list of the command and its arguments");
    }

    private string Read(string key, string file)
    {
        try
        {
            return readFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw wrong($"{section}{key}: {file}: {e.Message}");
        }
    }
}
