using EvalHarness.OpenAI.Transport;

namespace EvalHarness.OpenAI.Engine;

/// <summary>
/// Sends the first requests one after the other, until one succeeds. If the server refuses several of them for what they ask, it refuses
/// the way in which all are asked, and the run ends before it has made an errored sample of each.
/// </summary>
/// <param name="host">The endpoint, for the message.</param>
internal sealed class FirstAnswers(string host) : IDisposable
{
    private const int Most = 3;

    private readonly SemaphoreSlim _oneByOne = new(1, 1);
    private volatile bool _succeeded;
    private int _refused;

    /// <summary>Waits until the request may be sent.</summary>
    internal async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        if (_succeeded)
            return Turn.None;
        await _oneByOne.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!_succeeded)
            return new Turn(_oneByOne);
        _oneByOne.Release();
        return Turn.None;
    }

    internal void Succeeded() => _succeeded = true;

    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the server has refused each request so far.</exception>
    internal void Failed(EndpointException failure)
    {
        bool isRefused = failure.Status is { } status && (int)status is >= 400 and < 500;
        if (!_succeeded && isRefused && ++_refused >= Most)
        {
            throw new EvalException(
                ExitCode.Model,
                $"{host} refuses each of the first {Most} requests, the last one with: {failure.Message}; change what it does not take, and "
                + "continue the run with --resume, or start another",
                failure);
        }
    }

    public void Dispose() => _oneByOne.Dispose();

    private sealed class Turn(SemaphoreSlim? semaphore) : IDisposable
    {
        internal static Turn None { get; } = new(null);

        public void Dispose() => semaphore?.Release();
    }
}
