using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Data.Tables;

namespace EvalHarness.Running;

/// <summary>The configurations and splits of a dataset that are at hand.</summary>
internal static partial class SplitListing
{
    /// <summary>Finds the splits of every configuration without opening a data file.</summary>
    /// <param name="roots">Folders as <see cref="DatasetRoots"/> gives them.</param>
    /// <param name="repositoryName">The dataset, <c>ORG/NAME</c>.</param>
    /// <returns>
    /// The splits, ordered by name. A split of a dataset without configurations has none. Empty where the dataset is not there.
    /// </returns>
    internal static IReadOnlyList<DatasetName> Of(IReadOnlyList<string> roots, string repositoryName)
    {
        if (DatasetRoots.Find(roots, repositoryName) is not { } folder)
            return [];
        IReadOnlyList<string> paths = FolderFiles.In(folder);
        DatasetCard? card = DatasetFolder.CardOf(folder);
        var repository = new RepositoryFiles(folder, paths, card);
        var files = new Dictionary<DatasetName, IReadOnlyList<string>>();
        IReadOnlyList<string> FilesOf(DatasetName name)
        {
            if (!files.TryGetValue(name, out IReadOnlyList<string>? known))
                files[name] = known = Find(repository, name);
            return known;
        }

        IEnumerable<DatasetName> OfFiles(Func<DatasetName, DatasetName> named) =>
            paths.Where(path => DataFileKind.Of(path) is not null).SelectMany(path =>
                Candidates(repositoryName, path).Select(named).Where(name => FilesOf(name).Contains(path)).Take(1));

        // README.md names the splits, or a folder, in which files are looked for as in a repository without README.md.
        IEnumerable<DatasetName> OfConfig(CardConfig config)
        {
            DatasetName[] declared =
            [
                .. (config.Patterns?.Splits ?? []).Select(split => new DatasetName(repositoryName, config.Name, split.Split ?? "train"))
                    .Where(name => FilesOf(name).Count > 0),
            ];
            return declared.Length > 0 ? declared : OfFiles(name => name with { Config = config.Name });
        }

        return
        [
            .. (card is { Configs.Count: > 0 } ? card.Configs.SelectMany(OfConfig) : OfFiles(name => name)).Distinct()
                .OrderBy(name => name.Config ?? "", StringComparer.Ordinal)
                .ThenBy(name => name.Split, StringComparer.Ordinal),
        ];
    }

    /// <summary>The files of a split; none where it is not there, or where several sets of files could be it.</summary>
    private static IReadOnlyList<string> Find(RepositoryFiles repository, DatasetName name)
    {
        try
        {
            return repository.Find(name, out _)?.Files ?? [];
        }
        catch (EvalException)
        {
            return [];
        }
    }

    /// <summary>Finds the split that someone means who names a dataset, perhaps its configuration, and perhaps the split.</summary>
    /// <param name="roots">Folders as <see cref="DatasetRoots"/> gives them.</param>
    /// <param name="dataset">ORG/NAME or ORG/NAME/CONFIG; NAME or NAME/CONFIG for a dataset without an organization.</param>
    /// <param name="split">The split; null for the only one.</param>
    /// <param name="note">Receives a line if the only split or configuration is taken.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: there are several splits or configurations to choose from, which the message names.
    /// <see cref="ExitCode.Data"/>: there is no such dataset.
    /// </exception>
    internal static DatasetName Choose(IReadOnlyList<string> roots, string dataset, string? split, Action<string> note)
    {
        string[] parts = dataset.Split('/');
        int named = Math.Min(parts.Length, 2);
        if (parts.Length == 2 && DatasetRoots.Find(roots, dataset) is null && Of(roots, parts[0]).Any(s => s.Config == parts[1]))
            named = 1;
        string repository = string.Join('/', parts[..named]);
        string? config = parts.Length > named ? string.Join('/', parts[named..]) : null;
        string how = "the only configuration at hand";
        DatasetName[] splits = [.. Of(roots, repository).Where(s => config is null || s.Config == config)];
        if (config is null && DefaultOf(roots, repository) is { } standard && splits.Any(s => s.Config == standard))
        {
            splits = [.. splits.Where(s => s.Config == standard)];
            how = "the default configuration";
        }

        string?[] configs = [.. splits.Select(s => s.Config).Distinct()];
        if (config is null && configs.Length > 1 && configs[0] is not null)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{repository} has the configurations {string.Join(", ", configs)}; name one, as in {repository}/{configs[0]}");
        }

        splits = [.. splits.Where(s => s.Config == configs[0] && (split is null || s.Split == split))];
        switch (splits)
        {
            case [var only]:
                if (split is null || only.Config != config)
                    note($"reading {only}: {(split is null ? "the only split at hand" : how)}");
                return only;
            case []:
                // Whoever opens it says what is missing, and where it was looked for.
                return new DatasetName(repository, config ?? (configs is [var single] ? single : null), split ?? "test");
            default:
                throw new EvalException(
                    ExitCode.Usage,
                    $"--split is missing: {dataset} has the splits {string.Join(", ", splits.Select(s => s.Split))}; choose one");
        }
    }

    /// <summary>The configuration that README.md makes the default, as for a task that names none; null if it makes none.</summary>
    internal static string? DefaultOf(IReadOnlyList<string> roots, string repository) =>
        DatasetRoots.Find(roots, repository) is { } folder ? DatasetFolder.CardOf(folder)?.Default?.Name : null;

    /// <summary>The splits that a file could belong to: the file, or the folder that it is in, is called as the split is.</summary>
    private static IEnumerable<DatasetName> Candidates(string repository, string path)
    {
        string[] parts = path.Split('/');
        string file = parts[^1];
        string[] folders = parts[..^1];
        if (Numbered().Match(file) is { Success: true } shard)
            return Configurations(repository, folders, shard.Groups["split"].Value);
        string stem = file[..(file.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? dot : file.Length)];
        return folders is [.. var before, var last]
            ? Configurations(repository, before, last).Concat(Configurations(repository, folders, stem))
            : Configurations(repository, folders, stem);
    }

    /// <summary>A split with the folders as its configuration, and without one.</summary>
    private static IEnumerable<DatasetName> Configurations(string repository, string[] folders, string split)
    {
        string config = string.Join('/', folders);
        return config is "" or "data" or "default"
            ? [new DatasetName(repository, null, split)]
            : [new DatasetName(repository, config, split), new DatasetName(repository, null, split)];
    }

    [GeneratedRegex(@"^(?<split>.+)-\d{5}-of-\d{5}(-[0-9a-f]+)?\.")]
    private static partial Regex Numbered();
}
