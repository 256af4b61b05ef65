using EvalHarness.Files;

namespace EvalHarness.Data.Hub;

/// <summary>
/// The cache that Hugging Face's Python tools use as well. A folder such as <c>models--ORG--NAME</c> contains <c>blobs/HASH</c>,
/// <c>snapshots/COMMIT/PATH</c> (links to blobs, or the files themselves if the system allows no links) and <c>refs/REVISION</c> (a file
/// with the revision's commit).
/// </summary>
/// <remarks>Source: huggingface_hub's documentation, "Understand caching".</remarks>
/// <param name="root">The folder of the cache, HF_HUB_CACHE.</param>
internal sealed class HubCache(string root)
{
    private const string Blobs = "blobs", Snapshots = "snapshots", Refs = "refs";

    public string Root => root;

    private string Of(HubRepository repository, params string[] parts) => Path.Combine([root, repository.Folder, .. parts]);

    internal string Blob(HubRepository repository, HubFile file) => Of(repository, Blobs, file.Hash);

    internal string Partial(HubRepository repository, HubFile file) => Blob(repository, file) + ".incomplete";

    public string Snapshot(HubRepository repository, string commit) => Of(repository, Snapshots, commit);

    internal static string FileIn(string snapshot, HubFile file) => Path.Combine([snapshot, .. file.Path.Split('/')]);

    /// <summary>The snapshot folder of a revision; null if nothing of it is in the cache.</summary>
    public string? FindSnapshot(HubRepository repository)
    {
        string? commit = HubRepository.IsCommit(repository.Revision) ? repository.Revision : FindCommit(repository);
        return commit is not null && Snapshot(repository, commit) is var folder && Directory.Exists(folder) ? folder : null;
    }

    /// <summary>The snapshot folders of all revisions of a repository that are in the cache.</summary>
    internal IEnumerable<string> AllSnapshots(HubRepository repository) =>
        Of(repository, Snapshots) is var folder && Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            : [];

    private string? FindCommit(HubRepository repository)
    {
        string file = Of(repository, [Refs, .. repository.Revision.Split('/')]);
        return HubRepository.IsRevision(repository.Revision)
            && File.Exists(file)
            && File.ReadAllText(file).Trim() is var commit
            && HubRepository.IsCommit(commit)
            ? commit
            : null;
    }

    internal void WriteRef(HubRepository repository, string commit)
    {
        if (repository.Revision == commit)
            return;
        string file = Of(repository, [Refs, .. repository.Revision.Split('/')]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, commit);
    }

    /// <summary>Waits for the lock file that the Python library uses too, so that both never download the same file at once.</summary>
    internal async Task<FileStream> LockAsync(
        HubRepository repository, HubFile file, TimeProvider time, CancellationToken cancellationToken)
    {
        string path = Path.Combine(root, ".locks", repository.Folder, $"{file.Hash}.lock");
        while (true)
        {
            if (FileLock.Take(path, keep: true) is { } held)
                return held;
            await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds a blob to a snapshot under the file's own path, as a relative symbolic link.</summary>
    internal void Link(HubRepository repository, string commit, HubFile file)
    {
        string path = FileIn(Snapshot(repository, commit), file), blob = Blob(repository, file);
        if (File.Exists(path))
            return;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // File.Exists is false for a link whose blob was removed, and such a link would prevent the creation of a new one.
        File.Delete(path);
        try
        {
            File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, blob));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows does not let every user create links. In that case the Python library moves the file into the snapshot, too.
            File.Move(blob, path);
        }
    }
}
