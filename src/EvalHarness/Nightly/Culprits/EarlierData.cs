using System.Security.Cryptography;
using EvalHarness.Data;
using EvalHarness.Data.Hub;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Culprits;

/// <summary>
/// The files of datasets as an earlier run read them: in a folder of datasets that still has them, or in another snapshot of the hub's
/// cache.
/// </summary>
internal static class EarlierData
{
    /// <summary>
    /// The splits that both runs read, from different files. A run with few-shot examples reads a split that one without them does not.
    /// </summary>
    internal static IReadOnlyList<(DatasetRecord Before, DatasetRecord After)> ChangedSplits(Manifest before, Manifest after) =>
    [
        .. from earlier in before.Datasets
           join later in after.Datasets on (earlier.Path, earlier.Config, earlier.Split) equals (later.Path, later.Config, later.Split)
           where !earlier.Shards.Select(s => s.Sha256).SequenceEqual(later.Shards.Select(s => s.Sha256))
           select (earlier, later),
    ];

    /// <param name="run">What the earlier run read.</param>
    /// <param name="path">The name of the dataset.</param>
    /// <param name="roots">Folders with datasets, or caches of the hub.</param>
    /// <param name="cancellationToken">Stops hashing.</param>
    /// <returns>The first folder that has all files of the dataset with the hashes of the run; null if none has.</returns>
    internal static async Task<string?> FindAsync(
        Manifest run, string path, IEnumerable<string> roots, CancellationToken cancellationToken)
    {
        DatasetShard[] shards = [.. run.Datasets.Where(d => d.Path == path).SelectMany(d => d.Shards)];
        string start = $"{path}/";
        // Files beside a task file are no dataset of a root, and their paths may lead anywhere.
        bool isName = !Path.IsPathRooted(path) && path.Split('/').All(part => part.Length > 0 && part[0] != '.');
        if (!isName || !shards.All(s => s.File.StartsWith(start, StringComparison.Ordinal)))
            return null;
        foreach (string folder in roots.SelectMany(root => Folders(root, path)).Select(Path.GetFullPath).Distinct())
        {
            bool isIt = true;
            foreach (DatasetShard shard in shards.TakeWhile(_ => isIt))
            {
                string file = Path.Combine([folder, .. shard.File[start.Length..].Split('/')]);
                isIt = await HasHashAsync(file, shard.Sha256, cancellationToken).ConfigureAwait(false);
            }

            if (isIt)
                return folder;
        }

        return null;
    }

    private static IEnumerable<string> Folders(string root, string path)
    {
        string plain = Path.Combine([root, .. path.Split('/')]);
        IEnumerable<string> snapshots = HubRepository.NamePattern().IsMatch(path)
            ? new HubCache(root).AllSnapshots(new HubRepository(HubKind.Dataset, path, HubRepository.DefaultRevision))
            : [];
        return (Directory.Exists(plain) ? (string[])[plain] : []).Concat(snapshots);
    }

    private static async Task<bool> HasHashAsync(string file, string hash, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
            return false;
        using FileStream stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false)) == hash;
    }

    /// <summary>
    /// Makes a folder of datasets in which each dataset is a link to a folder, or a copy of it where links are not allowed.
    /// </summary>
    /// <param name="root">The folder; one that an earlier search left is made anew.</param>
    /// <param name="folders">The folder of each dataset, by its name.</param>
    internal static void Gather(string root, IReadOnlyDictionary<string, string> folders)
    {
        foreach ((string path, string folder) in folders)
        {
            string link = Path.GetFullPath(Path.Combine([root, .. path.Split('/')]));
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            if (Directory.Exists(link))
                Directory.Delete(link, recursive: new DirectoryInfo(link).LinkTarget is null);
            try
            {
                Directory.CreateSymbolicLink(link, folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Copy(folder, link);
            }
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
