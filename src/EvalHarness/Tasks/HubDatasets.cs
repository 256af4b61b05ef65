using EvalHarness.Data;
using EvalHarness.Data.Hub;

namespace EvalHarness.Tasks;

/// <summary>What tasks need of the hub.</summary>
public static class HubDatasets
{
    /// <summary>The branch on which the hub keeps every dataset as Parquet.</summary>
    public const string Converted = "refs/convert/parquet";

    /// <summary>The splits that tasks read.</summary>
    /// <param name="tasks">With the number of shots in effect.</param>
    public static IReadOnlyList<DatasetName> Of(IEnumerable<(TaskDefinition Task, int Shots)> tasks) =>
    [
        .. tasks.SelectMany(t => t.Shots > 0 && t.Task.FewShot.Samples is null ? [t.Task.EvaluationSplit, t.Task.FewShot.Split] : (string[])[t.Task.EvaluationSplit], (t, split) => t.Task.Dataset(split)).Distinct(),
    ];

    /// <summary>Those that are under none of the roots.</summary>
    public static IReadOnlyList<DatasetName> Missing(IReadOnlyList<DatasetName> names, IReadOnlyList<string> roots) => [.. names.Where(n => !ShardLayout.IsThere(roots, n))];

    /// <summary>A listing that has all of these splits of one dataset, and their files: of the pinned revision, else of main, else of the converted branch.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: refused; <see cref="ExitCode.Data"/>: no revision has them as Parquet, or a file is not the pinned one.</exception>
    public static async Task<(HubListing Listing, IReadOnlyList<HubFile> Files)> FindAsync(HubConnection hub, IReadOnlyList<DatasetName> splits, CancellationToken cancellationToken)
    {
        string repository = splits[0].Path;
        PinnedDataset? pinned = DatasetSources.Known.Of(repository);
        if (pinned is { Revision: null })
            throw new EvalException(ExitCode.Data, $"dataset {repository} is part of EvalHarness's repository (folder datasets) and not on the hub; give that folder with --datasets");
        HubRepository first = pinned?.Hub ?? HubRepository.Parse(HubKind.Dataset, repository);
        foreach (HubRepository revision in (HubRepository[])[first, first with { Revision = Converted }])
        {
            HubListing listing = await hub.ListAsync(revision, cancellationToken).ConfigureAwait(false);
            List<HubFile>[] found = [.. splits.Select(s => listing.Files.Where(f => ShardLayout.Belongs(f.Path, s)).ToList())];
            if (found.Any(f => f.Count == 0))
                continue;
            HubFile[] files = [.. found.SelectMany(f => f).Distinct()];
            return files.FirstOrDefault(f => f.IsSha256 && revision == first && DatasetSources.Known.IsPinned(repository, f.Path, f.Hash) == false) is { } other
                ? throw new EvalException(ExitCode.Data, $"{revision}: {other.Path} has SHA-256 {other.Hash} on the hub, and another in sources.yaml; the dataset was changed, and scores on it are others")
                : (listing, files);
        }

        throw new EvalException(ExitCode.Data, $"{first}: neither it nor its branch {Converted} has Parquet files of {string.Join(", ", splits.Select(s => $"{s.Config ?? "default"}/{s.Split}"))}");
    }
}
