namespace EvalHarness.OpenAI.Transport;

/// <summary>
/// Counts the requests in a row that failed for good. A server that is gone would make an errored sample of every request; the run ends
/// instead, and keeps what it has.
/// </summary>
/// <param name="host">"host:port" of the endpoint.</param>
/// <param name="most">So many are too many.</param>
internal sealed class FailureStreak(string host, int most)
{
    private int _length;

    /// <summary>The server takes requests, whatever it says to this one.</summary>
    internal void End() => Interlocked.Exchange(ref _length, 0);

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: too many failed, and so does every request from now on.</exception>
    internal void Add(EndpointException failure)
    {
        if (Interlocked.Increment(ref _length) >= most)
            throw Ended(failure);
    }

    private EvalException Ended(EndpointException failure) => new(
        ExitCode.Model,
        $"{host} has failed {most} requests in a row, the last one with: {failure.Message}; what was answered before is kept, so see to "
        + "the server and continue the run with --resume",
        failure);
}
