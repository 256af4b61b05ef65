namespace EvalHarness.Results;

/// <summary>
/// Writes what a start has spent so far into the manifest while the start runs, because a start that is killed writes nothing at its end.
/// </summary>
internal sealed class SessionCheckpoints : IAsyncDisposable
{
    /// <summary>What a start that is killed spends without its being written down takes no longer than this.</summary>
    internal static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly RunFolder _folder;
    private readonly Func<Manifest> _now;
    private readonly PeriodicTimer _timer;
    private readonly Task _writing;

    /// <param name="folder">Whose manifest is written. Nobody else may write it before this object is disposed.</param>
    /// <param name="now">Gives the manifest with what has been spent; it is called by another thread than the run's.</param>
    /// <param name="time">Says when the next one is due.</param>
    internal SessionCheckpoints(RunFolder folder, Func<Manifest> now, TimeProvider time)
    {
        (_folder, _now, _timer) = (folder, now, new PeriodicTimer(Interval, time));
        _writing = WriteAllAsync();
    }

    private async Task WriteAllAsync()
    {
        while (await _timer.WaitForNextTickAsync().ConfigureAwait(false))
            await WriteAsync().ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        try
        {
            await _folder.WriteManifestAsync(_now()).ConfigureAwait(false);
        }
        catch (EvalException)
        {
            // The manifest stays as it was. Where the disk is full, the journal says so and ends the run; where the folder can no longer
            // be written to, the manifest at the end does.
        }
    }

    /// <summary>Writes a last time, for a start that ends by an error that no end is written for.</summary>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _writing.ConfigureAwait(false);
        await WriteAsync().ConfigureAwait(false);
    }
}
