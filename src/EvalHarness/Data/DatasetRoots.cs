using EvalHarness.Data.Hub;
using EvalHarness.Tasks;

namespace EvalHarness.Data;

/// <summary>Folders that hold datasets: <c>ORG/NAME</c>, or a cache of the hub with <c>datasets--ORG--NAME</c>.</summary>
public static class DatasetRoots
{
    private const string Own = "datasets";

    /// <summary>Of the quick tasks, a few kilobytes that come with the program.</summary>
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "datasets");

    /// <param name="datasets">As given with --datasets; null for the folder "datasets" and then the hub's cache.</param>
    public static IReadOnlyList<string> Of(string? datasets) => datasets is not null ? [datasets] : [Own, HubSettings.FromEnvironment().Cache];

    /// <summary>The first folder that a dataset has, the program's own being the last that is looked at; null where it has none.</summary>
    internal static string? Find(IReadOnlyList<string> roots, string repository) => roots.Append(Shipped).Select(root => Find(root, repository)).FirstOrDefault(f => f is not null);

    /// <summary>In a cache the pinned revision, else main.</summary>
    private static string? Find(string root, string repository)
    {
        string plain = Path.Combine([root, .. repository.Split('/')]);
        if (Directory.Exists(plain))
            return plain;
        if (!HubRepository.NamePattern().IsMatch(repository))
            return null;
        var cache = new HubCache(root);
        var main = new HubRepository(HubKind.Dataset, repository, HubRepository.DefaultRevision);
        return (DatasetSources.Known.Of(repository) is { } pinned ? cache.FindSnapshot(pinned.Hub) : null) ?? cache.FindSnapshot(main) ?? cache.FindSnapshot(main with { Revision = HubDatasets.Converted });
    }
}
