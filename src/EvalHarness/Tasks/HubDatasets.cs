using EvalHarness.Data;
using EvalHarness.Data.Hub;

namespace EvalHarness.Tasks;

/// <summary>Finds the files of the datasets that tasks need on the Hugging Face hub.</summary>
internal static class HubDatasets
{
    /// <summary>The branch on which the hub keeps a copy of every dataset that is converted to Parquet.</summary>
    public const string Converted = "refs/convert/parquet";

    /// <summary>Returns the splits of the hub that tasks read, each once.</summary>
    public static IReadOnlyList<DatasetName> Of(IEnumerable<TaskRun> tasks) =>
        [.. tasks.SelectMany(Splits).Where(n => n.Files is not { IsLocal: true }).Distinct()];

    /// <summary>Returns the splits that a task reads, wherever they are.</summary>
    internal static IEnumerable<DatasetName> Splits(TaskRun task) =>
        ((string?[])[task.Definition.EvaluationSplit, task.FewShotSplit]).OfType<string>().Select(task.Definition.Dataset);

    /// <summary>Returns those splits that are not stored under any of the dataset folders.</summary>
    public static IReadOnlyList<DatasetName> Missing(IReadOnlyList<DatasetName> names, IReadOnlyList<string> roots) =>
        [.. names.Where(n => !DatasetFolder.IsThere(roots, n))];

    /// <summary>
    /// Finds the files of splits of one dataset. It looks in the pinned revision, or in main if none is pinned, and then in the branch
    /// <see cref="Converted"/>.
    /// </summary>
    /// <returns>The listing of the first revision that has all of the splits, and their files in it.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Hub"/>: the hub refuses access. <see cref="ExitCode.Data"/>: no revision has all of the splits, or
    /// the content of a file is not the pinned one.
    /// </exception>
    public static async Task<(HubListing Listing, IReadOnlyList<HubFile> Files)> FindAsync(
        HubConnection hub, IReadOnlyList<DatasetName> splits, CancellationToken cancellationToken)
    {
        string repository = splits[0].Path;
        PinnedDataset? pinned = DatasetSources.Known.Of(repository);
        if (pinned is { Revision: null })
        {
            throw new EvalException(
                ExitCode.Data,
                $"dataset {repository} is part of EvalHarness's repository (folder datasets) and not on the hub; "
                + "give that folder with --datasets");
        }

        bool IsChanged(HubFile file) =>
            file.IsSha256 && DatasetSources.Known.IsPinned(repository, file.Path, file.Hash) == false;
        HubRepository first = pinned?.Hub ?? HubRepository.Parse(HubKind.Dataset, repository);
        var problems = new List<string>();
        foreach (HubRepository revision in (HubRepository[])[first, first with { Revision = Converted }])
        {
            HubListing listing = await hub.ListAsync(revision, cancellationToken).ConfigureAwait(false);
            HubFile? card = listing.Files.FirstOrDefault(f => f.Path == DatasetCard.FileName);
            DatasetCard? read = card is null
                ? null
                : DatasetCard.Read(
                    await hub.ReadTextAsync(listing, card, cancellationToken).ConfigureAwait(false), $"{revision}: {card.Path}");
            if (Files(listing, read, splits, problems) is not { } files)
                continue;
            if (revision == first && files.FirstOrDefault(IsChanged) is { } changed)
            {
                throw new EvalException(
                    ExitCode.Data,
                    $"{revision}: {changed.Path} has SHA-256 {changed.Hash} on the hub, and another in sources.yaml; "
                    + "the dataset was changed, and scores on it cannot be compared with earlier ones");
            }

            return (listing, card is null ? files : [.. files, card]);
        }

        string missing = string.Join(", ", splits.Select(s => $"{s.Config ?? "default"}/{s.Split}"));
        throw new EvalException(
            ExitCode.Data,
            $"{first}: neither this revision nor the branch {Converted} has data files of {missing}: {string.Join("; ", problems)}");
    }

    /// <returns>The files of all splits, each once; null if a split is not there.</returns>
    private static List<HubFile>? Files(HubListing listing, DatasetCard? card, IReadOnlyList<DatasetName> splits, List<string> problems)
    {
        var repository = new RepositoryFiles($"{listing.Repository}", [.. listing.Files.Select(f => f.Path)], card);
        var paths = new HashSet<string>();
        foreach (DatasetName split in splits)
        {
            if (repository.Find(split, out string problem) is not { } found)
            {
                problems.Add(problem);
                return null;
            }

            paths.UnionWith(found.Files);
            if (found.TypesFrom is { } types)
                paths.Add(types);
        }

        return [.. listing.Files.Where(f => paths.Contains(f.Path))];
    }
}
