using EvalHarness.Files;
using YamlDotNet.Core;

namespace EvalHarness.Data;

/// <summary>
/// The columns that a dataset's card declares: the key <c>dataset_info</c> in the front matter of its README.md, which the hub keeps beside
/// the data and which Python's <c>datasets</c> fetches first.
/// </summary>
/// <remarks>Source: the documentation of <c>datasets</c>, "Create a dataset card" and "Features".</remarks>
internal sealed class CardColumns
{
    private const string File = "README.md", Fence = "---", Default = "default";

    private readonly IReadOnlyList<IReadOnlyDictionary<string, object?>> _configurations;

    private CardColumns(IReadOnlyList<IReadOnlyDictionary<string, object?>> configurations) => _configurations = configurations;

    /// <summary>Reads the card of a dataset in the folder where its data is, or would be.</summary>
    /// <returns>Null where there is no card, or none whose front matter can be read.</returns>
    internal static CardColumns? Find(IReadOnlyList<string> roots, string repository)
    {
        if (DatasetRoots.Find(roots, repository) is not { } folder)
            return null;
        string path = Path.Combine(folder, File);
        if (!System.IO.File.Exists(path))
            return null;
        try
        {
            return Parse(System.IO.File.ReadAllText(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <param name="text">The text of a README.md.</param>
    /// <returns>Null where it has no front matter, or one that is not YAML.</returns>
    internal static CardColumns? Parse(string text)
    {
        using var lines = new StringReader(text);
        if (lines.ReadLine()?.TrimEnd() != Fence)
            return null;
        var front = new List<string>();
        while (lines.ReadLine() is { } line && line.TrimEnd() != Fence)
            front.Add(line);
        try
        {
            // A card is text of the dataset's author: what is wrong in it is no mistake of whoever checks a task.
            return YamlReader.Read(string.Join('\n', front), File, "") is [var keys, ..]
                ? new CardColumns([.. Configurations(keys.Keys.FirstOrDefault(k => k.Key == "dataset_info").Value)])
                : null;
        }
        catch (Exception e) when (e is YamlException or EvalException)
        {
            return null;
        }
    }

    private static IEnumerable<IReadOnlyDictionary<string, object?>> Configurations(object? info) => info switch
    {
        IReadOnlyDictionary<string, object?> only => [only],
        IReadOnlyList<object?> several => several.OfType<IReadOnlyDictionary<string, object?>>(),
        _ => [],
    };

    /// <summary>The columns of a configuration, which are those of all its splits.</summary>
    /// <param name="configuration">Null for the only one, or else for the one of the name "default".</param>
    /// <returns>Column to type, in the card's order; null where the card does not declare the configuration's columns.</returns>
    internal IReadOnlyDictionary<string, ColumnType>? Columns(string? configuration)
    {
        string Name(IReadOnlyDictionary<string, object?> declared) => declared.GetValueOrDefault("config_name") as string ?? Default;
        IReadOnlyDictionary<string, object?>? found = configuration is null && _configurations is [var only]
            ? only
            : _configurations.FirstOrDefault(c => Name(c) == (configuration ?? Default));
        return found?.GetValueOrDefault("features") is IReadOnlyList<object?> { Count: > 0 } features ? Fields(features).Members : null;
    }

    /// <summary>The type of one field: a map with its name and one of dtype, list, sequence and struct.</summary>
    private static ColumnType Field(IReadOnlyDictionary<string, object?> field)
    {
        if (field.TryGetValue("struct", out object? members))
            return Nested(members);
        if (field.TryGetValue("list", out object? items) || field.TryGetValue("large_list", out items))
            return ColumnType.ListOf(Nested(items));
        if (!field.TryGetValue("sequence", out object? sequence))
            return Scalar(field.GetValueOrDefault("dtype"));
        // Of a sequence of maps, datasets makes a map of lists.
        ColumnType item = Nested(sequence);
        return item.Kind == ColumnKind.Map
            ? ColumnType.MapOf(item.Members.Select(m => KeyValuePair.Create(m.Key, ColumnType.ListOf(m.Value))))
            : ColumnType.ListOf(item);
    }

    private static ColumnType Nested(object? inner) => inner switch
    {
        IReadOnlyList<object?> fields => Fields(fields),
        IReadOnlyDictionary<string, object?> field when field.ContainsKey("class_label") => Scalar(field),
        IReadOnlyDictionary<string, object?> field => Field(field),
        _ => Scalar(inner),
    };

    private static ColumnType Fields(IReadOnlyList<object?> fields) => ColumnType.MapOf(
        from field in fields.OfType<IReadOnlyDictionary<string, object?>>()
        where field.GetValueOrDefault("name") is string
        select KeyValuePair.Create((string)field["name"]!, Field(field)));

    private static ColumnType Scalar(object? type) => type switch
    {
        IReadOnlyDictionary<string, object?> map when map.ContainsKey("class_label") => new ColumnType(ColumnKind.Integer),
        IReadOnlyDictionary<string, object?> map
            when map.GetValueOrDefault("translation") is IReadOnlyDictionary<string, object?> translation
            && translation.GetValueOrDefault("languages") is IReadOnlyList<object?> languages =>
            ColumnType.MapOf(languages.OfType<string>().Select(l => KeyValuePair.Create(l, new ColumnType(ColumnKind.Text)))),
        "string" or "large_string" or "date32" or "date64" => new ColumnType(ColumnKind.Text),
        "bool" => new ColumnType(ColumnKind.Flag),
        string name when name.StartsWith("int", StringComparison.Ordinal) || name.StartsWith("uint", StringComparison.Ordinal) =>
            new ColumnType(ColumnKind.Integer),
        string name when name.StartsWith("float", StringComparison.Ordinal) => new ColumnType(ColumnKind.Number),
        _ => ColumnType.Unknown,
    };
}
