using System.IO.Enumeration;

namespace EvalHarness.Data.Hub;

/// <summary>Models named as on the hub: ORG/NAME, a folder in it, a revision.</summary>
/// <param name="Repository">ORG/NAME@REVISION.</param>
/// <param name="Folder">In the repository; empty for its top.</param>
public sealed record HubModel(HubRepository Repository, string Folder)
{
    /// <param name="model">ORG/NAME, ORG/NAME/FOLDER, each also with @REVISION.</param>
    /// <returns>Null where it is no such name.</returns>
    public static HubModel? Parse(string model)
    {
        (string path, string revision) = model.Split('@', 2) is [var left, var right] ? (left, right) : (model, HubRepository.DefaultRevision);
        string[] parts = path.Split('/');
        return parts.Length >= 2 && HubRepository.NamePattern().IsMatch($"{parts[0]}/{parts[1]}") && HubRepository.IsRevision(revision) && parts.All(p => p is not ("" or "." or ".."))
            ? new HubModel(new HubRepository(HubKind.Model, $"{parts[0]}/{parts[1]}", revision), string.Join('/', parts[2..]))
            : null;
    }

    /// <summary>The last part of its name, for tables and folders.</summary>
    public string Name => Folder.Length > 0 ? Folder.Split('/')[^1] : Repository.Name.Split('/')[^1];

    /// <summary>Where it lies in the cache; null where it does not.</summary>
    public string? FindIn(HubCache cache) =>
        cache.FindSnapshot(Repository) is { } snapshot && Path.Combine([snapshot, .. Folder.Split('/')]) is var folder && File.Exists(Path.Combine(folder, "genai_config.json")) ? folder : null;

    /// <summary>Its files, of all that a repository has.</summary>
    public IReadOnlyList<HubFile> Files(HubListing listing) => [.. listing.Files.Where(f => Folder.Length == 0 || f.Path.StartsWith(Folder + "/", StringComparison.Ordinal))];

    /// <summary>Files that one of the globs fits; all for none. A * also stands for slashes, as in the Python library.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: none does.</exception>
    public static IReadOnlyList<HubFile> Matching(HubListing listing, IReadOnlyList<string> globs)
    {
        HubFile[] files = [.. listing.Files.Where(f => globs.Count == 0 || globs.Any(g => FileSystemName.MatchesSimpleExpression(g, f.Path, ignoreCase: false)))];
        return files.Length > 0 ? files : throw new EvalException(ExitCode.Hub, $"{listing.Repository}: none of its {listing.Files.Count} files fits {string.Join(", ", globs)}; it has {string.Join(", ", listing.Files.Select(f => f.Path).Take(8))}");
    }
}
