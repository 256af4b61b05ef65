using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>
/// Where the files of a split lie in a repository that has no README which says so. A configuration is a folder <c>CONFIG</c>,
/// <c>data/CONFIG</c> or <c>CONFIG/data</c>; without one the files lie in <c>data</c>, <c>default</c> or at the top, or in the only
/// configuration there is. There a split is <c>SPLIT-00000-of-0000N.EXT</c> (also with a hash at the end), <c>SPLIT.EXT</c>,
/// <c>SPLIT/*.EXT</c> or, where the hub converted only the beginning of a large dataset, <c>partial-SPLIT/*.EXT</c>.
/// </summary>
/// <param name="place">The folder or the repository, for messages.</param>
/// <param name="paths">All files of the repository, with forward slashes.</param>
internal sealed class FolderLayout(string place, IReadOnlyList<string> paths)
{
    private readonly string[] _files =
        [.. paths.Where(p => DataFileKind.Of(p) is not null && !p.Split('/').Any(IsHidden)).Order(StringComparer.Ordinal)];

    private static bool IsHidden(string part) => part.StartsWith('.') || part.StartsWith("__", StringComparison.Ordinal);

    /// <returns>The files of the split; null if there is none, with what is missing in words.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: several could be meant, or a shard is missing.</exception>
    internal IReadOnlyList<string>? Find(string prefix, string? config, string split, out string missing)
    {
        missing = "";
        if (config == "default" && !Folders(prefix, config).Any(HasFiles))
            config = null;
        string[] folders = Folders(prefix, config);
        if (InOneOf(folders, split, isSharded: config is null) is { } files)
            return files;
        string searched = folders.FirstOrDefault(HasFiles) ?? prefix;
        if (config is null && Configurations(prefix) is { Count: > 0 } configurations)
        {
            if (configurations.Count > 1 && !folders.Any(f => HasDirectFiles(f)))
            {
                throw Refused(
                    $"{place}: has several configurations ({Listed(configurations)}), and the task names none; "
                    + "name one with dataset_name");
            }

            if (configurations.Count == 1)
            {
                if (InOneOf(Folders(prefix, configurations[0]), split, isSharded: false) is { } only)
                    return only;
                searched = Folders(prefix, configurations[0]).First(HasFiles);
            }
        }
        else if (config is not null && !folders.Any(HasFiles))
        {
            missing = $"has no configuration {config} in {place}; it has {Listed(Children(prefix))}";
            return null;
        }

        missing = $"has no split {split} in {Joined(place, searched)}; expected {split}-00000-of-0000N.parquet, {split}.parquet or "
            + $"{split}/0000.parquet (or .csv, .tsv, .json, .jsonl, .txt), found {Listed(Children(searched))}";
        return null;
    }

    /// <summary>The first file of the first split beside some files, which gives CSV and JSON columns their types.</summary>
    internal string? FirstOf(string prefix, IReadOnlyList<string> files)
    {
        if (DataFileKind.Of(files[0]) == DataFormat.Parquet)
            return null;
        foreach (string word in (string[])["train", "validation", "test"])
        {
            string folder = Parent(files[0]);
            foreach (string candidate in (string[])[folder, Parent(folder)])
            {
                if (candidate.Length >= prefix.Length && Known(candidate, word) is { Count: > 0 } found
                    && DataFileKind.Of(found[0]) == DataFileKind.Of(files[0]))
                    return found[0];
            }
        }

        return null;
    }

    /// <summary>The files of a split that nobody asks for: it does not matter if several could be meant.</summary>
    private IReadOnlyList<string>? Known(string folder, string split)
    {
        try
        {
            return In(folder, split);
        }
        catch (EvalException)
        {
            return null;
        }
    }

    private static string[] Folders(string prefix, string? config) => config is null
        ? [Joined(prefix, "data"), Joined(prefix, "default"), prefix]
        : [Joined(prefix, config), Joined(prefix, $"data/{config}"), Joined(prefix, $"{config}/data")];

    private IReadOnlyList<string>? InOneOf(string[] folders, string split, bool isSharded)
    {
        // Shards in "data" are a repository's dataset, whatever else lies in it, as in datasets.
        if (isSharded && Numbered(folders[0], split) is { Count: > 0 } sharded)
            return sharded;
        List<IReadOnlyList<string>> found = [.. folders.Select(f => In(f, split)).OfType<IReadOnlyList<string>>()];
        return found.Count < 2
            ? found.FirstOrDefault()
            : throw Refused(
                $"{place}: the split {split} could be {string.Join(" or ", found.Select(f => f[0]))}; name its files in "
                + "dataset_kwargs: data_files");
    }

    private IReadOnlyList<string>? In(string folder, string split)
    {
        if (Named(folder, split) is { } exact)
            return exact;
        List<IReadOnlyList<string>> others = [.. SplitWords.Others(split).Select(o => Named(folder, o)).OfType<IReadOnlyList<string>>()];
        if (others.Count > 1)
        {
            throw Refused(
                $"{place}: the split {split} could be {string.Join(" or ", others.Select(o => o[0]))}; name the one that is meant");
        }

        return others.FirstOrDefault() ?? ByWords(folder, split) ?? Whole(folder, split);
    }

