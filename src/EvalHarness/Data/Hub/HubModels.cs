using System.IO.Enumeration;

namespace EvalHarness.Data.Hub;

/// <summary>A model on the hub: a folder of a repository at a revision.</summary>
/// <param name="Repository">The repository with its revision.</param>
/// <param name="Folder">The folder in the repository that contains the model; empty for the top folder.</param>
internal sealed record HubModel(HubRepository Repository, string Folder)
{
    /// <param name="model">ORG/NAME or ORG/NAME/FOLDER, optionally followed by @REVISION.</param>
    /// <returns>Null if the text is not such a name.</returns>
    public static HubModel? Parse(string model)
    {
        (string path, string revision) = model.Split('@', 2) is [var left, var right]
            ? (left, right)
            : (model, HubRepository.DefaultRevision);
        string[] parts = path.Split('/');
        return parts.Length >= 2
            && HubRepository.NamePattern().IsMatch($"{parts[0]}/{parts[1]}")
            && HubRepository.IsRevision(revision)
            && parts.All(p => p is not ("" or "." or ".."))
            ? new HubModel(new HubRepository(HubKind.Model, $"{parts[0]}/{parts[1]}", revision), string.Join('/', parts[2..]))
            : null;
    }

    /// <summary>The last part of the model's name, which tables and result folders show.</summary>
    public string Name => Folder.Length > 0 ? Folder.Split('/')[^1] : Repository.Name.Split('/')[^1];

    /// <summary>The model's folder in the cache; null if the cache does not contain the model.</summary>
    public string? FindIn(HubCache cache) =>
        cache.FindSnapshot(Repository) is { } snapshot
        && Path.Combine([snapshot, .. Folder.Split('/')]) is var folder
        && File.Exists(Path.Combine(folder, "genai_config.json"))
            ? folder
            : null;

    /// <summary>The files of a listing that belong to this model, that is, the files in its folder.</summary>
    public IReadOnlyList<HubFile> Files(HubListing listing) =>
        [.. listing.Files.Where(f => Folder.Length == 0 || f.Path.StartsWith(Folder + "/", StringComparison.Ordinal))];

    /// <summary>
    /// The files that match at least one of the globs, or all files if there are no globs. A * matches slashes too, as in the Python
    /// library.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: no file matches.</exception>
    public static IReadOnlyList<HubFile> Matching(HubListing listing, IReadOnlyList<string> globs)
    {
        bool IsMatch(HubFile file) =>
            globs.Count == 0 || globs.Any(g => FileSystemName.MatchesSimpleExpression(g, file.Path, ignoreCase: false));
        HubFile[] files = [.. listing.Files.Where(IsMatch)];
        return files.Length > 0
            ? files
            : throw new EvalException(
                ExitCode.Hub,
                $"{listing.Repository}: none of its {listing.Files.Count} files matches {string.Join(", ", globs)}; "
                + $"it has {string.Join(", ", listing.Files.Select(f => f.Path).Take(8))}");
    }
}
