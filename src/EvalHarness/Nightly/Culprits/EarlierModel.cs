using System.Security.Cryptography;
using EvalHarness.Data.Hub;
using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Nightly.Culprits;

/// <summary>A model of the hub as an earlier run had it: in another snapshot of the cache.</summary>
internal static class EarlierModel
{
    /// <param name="run">The earlier run.</param>
    /// <param name="cache">The hub's cache.</param>
    /// <param name="cancellationToken">Stops hashing.</param>
    /// <returns>
    /// The model's name with the commit of the first snapshot that has all files of the run; null if none has, and for a model that is a
    /// folder.
    /// </returns>
    internal static async Task<string?> FindAsync(Manifest run, HubCache cache, CancellationToken cancellationToken)
    {
        if (Directory.Exists(run.Options.Model) || run.Model.Files.Count == 0 || HubModel.Parse(run.Options.Model) is not { } model)
            return null;
        foreach (string snapshot in cache.AllSnapshots(model.Repository))
        {
            string folder = Path.Combine([snapshot, .. model.Folder.Split('/')]);
            bool isIt = true;
            // The smallest files first: most of what differs is seen without hashing the weights.
            foreach (ModelFile file in run.Model.Files.OrderBy(f => f.Bytes).TakeWhile(_ => isIt))
                isIt = await IsAsync(Path.Combine([folder, .. file.Name.Split('/')]), file, cancellationToken).ConfigureAwait(false);
            string name = model.Folder.Length == 0 ? model.Repository.Name : $"{model.Repository.Name}/{model.Folder}";
            if (isIt)
                return $"{name}@{Path.GetFileName(snapshot)}";
        }

        return null;
    }

    private static async Task<bool> IsAsync(string path, ModelFile file, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
            return false;
        using FileStream stream = File.OpenRead(path);
        return stream.Length == file.Bytes
            && Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false)) == file.Sha256;
    }
}
