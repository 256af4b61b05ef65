using System.Reflection;
using System.Text.RegularExpressions;
using EvalHarness.Data.Hub;
using EvalHarness.Files;

namespace EvalHarness.Data;

/// <summary>The origin of the built-in tasks' datasets, as <c>datasets/sources.yaml</c> lists it.</summary>
internal sealed partial record DatasetSources
{
    private const string Resource = "sources.yaml";

    public required IReadOnlyList<PinnedDataset> Datasets { get; init; }

    /// <summary>The content of <c>datasets/sources.yaml</c>, which is embedded in the program.</summary>
    public static DatasetSources Known { get; } = Load();

    /// <summary>The entry of a repository; null if it is not listed.</summary>
    public PinnedDataset? Of(string repository) => Datasets.FirstOrDefault(d => d.Repository == repository);

    /// <returns>
    /// Whether the file has the pinned hash; null if no hash is pinned for it or for another shard of its split. Where other shards of its
    /// split are pinned, this one is not among them, so that it is not the pinned data.
    /// </returns>
    public bool? IsPinned(string repository, string path, string sha256) =>
        PinnedHash(repository, path) is { } pinned
            ? pinned == sha256
            : Of(repository)?.Files.Any(f => f.Sha256 is not null && Split(f.Path) == Split(path)) is true ? false : null;

    /// <summary>The path without the number of the shard: <c>main/test-00000-of-00001.parquet</c> is one of <c>main/test</c>.</summary>
    private static string Split(string path) => ShardNumber().Replace(path, "");

    [GeneratedRegex(@"(-\d+-of-\d+)?\.parquet$")]
    private static partial Regex ShardNumber();

    /// <returns>The SHA-256 that is pinned for a file, in lower-case hexadecimal; null if none is.</returns>
    public string? PinnedHash(string repository, string path) =>
        Of(repository)?.Files.FirstOrDefault(f => f.Path == path)?.Sha256;

    private static DatasetSources Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return SettingsFile.Parse<DatasetSources>(reader.ReadToEnd(), Resource, ExitCode.Bug);
    }
}

internal sealed record PinnedDataset
{
    public required string Repository { get; init; }

    /// <summary>The pinned revision; null for a dataset that is stored in EvalHarness's own repository instead of the hub.</summary>
    public string? Revision { get; init; }

    public IReadOnlyList<PinnedFile> Files { get; init; } = [];

    public HubRepository Hub => new(HubKind.Dataset, Repository, Revision ?? HubRepository.DefaultRevision);
}

internal sealed record PinnedFile
{
    public required string Path { get; init; }

    /// <summary>The SHA-256 in lower-case hexadecimal; null if it has not been recorded.</summary>
    public string? Sha256 { get; init; }
}
