using System.Globalization;
using EvalHarness.Data;
using EvalHarness.Data.Hub;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Cli;

/// <summary>Downloads from the hub for a command. It first announces what it downloads and how many megabytes that is.</summary>
internal sealed class HubFetch : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly HubConnection _hub;
    private readonly HubCache _cache;
    private readonly HubDownload _download;
    private readonly Action<string> _say;
    private readonly TextWriter? _progress;

    /// <param name="say">Receives the announcement of each download.</param>
    /// <param name="progress">The terminal that shows how many megabytes have arrived, or null to show nothing.</param>
    internal HubFetch(Action<string> say, TextWriter? progress)
    {
        var settings = HubSettings.FromEnvironment();
        _hub = new HubConnection(settings, TimeProvider.System);
        _cache = new HubCache(settings.Cache);
        _download = new HubDownload(_hub, _cache, TimeProvider.System);
        (_say, _progress) = (say, progress);
    }

    /// <summary>Standard error if it is a terminal and progress is wanted; null otherwise.</summary>
    internal static TextWriter? ProgressOn(TextWriter error, bool quiet) =>
        !quiet && ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected ? error : null;

    /// <summary>Downloads the datasets and the model that a run needs and that are missing; if none is, the network is not used.</summary>
    internal static async Task ForRunAsync(
        RunOptions options, Action<string> say, TextWriter? progress, CancellationToken cancellationToken)
    {
        TaskSelection selection = TaskPython.Described(options).Select(options.Tasks);
        IReadOnlyList<DatasetName> missing =
            HubDatasets.Missing(HubDatasets.Of(selection.Runs(options)), DatasetRoots.Of(options.Datasets));
        if (missing.Count > 0 && options.Datasets.Count > 0)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"--download fetches into the hub's cache, but --datasets {string.Join(" --datasets ", options.Datasets)} is to be read, "
                + $"and lacks {missing[0]}; "
                + "leave --datasets out");
        }

        var cache = new HubCache(HubSettings.FromEnvironment().Cache);
        string[] named = options.Judge is { } judge ? [options.Model, judge] : [options.Model];
        HubModel[] models =
        [
            .. named.Where(m => !Directory.Exists(m)).Select(HubModel.Parse).OfType<HubModel>().Where(m => m.FindIn(cache) is null),
        ];
        if (missing.Count == 0 && models.Length == 0)
            return;
        using var hub = new HubFetch(say, progress);
        if (missing.Count > 0)
            await hub.DatasetsAsync(missing, cancellationToken).ConfigureAwait(false);
        foreach (HubModel model in models)
            await hub.ModelAsync(model, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The folder of the snapshot.</returns>
    internal async Task<string> FilesAsync(HubRepository repository, IReadOnlyList<string> globs, CancellationToken cancellationToken)
    {
        HubListing listing = await _hub.ListAsync(repository, cancellationToken).ConfigureAwait(false);
        return await FetchAsync(listing, HubModel.Matching(listing, globs), cancellationToken).ConfigureAwait(false);
    }

    internal async Task<string> ModelAsync(HubModel model, CancellationToken cancellationToken)
    {
        HubListing listing = await _hub.ListAsync(model.Repository, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<HubFile> files = model.Files(listing);
        if (files.Count == 0)
        {
            throw new EvalException(
                ExitCode.Hub,
                $"{model.Repository}: has no folder {model.Folder}; "
                + $"it has {string.Join(", ", listing.Files.Select(f => f.Path).Take(8))}");
        }

        return await FetchAsync(listing, files, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The folders of the snapshots, one per dataset.</returns>
    internal async Task<IReadOnlyList<string>> DatasetsAsync(IReadOnlyList<DatasetName> splits, CancellationToken cancellationToken)
    {
        var snapshots = new List<string>();
        foreach (IGrouping<string, DatasetName> dataset in splits.GroupBy(s => s.Path))
        {
            (HubListing listing, IReadOnlyList<HubFile> files) =
                await HubDatasets.FindAsync(_hub, [.. dataset], cancellationToken).ConfigureAwait(false);
            snapshots.Add(await FetchAsync(listing, files, cancellationToken).ConfigureAwait(false));
        }

        return snapshots;
    }

    private async Task<string> FetchAsync(HubListing listing, IReadOnlyList<HubFile> files, CancellationToken cancellationToken)
    {
        IReadOnlyList<HubFile> missing = _download.Missing(listing, files);
        string already = missing.Count == files.Count ? "" : $" ({files.Count - missing.Count} are there already)";
        long total = missing.Sum(f => f.Size), before = _download.Fetched;
        _say(string.Create(
            CultureInfo.InvariantCulture,
            $"{listing.Repository}, commit {listing.Commit}: fetching {missing.Count} files, {total / 1e6:0.0} MB{already}"));
        using ITimer? timer = _progress is null ? null : TimeProvider.System.CreateTimer(
            _ => _progress.Write(string.Create(
                CultureInfo.InvariantCulture, $"\r\x1b[K{(_download.Fetched - before) / 1e6:0.0} of {total / 1e6:0.0} MB")),
            null,
            Look,
            Look);
        try
        {
            return await _download.FetchAsync(listing, files, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _progress?.Write("\r\x1b[K");
        }
    }

    public void Dispose() => _hub.Dispose();
}