    /// <summary>The files that are called as the split is.</summary>
    private IReadOnlyList<string>? Named(string folder, string split)
    {
        List<IReadOnlyList<string>> forms =
        [
            Numbered(folder, split),
            [.. Direct(folder).Where(f => DataFileKind.Stem(f) == split)],
            Complete(Joined(folder, split), [.. Direct(Joined(folder, split))]),
        ];
        List<IReadOnlyList<string>> found = [.. forms.Where(f => f.Count > 0)];
        if (found.Count > 1 || found is [[_, _, ..]] && found[0] == forms[1])
        {
            throw Refused(
                $"{place}: the split {split} could be {string.Join(" or ", found.SelectMany(f => f).Take(4))}; remove the one that is "
                + "not meant, or name the files in dataset_kwargs: data_files");
        }

        string partial = Joined(folder, $"partial-{split}");
        return found.FirstOrDefault() ?? (Complete(partial, [.. Direct(partial)]) is { Count: > 0 } beginning ? beginning : null);
    }

    /// <summary>The files in whose names, or in the names of whose folders, a word for the split stands.</summary>
    private IReadOnlyList<string>? ByWords(string folder, string split)
    {
        if (SplitWords.Family(split) is not { } family)
            return null;
        var found = new List<string>();
        foreach (string file in _files.Where(f => Parent(f) == folder || IsInSplitFolder(f, folder)))
        {
            string name = file[(folder.Length == 0 ? 0 : folder.Length + 1)..];
            string[] words = [.. name.Split('/').SelectMany(SplitWords.In).Distinct()];
            if (!words.Contains(family))
                continue;
            if (words.Length > 1)
            {
                throw Refused(
                    $"{place}: {file} could be of the split {string.Join(" or ", words)}; name the files of {split} in "
                    + "dataset_kwargs: data_files");
            }

            found.Add(file);
        }

        return found.Count == 0 ? null : Complete(folder, found);
    }

    /// <summary>Whether a file lies in a folder within a folder, and the inner one's name has a word for a split.</summary>
    private static bool IsInSplitFolder(string file, string folder) =>
        Parent(file) is { Length: > 0 } inner && Parent(inner) == folder && SplitWords.In(Name(inner)).Count > 0;

    /// <summary>Where no name says a split, all files are the split <c>train</c>.</summary>
    private IReadOnlyList<string>? Whole(string folder, string split)
    {
        string[] direct = [.. Direct(folder)];
        return SplitWords.Family(split) == "train" && direct.Length > 0
            && !_files.Any(f => f.Split('/').SelectMany(SplitWords.In).Any() || ShardSet.Stem(f) is not null)
            ? Complete(folder, direct)
            : null;
    }

    private IReadOnlyList<string> Numbered(string folder, string split) =>
        Complete(folder, [.. Direct(folder).Where(f => ShardSet.Stem(f) == split)]);

    private IReadOnlyList<string> Complete(string folder, IReadOnlyList<string> files)
    {
        ShardSet.Check(Joined(place, folder), files);
        return files;
    }

    /// <summary>The folders that are configurations: those that have splits in them and are none themselves.</summary>
    private List<string> Configurations(string prefix) =>
    [
        .. Children(prefix).Concat(Children(Joined(prefix, "data")))
            .Where(c => c is not ("data" or "default") && SplitWords.In(c).Count == 0)
            .Where(c => Folders(prefix, c).Any(f => Direct(f).Any(IsOfSplit) || Children(f).Any(s => HasSplitFolder(f, s))))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    private bool HasSplitFolder(string folder, string child) => SplitWords.In(child).Count > 0 && Direct(Joined(folder, child)).Any();

    private static bool IsOfSplit(string file) => ShardSet.Stem(file) is not null || SplitWords.In(Name(file)).Count > 0;

    private bool HasFiles(string folder) => folder.Length == 0
        ? _files.Length > 0
        : _files.Any(f => f.StartsWith(folder + "/", StringComparison.Ordinal));

    private bool HasDirectFiles(string folder) => Direct(folder).Any();

    private IEnumerable<string> Direct(string folder) => _files.Where(f => Parent(f) == folder);

    /// <summary>The names of files and folders directly in a folder.</summary>
    private IEnumerable<string> Children(string folder) => _files
        .Where(f => folder.Length == 0 || f.StartsWith(folder + "/", StringComparison.Ordinal))
        .Select(f => f[(folder.Length == 0 ? 0 : folder.Length + 1)..].Split('/')[0]).Distinct();

    private static string Parent(string path) => path.LastIndexOf('/') is var at and >= 0 ? path[..at] : "";

    private static string Name(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static string Joined(string folder, string name) => folder.Length == 0 ? name : name.Length == 0 ? folder : $"{folder}/{name}";

    private static string Listed(IEnumerable<string> names)
    {
        string[] some = [.. names.Order(StringComparer.Ordinal).Take(9)];
        return some.Length == 0 ? "nothing" : string.Join(", ", some.Take(8)) + (some.Length > 8 ? ", ..." : "");
    }

    private static EvalException Refused(string message) => new(ExitCode.Data, message);
}
