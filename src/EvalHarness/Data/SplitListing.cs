using System.Text.RegularExpressions;

namespace EvalHarness.Data;

/// <summary>The configurations and splits of a dataset that are at hand, as far as the names of its files tell.</summary>
internal static partial class SplitListing
{
    /// <summary>Finds the splits of every configuration, from the names of files alone.</summary>
    /// <param name="roots">Folders as <see cref="DatasetRoots"/> gives them.</param>
    /// <param name="repository">The dataset, <c>ORG/NAME</c>.</param>
    /// <returns>
    /// The splits, ordered by name. A split of a dataset without configurations has none. Empty where the dataset is not there.
    /// </returns>
    internal static IReadOnlyList<DatasetName> Of(IReadOnlyList<string> roots, string repository)
    {
        if (DatasetRoots.Find(roots, repository) is not { } folder)
            return [];
        IEnumerable<string> paths = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .Where(path => !path.StartsWith('.'));
        return
        [
            .. paths.SelectMany(path => Candidates(repository, path).Where(name => ShardLayout.Belongs(path, name)).Take(1))
                .Distinct()
                .OrderBy(name => name.Config ?? "", StringComparer.Ordinal)
                .ThenBy(name => name.Split, StringComparer.Ordinal),
        ];
    }

    /// <summary>The splits that a file could belong to, without a configuration first.</summary>
    private static IEnumerable<DatasetName> Candidates(string repository, string path)
    {
        string[] parts = path.Split('/');
        string file = parts[^1];
        string[] folders = parts[..^1];
        if (Numbered().Match(file) is { Success: true } shard)
        {
            string split = shard.Groups["split"].Value;
            yield return new DatasetName(repository, null, split);
            if (folders.Length > 0)
                yield return new DatasetName(repository, string.Join('/', folders), split);
            yield break;
        }

        if (folders.Length > 0)
        {
            yield return new DatasetName(repository, null, folders[^1]);
            if (folders.Length > 1)
                yield return new DatasetName(repository, string.Join('/', folders[..^1]), folders[^1]);
        }

        string stem = file[..(file.IndexOf('.', StringComparison.Ordinal) is var dot and > 0 ? dot : file.Length)];
        yield return new DatasetName(repository, null, stem);
        if (folders.Length > 0)
            yield return new DatasetName(repository, string.Join('/', folders), stem);
    }

    [GeneratedRegex(@"^(?<split>.+)-\d{5}-of-\d{5}(-[0-9a-f]+)?\.")]
    private static partial Regex Numbered();
}
