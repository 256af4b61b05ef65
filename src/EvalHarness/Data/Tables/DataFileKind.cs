namespace EvalHarness.Data.Tables;

/// <summary>The formats of data files.</summary>
internal enum DataFormat
{
    Parquet,
    Csv,
    Json,
    Text,
}

/// <summary>Tells from a file's name which format it has and how it is compressed.</summary>
internal static class DataFileKind
{
    private static readonly Dictionary<string, DataFormat> Extensions = new(StringComparer.OrdinalIgnoreCase)
    {
        [".parquet"] = DataFormat.Parquet,
        [".csv"] = DataFormat.Csv,
        [".tsv"] = DataFormat.Csv,
        [".json"] = DataFormat.Json,
        [".jsonl"] = DataFormat.Json,
        [".ndjson"] = DataFormat.Json,
        [".txt"] = DataFormat.Text,
    };

    /// <summary>Files of a repository that describe data and hold none.</summary>
    private static readonly HashSet<string> Descriptions =
        ["config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"];

    /// <summary>The extensions that are read, for messages.</summary>
    internal static string Known => string.Join(", ", Extensions.Keys) + " (each also with .gz or .zst, except .parquet)";

    /// <returns>The format of a file; null where its extension is none that is read.</returns>
    internal static DataFormat? Of(string path)
    {
        string name = Path.GetFileName(path);
        string bare = Bare(name);
        return Extensions.TryGetValue(Path.GetExtension(bare), out DataFormat format)
            && !(format == DataFormat.Parquet && bare != name)
            && !Descriptions.Contains(name)
            ? format
            : null;
    }

    internal static bool IsGzip(string path) => Path.GetExtension(path).Equals(".gz", StringComparison.OrdinalIgnoreCase);

    internal static bool IsZstandard(string path) => Path.GetExtension(path).Equals(".zst", StringComparison.OrdinalIgnoreCase);

    internal static bool IsCompressed(string path) => IsGzip(path) || IsZstandard(path);

    internal static bool IsTabSeparated(string path) =>
        Path.GetExtension(Bare(path)).Equals(".tsv", StringComparison.OrdinalIgnoreCase);

    /// <summary>The name without the extension of a compression.</summary>
    private static string Bare(string path) => IsCompressed(path) ? path[..^Path.GetExtension(path).Length] : path;

    /// <summary>A file's name without its folder and extensions: <c>data/test.jsonl.gz</c> is <c>test</c>.</summary>
    internal static string Stem(string path) => Path.GetFileNameWithoutExtension(Bare(Path.GetFileName(path)));
}
