using EvalHarness.Data.Tables;

namespace EvalHarness.Data;

/// <summary>The files of one split, and how they are read.</summary>
internal sealed record SplitFiles
{
    /// <summary>Paths in the order in which their rows follow each other, all of one format.</summary>
    public required IReadOnlyList<string> Files { get; init; }

    /// <summary>The file that decides the types of CSV and JSON columns: the first of the dataset's first split.</summary>
    public string? TypesFrom { get; init; }

    /// <summary>Options of the reader.</summary>
    public IReadOnlyDictionary<string, object?> Options { get; init; } = new Dictionary<string, object?>();
}

/// <summary>
/// Finds the files of a split among the paths of a dataset's repository. It is the one place for these rules: they hold for a folder on
/// this machine and for a listing of the hub alike. Where two sets of files could be meant, both are named and none is taken.
/// </summary>
/// <param name="place">The folder or the repository, for messages.</param>
/// <param name="paths">All files of the repository, with forward slashes.</param>
/// <param name="card">What README.md says; null if there is none.</param>
internal sealed class RepositoryFiles(string place, IReadOnlyList<string> paths, DatasetCard? card)
{
    private readonly FolderLayout _layout = new(place, paths);

    /// <summary>Finds the files of a split.</summary>
    /// <param name="name">The split.</param>
    /// <param name="problem">What is missing, in words, where nothing is found.</param>
    /// <returns>Null if there is no such configuration or split.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: several sets of files could be meant, or a shard is missing.
    /// </exception>
    internal SplitFiles? Find(DatasetName name, out string problem)
    {
        problem = "";
        if (name.Files?.Patterns is { } patterns)
            return ByPatterns(patterns, name.Files.Directory, name.Split, name.Files.Options, isTask: true, ref problem);
        if (name.Files?.Directory is { } directory)
            return ByLayout(Path.TrimEndingDirectorySeparator(PathPattern.Normalize(directory)), null, name, ref problem);
        if (card is { Configs.Count: > 0 })
        {
            CardConfig? config = name.Config is null ? card.Default : card.Configs.FirstOrDefault(c => c.Name == name.Config);
            if (config is null && name.Config is null)
            {
                throw Refused(
                    $"{place}: README.md names several configurations ({card.Names}) and no default; name one with dataset_name");
            }

            if (config is not null)
                return ByCard(config, name, ref problem);
            problem = $"has a README.md with the configurations {card.Names}, and ";
        }

        return ByLayout("", name.Config, name, ref problem);
    }

    private SplitFiles? ByCard(CardConfig config, DatasetName name, ref string problem)
    {
        if (config.Patterns is { } patterns)
        {
            string directory = config.Directory ?? "";
            if (ByPatterns(patterns, directory, name.Split, config.Options, isTask: false, ref problem) is { } found)
                return found with { Options = Merged(found, config.Options, name) };

            // The branch that the hub converts to Parquet has other files than the README says.
            string said = problem;
            problem = "";
            SplitFiles? laid = Folders(config.Name).Any(HasFiles) ? ByLayout("", config.Name, name, ref problem) : null;
            problem = laid is null ? said : "";
            return laid;
        }

        SplitFiles? files = config.Directory is { } folder
            ? ByLayout(PathPattern.Normalize(folder).TrimEnd('/'), null, name, ref problem)
            : ByLayout("", Folders(config.Name).Any(HasFiles) ? config.Name : null, name, ref problem);
        return files is null ? null : files with { Options = Merged(files, config.Options, name) };
    }

    /// <summary>What the task says of the reader stands above what the README says.</summary>
    private static Dictionary<string, object?> Merged(
        SplitFiles found, IReadOnlyDictionary<string, object?> options, DatasetName name)
    {
        DataFormat? format = name.Files?.Format ?? DataFileKind.Of(found.Files[0]);
        IReadOnlyList<string> known = format switch
        {
            DataFormat.Csv => [.. CsvOptions.Known, .. CsvOptions.Unsupported],
            DataFormat.Json => [.. JsonOptions.Known, "features"],
            _ => [],
        };
        var merged = new Dictionary<string, object?>(options.Where(o => known.Contains(o.Key)));
        foreach ((string key, object? value) in name.Files?.Options ?? new Dictionary<string, object?>())
            merged[key] = value;
        return merged;
    }

