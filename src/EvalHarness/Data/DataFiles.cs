using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>
/// Which files a task reads a dataset from, and how: what <c>dataset_kwargs</c> says of it. Equal if everything in it is equal, so that two
/// tasks with other files of one dataset read different splits.
/// </summary>
internal sealed record DataFiles
{
    /// <summary>The format that <c>dataset_path: csv</c> and the like give; null to tell it from the files' names.</summary>
    public DataFormat? Format { get; init; }

    /// <summary>
    /// Whether the files lie on this machine wherever the task says, and not in a dataset's repository. Their paths are then looked for in
    /// <see cref="Folder"/> and in the working directory.
    /// </summary>
    public bool IsLocal { get; init; }

    /// <summary>The folder of the task file; null for a task that comes with the program.</summary>
    public string? Folder { get; init; }

    /// <summary>The folder in the repository that has all files, <c>data_dir</c>; null for the whole repository.</summary>
    public string? Directory { get; init; }

    /// <summary>Paths and globs by split; null if the layout of the repository says it.</summary>
    public SplitPatterns? Patterns { get; init; }

    /// <summary>Options of the reader of the files, such as <c>sep</c> or <c>field</c>.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>();

    private string Key =>
        $"{Format} {IsLocal} {Folder} {Directory} {Patterns?.Key} {new Document(Options).ToJson()}";

    public bool Equals(DataFiles? other) => other is not null && Key == other.Key;

    public override int GetHashCode() => Key.GetHashCode(StringComparison.Ordinal);
}

/// <summary>Paths and globs of files, by the split that they make.</summary>
/// <param name="Splits">
/// The splits in their order. A single one without a name is all rows of the dataset, whatever the task calls them.
/// </param>
internal sealed record SplitPatterns(IReadOnlyList<(string? Split, IReadOnlyList<string> Patterns)> Splits)
{
    /// <summary>Whether the patterns name no split.</summary>
    public bool IsUnnamed => Splits is [(null, _)];

    /// <summary>All of it as one line of text.</summary>
    public string Key => string.Join(" ", Splits.Select(s => $"{(s.Split is null ? "" : s.Split + "=")}{string.Join(",", s.Patterns)}"));

    /// <summary>
    /// Reads <c>data_files</c>: a path, a list of paths, a map from splits to paths, or a list of entries with a split and its paths.
    /// </summary>
    /// <exception cref="FormatException">It is something else.</exception>
    internal static SplitPatterns From(object? value) => value switch
    {
        string or IReadOnlyList<object?> when Paths(value) is { } paths => new([(null, paths)]),
        IReadOnlyDictionary<string, object?> { Count: > 0 } map => new([.. map.Select(m => ((string?)m.Key, PathsOf(m.Value)))]),
        IReadOnlyList<object?> list when list.All(IsEntry) && Entries(list) is var entries
            && entries.DistinctBy(e => e.Split).Count() == entries.Count => new(entries),
        _ => throw new FormatException(
            "data_files: expected a path, a list of paths, a map from splits to paths, or a list of entries with split and path, "
            + "each split once"),
    };

    private static bool IsEntry(object? item) =>
        item is IReadOnlyDictionary<string, object?> { Count: 2 } map && map.ContainsKey("split") && map.ContainsKey("path");

    private static List<(string? Split, IReadOnlyList<string> Patterns)> Entries(IReadOnlyList<object?> list) =>
    [
        .. list.Cast<IReadOnlyDictionary<string, object?>>().Select(
            e => ((string?)Convert.ToString(e["split"], System.Globalization.CultureInfo.InvariantCulture), PathsOf(e["path"]))),
    ];

    private static IReadOnlyList<string> PathsOf(object? value) =>
        Paths(value) ?? throw new FormatException("data_files: the files of a split are a path or a list of paths");

    private static IReadOnlyList<string>? Paths(object? value) => value switch
    {
        string one => [one],
        IReadOnlyList<object?> { Count: > 0 } many when many.All(m => m is string) => [.. many.Cast<string>()],
        _ => null,
    };
}
