using EvalHarness.Data.Hub;
using EvalHarness.Tasks;

namespace EvalHarness.Data;

/// <summary>
/// Finds datasets in root folders. A root contains either folders <c>ORG/NAME</c>, or folders <c>datasets--ORG--NAME</c> if it is a
/// cache of the Hugging Face hub.
/// </summary>
public static class DatasetRoots
{
    private const string Own = "datasets";

    /// <summary>The datasets of the quick tasks, a few kilobytes that are shipped with the program.</summary>
    private static readonly string Shipped = Path.Combine(AppContext.BaseDirectory, "datasets");

    /// <summary>The root folders to search, in this order.</summary>
    /// <param name="datasets">The values of --datasets. None stands for the folder "datasets", followed by the hub's cache.</param>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> datasets) =>
        datasets.Count > 0 ? datasets : [Own, HubSettings.FromEnvironment().Cache];

    /// <summary>
    /// The folder of a dataset in the first root that contains it; null if none does. The datasets shipped with the program are
    /// searched last.
    /// </summary>
    internal static string? Find(IReadOnlyList<string> roots, string repository) =>
        roots.Append(Shipped).Select(root => Find(root, repository)).FirstOrDefault(f => f is not null);

    /// <summary>In a cache of the hub, the pinned revision comes first, then main, then the hub's conversion to Parquet.</summary>
    private static string? Find(string root, string repository)
    {
        string plain = Path.Combine([root, .. repository.Split('/')]);
        if (Directory.Exists(plain))
            return plain;
        if (!HubRepository.NamePattern().IsMatch(repository))
            return null;
        var cache = new HubCache(root);
        var main = new HubRepository(HubKind.Dataset, repository, HubRepository.DefaultRevision);
        return (DatasetSources.Known.Of(repository) is { } pinned ? cache.FindSnapshot(pinned.Hub) : null)
            ?? cache.FindSnapshot(main)
            ?? cache.FindSnapshot(main with { Revision = HubDatasets.Converted });
    }
}
