using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace EvalHarness.Engines;

/// <summary>Answers many requests, some of them at once.</summary>
internal static class ConcurrentAnswers
{
    /// <summary>
    /// Takes the next work only when a worker is free, and waits while nobody reads the responses, so that memory does not grow with the
    /// work. When a worker throws, no more work is taken; what is under way is finished and returned, and then the exception is thrown.
    /// </summary>
    /// <param name="work">Read by one worker at a time.</param>
    /// <param name="workers">Pieces of work at once.</param>
    /// <param name="answer">Does one piece, and hands on each response as soon as it is there.</param>
    /// <param name="cancellationToken">Ends the work that is under way.</param>
    internal static async IAsyncEnumerable<Response> RunAsync<T>(
        IEnumerable<T> work,
        int workers,
        Func<T, Func<Response, ValueTask>, CancellationToken, Task> answer,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<Response>(workers);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IEnumerator<T> pieces = work.GetEnumerator();
        var taking = new Lock();
        bool isEnded = false;
        bool TryTake(out T piece)
        {
            lock (taking)
            {
                isEnded = isEnded || !pieces.MoveNext();
                piece = isEnded ? default! : pieces.Current;
                return !isEnded;
            }
        }

        async Task WorkAsync()
        {
            try
            {
                while (TryTake(out T piece))
                {
                    stopping.Token.ThrowIfCancellationRequested();
                    await answer(piece, response => channel.Writer.WriteAsync(response, stopping.Token), stopping.Token)
                        .ConfigureAwait(false);
                }
            }
            catch
            {
                lock (taking)
                    isEnded = true;
                throw;
            }
        }

        async Task WorkTogetherAsync()
        {
            try
            {
                await Task
                    .WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(WorkAsync, CancellationToken.None)))
                    .ConfigureAwait(false);
            }
            finally
            {
                channel.Writer.Complete();
            }
        }

        Task all = WorkTogetherAsync();
        try
        {
            await foreach (Response response in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return response;
            await all.ConfigureAwait(false);
        }
        finally
        {
            await stopping.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
