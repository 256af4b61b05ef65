using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Transport;

/// <summary>Counts what goes to the endpoint and comes back. Several threads may use one instance.</summary>
/// <param name="host">"host:port" of the endpoint.</param>
internal sealed class Traffic(string host)
{
    private long _requests;
    private long _repeated;
    private long _sent;
    private long _received;

    /// <summary>By host; empty as long as nothing was sent.</summary>
    internal IReadOnlyDictionary<string, HostTraffic> Hosts => Interlocked.Read(ref _requests) == 0
        ? new Dictionary<string, HostTraffic>()
        : new Dictionary<string, HostTraffic>
        {
            [host] = new(
                Interlocked.Read(ref _requests),
                Interlocked.Read(ref _repeated),
                Interlocked.Read(ref _sent),
                Interlocked.Read(ref _received)),
        };

    internal void CountRequest(bool repeated)
    {
        Interlocked.Increment(ref _requests);
        if (repeated)
            Interlocked.Increment(ref _repeated);
    }

    internal void CountSent(int bytes) => Interlocked.Add(ref _sent, bytes);

    internal void CountReceived(int bytes) => Interlocked.Add(ref _received, bytes);
}
