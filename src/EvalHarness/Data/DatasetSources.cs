using System.Reflection;
using EvalHarness.Data.Hub;
using EvalHarness.Files;

namespace EvalHarness.Data;

/// <summary>Where the built-in tasks' datasets come from: <c>datasets/sources.yaml</c>.</summary>
public sealed record DatasetSources
{
    private const string Resource = "sources.yaml";

    public required IReadOnlyList<PinnedDataset> Datasets { get; init; }

    /// <summary>Those that come with the program.</summary>
    public static DatasetSources Known { get; } = Load();

    public PinnedDataset? Of(string repository) => Datasets.FirstOrDefault(d => d.Repository == repository);

    /// <returns>Whether a file is the pinned one; null where none is pinned.</returns>
    public bool? IsPinned(string repository, string path, string sha256) =>
        Of(repository)?.Files.FirstOrDefault(f => f.Path == path)?.Sha256 is { } pinned ? pinned == sha256 : null;

    private static DatasetSources Load()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return SettingsFile.Parse<DatasetSources>(reader.ReadToEnd(), Resource, ExitCode.Bug);
    }
}

public sealed record PinnedDataset
{
    public required string Repository { get; init; }

    /// <summary>Null for what lies in this repository and not on the hub.</summary>
    public string? Revision { get; init; }

    public IReadOnlyList<PinnedFile> Files { get; init; } = [];

    public HubRepository Hub => new(HubKind.Dataset, Repository, Revision ?? HubRepository.DefaultRevision);
}

public sealed record PinnedFile
{
    public required string Path { get; init; }

    /// <summary>Null where nobody recorded it.</summary>
    public string? Sha256 { get; init; }
}
