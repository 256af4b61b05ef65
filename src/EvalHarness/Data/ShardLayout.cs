using System.Text.RegularExpressions;

namespace EvalHarness.Data;

/// <summary>
/// Finds the files of a split under a datasets root, in either of the two layouts of the Hugging Face hub:
/// <c>ORG/NAME/CONFIG/SPLIT-00000-of-0000N.parquet</c>, and <c>ORG/NAME/CONFIG/SPLIT/0000.parquet</c> (the branch that the hub converts
/// to Parquet). If the dataset has no configuration, CONFIG is <c>default</c>, <c>data</c> or left out.
/// </summary>
internal static partial class ShardLayout
{
    /// <returns>The dataset's folder, and the files of the split in their order.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: the split does not exist, or a shard of it is missing.</exception>
    internal static (string Dataset, IReadOnlyList<string> Files) Find(IReadOnlyList<string> roots, DatasetName name)
    {
        if (roots is [var only] && !Directory.Exists(only))
            throw Missing($"--datasets {only}: there is no such folder; give the folder that holds {name.Path}");
        string dataset = DatasetRoots.Find(roots, name.Path)
            ?? throw Missing(
                $"dataset {name.Path} is not under {string.Join(" or ", roots)}; "
                + $"expected a folder {Path.Combine([roots[0], .. name.Path.Split('/')])} with Parquet shards; "
                + $"fetch it with: {Invocation.Command} fetch dataset {name.Path}, or run with --download");
        return (dataset, Find(dataset, name));
    }

    internal static bool IsThere(IReadOnlyList<string> roots, DatasetName name)
    {
        try
        {
            return Find(roots, name).Files.Count > 0;
        }
        catch (EvalException)
        {
            return false;
        }
    }

    /// <summary>The folders of a dataset that may contain the files of a split, with forward slashes.</summary>
    private static string[] Folders(DatasetName name) => name.Config is { } config ? [config] : ["default", "data", ""];

    /// <summary>Whether a file of a repository belongs to a split.</summary>
    /// <param name="path">The file's path in the repository, with forward slashes.</param>
    /// <param name="name">The split.</param>
    internal static bool Belongs(string path, DatasetName name)
    {
        if (!path.EndsWith(".parquet", StringComparison.Ordinal))
            return false;
        string folder = path.Contains('/', StringComparison.Ordinal) ? path[..path.LastIndexOf('/')] : "";
        string file = path[(folder.Length == 0 ? 0 : folder.Length + 1)..];
        bool isNumbered = ShardName().Match(file) is { Success: true } shard && shard.Groups["split"].Value == name.Split;
        return Folders(name).Any(f => (folder == f && isNumbered) || folder == (f.Length == 0 ? name.Split : $"{f}/{name.Split}"));
    }

    private static List<string> Find(string dataset, DatasetName name)
    {
        string[] folders = [.. Folders(name).Select(f => Path.Combine(dataset, f))];
        if (!folders.Any(Directory.Exists))
        {
            throw Missing(
                $"dataset {name.Path} has no configuration {name.Config} under {dataset}; "
                + $"it has {List(Directory.EnumerateDirectories(dataset))}");
        }

        foreach (string folder in folders.Where(Directory.Exists))
        {
            if (Numbered(folder, name) is { Count: > 0 } numbered)
                return numbered;
            string splitFolder = Path.Combine(folder, name.Split);
            if (Directory.Exists(splitFolder) && Directory.GetFiles(splitFolder, "*.parquet") is { Length: > 0 } converted)
                return [.. converted.Order(StringComparer.Ordinal)];
        }

        string searched = folders.First(Directory.Exists);
        throw Missing(
            $"{name.Path} has no split {name.Split} in {searched}; "
            + $"expected {name.Split}-00000-of-0000N.parquet or {name.Split}/0000.parquet, "
            + $"found {List(Directory.EnumerateFileSystemEntries(searched))}");
    }

    /// <summary>
    /// The shards whose names give their total number. They must be complete, so that no run evaluates only part of a dataset unnoticed.
    /// </summary>
    private static List<string> Numbered(string folder, DatasetName name)
    {
        var found = new SortedDictionary<int, string>();
        int total = 0;
        foreach (string file in Directory.EnumerateFiles(folder, $"{name.Split}-*.parquet"))
        {
            Match match = ShardName().Match(Path.GetFileName(file));
            if (!match.Success || match.Groups["split"].Value != name.Split)
                continue;
            int of = int.Parse(match.Groups["of"].ValueSpan, null);
            if (total != 0 && of != total)
            {
                throw Missing(
                    $"{folder}: the shards of split {name.Split} do not agree on how many there are ({total} and {of}); "
                    + "remove the older set");
            }

            total = of;
            found[int.Parse(match.Groups["index"].ValueSpan, null)] = file;
        }

        for (int i = 0; i < total; i++)
        {
            if (!found.ContainsKey(i))
            {
                throw Missing(
                    $"{folder}: shard {i} of {total} of split {name.Split} is missing "
                    + $"({name.Split}-{i:D5}-of-{total:D5}.parquet); fetch it again");
            }
        }

        return [.. found.Values];
    }

    private static string List(IEnumerable<string> paths)
    {
        string[] names = [.. paths.Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal).Take(9)];
        return names.Length == 0 ? "nothing" : string.Join(", ", names.Take(8)) + (names.Length > 8 ? ", ..." : "");
    }

    private static EvalException Missing(string message) => new(ExitCode.Data, message);

    [GeneratedRegex(@"^(?<split>.+)-(?<index>\d{5})-of-(?<of>\d{5})(-[0-9a-f]+)?\.parquet$")]
    private static partial Regex ShardName();
}
