using System.Globalization;
using EvalHarness.Documents;
using EvalHarness.Hub;

namespace EvalHarness.Cli;

/// <summary>Fetching as commands do it: what and how much is said first.</summary>
internal sealed class HubFetch : IDisposable
{
    private readonly HubConnection _hub;
    private readonly HubCache _cache;
    private readonly HubDownload _download;
    private readonly Action<string> _say;

    internal HubFetch(Action<string> say)
    {
        var settings = HubSettings.FromEnvironment();
        _hub = new HubConnection(settings, TimeProvider.System);
        _cache = new HubCache(settings.Cache);
        _download = new HubDownload(_hub, _cache, TimeProvider.System);
        _say = say;
    }

    /// <returns>The snapshot's folder.</returns>
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
            throw new EvalException(ExitCode.Hub, $"{model.Repository}: has no folder {model.Folder}; it has {string.Join(", ", listing.Files.Select(f => f.Path).Take(8))}");
        return await FetchAsync(listing, files, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>The snapshots' folders.</returns>
    internal async Task<IReadOnlyList<string>> DatasetsAsync(IReadOnlyList<DatasetName> splits, CancellationToken cancellationToken)
    {
        var snapshots = new List<string>();
        foreach (IGrouping<string, DatasetName> dataset in splits.GroupBy(s => s.Path))
        {
            (HubListing listing, IReadOnlyList<HubFile> files) = await HubDatasets.FindAsync(_hub, [.. dataset], cancellationToken).ConfigureAwait(false);
            snapshots.Add(await FetchAsync(listing, files, cancellationToken).ConfigureAwait(false));
        }

        return snapshots;
    }

    private async Task<string> FetchAsync(HubListing listing, IReadOnlyList<HubFile> files, CancellationToken cancellationToken)
    {
        IReadOnlyList<HubFile> missing = _download.Missing(listing, files);
        string already = missing.Count == files.Count ? "" : $" ({files.Count - missing.Count} are there already)";
        _say(string.Create(CultureInfo.InvariantCulture, $"{listing.Repository}, commit {listing.Commit}: fetching {missing.Count} files, {missing.Sum(f => f.Size) / 1e6:0.0} MB{already}"));
        return await _download.FetchAsync(listing, files, cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _hub.Dispose();
}
