using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Answers requests side by side, and holds no more of them in memory than are under way.</summary>
internal static class Concurrently
{
    /// <param name="items">What is asked. They are made one by one, when one can be sent.</param>
    /// <param name="count">How many are under way at once, 1 or more.</param>
    /// <param name="answer">Answers one.</param>
    /// <param name="cancellationToken">Ends it; those under way are given up.</param>
    /// <returns>The answers as they come. When the budget is reached, those under way come before the exception.</returns>
    internal static async IAsyncEnumerable<Response> RunAsync<T>(
        IEnumerable<T> items,
        int count,
        Func<T, CancellationToken, Task<Response>> answer,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateBounded<Response>(new BoundedChannelOptions(count) { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IEnumerator<T> left = items.GetEnumerator();
        bool TryTake(out T item)
        {
            lock (left)
            {
                bool any = left.MoveNext();
                item = any ? left.Current : default!;
                return any;
            }
        }

        Exception? last = null;
        async Task WorkAsync()
        {
            try
            {
                while (last is null && TryTake(out T item))
                    await channel.Writer.WriteAsync(await answer(item, stop.Token).ConfigureAwait(false), stop.Token).ConfigureAwait(false);
            }
            catch (EvalException e) when (e.ExitCode == ExitCode.BudgetReached)
            {
                last = e;
            }
#pragma warning disable CA1031 // The exception is passed to the reader of the channel, where it is thrown.
            catch (Exception e)
#pragma warning restore CA1031
            {
                channel.Writer.TryComplete(e);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }

        Task all = Task.WhenAll(Enumerable.Range(0, count).Select(_ => Task.Run(WorkAsync, CancellationToken.None)));
        _ = all.ContinueWith(
            _ => channel.Writer.TryComplete(last), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await foreach (Response response in channel.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return response;
            cancellationToken.ThrowIfCancellationRequested();
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(false);
        }
    }
}