    private SplitFiles? ByPatterns(
        SplitPatterns patterns,
        string? directory,
        string split,
        IReadOnlyDictionary<string, object?> options,
        bool isTask,
        ref string problem)
    {
        (string? Split, IReadOnlyList<string> Patterns)? entry = patterns.IsUnnamed && (isTask || SplitWords.Family(split) == "train")
            ? patterns.Splits[0]
            : Entry(patterns, split);
        if (entry is not { } chosen)
        {
            string there = patterns.IsUnnamed ? "train" : string.Join(", ", patterns.Splits.Select(s => s.Split));
            problem = $"has the splits {there} in {(isTask ? "data_files" : "README.md")}, and has no split {split}";
            return null;
        }

        List<string> files = Expand(chosen.Patterns, directory);
        if (files.Count == 0)
        {
            problem = $"has no file that matches {string.Join(", ", chosen.Patterns)}, "
                + $"which {(isTask ? "data_files" : "README.md")} names for the split {split}";
            return null;
        }

        List<string> first = Expand(patterns.Splits[0].Patterns, directory);
        return new SplitFiles { Files = OneFormat(files), TypesFrom = first.Count > 0 ? first[0] : null, Options = options };
    }

    private (string? Split, IReadOnlyList<string> Patterns)? Entry(SplitPatterns patterns, string split)
    {
        if (patterns.Splits.Where(s => s.Split == split).ToList() is [var exact])
            return exact;
        List<(string? Split, IReadOnlyList<string> Patterns)> others =
            [.. patterns.Splits.Where(s => s.Split is not null && SplitWords.Others(split).Contains(s.Split))];
        return others.Count < 2
            ? (others.Count == 1 ? others[0] : null)
            : throw Refused($"{place}: the split {split} could be {string.Join(" or ", others.Select(o => o.Split))}; name one of them");
    }

    private List<string> Expand(IReadOnlyList<string> patterns, string? directory)
    {
        string prefix = string.IsNullOrEmpty(directory) ? "" : PathPattern.Normalize(directory).TrimEnd('/') + "/";
        var files = new List<string>();
        foreach (string pattern in patterns)
        {
            IReadOnlyList<string> matched = PathPattern.Match(paths, prefix + PathPattern.Normalize(pattern));
            foreach (string file in matched.Where(f => DataFileKind.Of(f) is not null))
            {
                if (files.Contains(file))
                    throw Refused($"{place}: {file} is matched by two entries of data_files, and its rows would count twice");
                files.Add(file);
            }
        }

        return files;
    }

    private SplitFiles? ByLayout(string prefix, string? config, DatasetName name, ref string problem)
    {
        if (_layout.Find(prefix, config, name.Split, out string missing) is not { } files)
        {
            problem += missing;
            return null;
        }

        return new SplitFiles
        {
            Files = OneFormat(files),
            TypesFrom = _layout.FirstOf(prefix, files),
            Options = name.Files?.Options ?? new Dictionary<string, object?>(),
        };
    }

    private static string[] Folders(string config) => [config, $"data/{config}"];

    private bool HasFiles(string folder) => paths.Any(p => p.StartsWith(folder + "/", StringComparison.Ordinal));

    private IReadOnlyList<string> OneFormat(IReadOnlyList<string> files) => files.Select(DataFileKind.Of).Distinct().Count() == 1
        ? files
        : throw Refused(
            $"{place}: the split has files of several formats ({string.Join(", ", files.Take(4))}); name those to read in data_files");

    private static EvalException Refused(string message) => new(ExitCode.Data, message);
}
