namespace EvalHarness.Engines;

/// <summary>What went to a host over the network, and came back.</summary>
/// <param name="Requests">HTTP requests, repeated ones included.</param>
/// <param name="Repeated">Those of them that repeat one that failed.</param>
/// <param name="BytesSent">Everything on the wire above TCP: headers and encryption too.</param>
/// <param name="BytesReceived">The same, of what came back.</param>
public sealed record HostTraffic(long Requests, long Repeated, long BytesSent, long BytesReceived)
{
    /// <summary>What two engines of one run sent, by host.</summary>
    internal static IReadOnlyDictionary<string, HostTraffic> Joined(
        IReadOnlyDictionary<string, HostTraffic> one, IReadOnlyDictionary<string, HostTraffic> other) =>
        one.Concat(other).GroupBy(t => t.Key, t => t.Value).ToDictionary(
            host => host.Key,
            host => host.Aggregate((sum, t) => new HostTraffic(
                sum.Requests + t.Requests,
                sum.Repeated + t.Repeated,
                sum.BytesSent + t.BytesSent,
                sum.BytesReceived + t.BytesReceived)));
}

/// <summary>An engine that sends requests to other programs, on this machine or on others.</summary>
public interface IRemoteEngine : IEngine
{
    /// <summary>What went where so far, by "host:port".</summary>
    IReadOnlyDictionary<string, HostTraffic> Traffic { get; }
}
