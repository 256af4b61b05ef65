namespace EvalHarness.OpenAI.Transport;

/// <summary>
/// Holds all requests back while the server asks for time: one answer "too many requests" is enough, and the others need not hear it
/// for themselves.
/// </summary>
internal sealed class HostGate(TimeProvider time)
{
    private readonly Lock _lock = new();
    private DateTimeOffset _opens = DateTimeOffset.MinValue;

    /// <summary>Closes the gate for a time from now on; a gate that is closed for longer stays so.</summary>
    internal void Close(TimeSpan wait)
    {
        lock (_lock)
        {
            DateTimeOffset opens = time.GetUtcNow() + wait;
            if (opens > _opens)
                _opens = opens;
        }
    }

    internal async Task PassAsync(CancellationToken cancellationToken)
    {
        // It can be closed again while this request waits.
        while (Left() is { } left && left > TimeSpan.Zero)
            await Task.Delay(left, time, cancellationToken).ConfigureAwait(false);
    }

    private TimeSpan Left()
    {
        lock (_lock)
            return _opens - time.GetUtcNow();
    }
}
