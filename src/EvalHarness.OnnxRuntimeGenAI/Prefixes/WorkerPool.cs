using System.Runtime.CompilerServices;
using System.Threading.Channels;
using EvalHarness.Tokens;

namespace EvalHarness.OnnxRuntimeGenAI.Prefixes;

/// <summary>
/// Workers that share a model. Each runs on its own thread, because native calls block. Responses are returned as soon as they are ready.
/// </summary>
internal sealed class WorkerPool(IReadOnlyList<Worker> workers) : IDisposable
{
    internal int Count => workers.Count;

    /// <param name="work">The work items, which free workers take in order.</param>
    /// <param name="cancellationToken">Stops the workers. The exception is thrown after all of them have stopped.</param>
    internal async IAsyncEnumerable<NumberedResponse> RunAsync(
        IEnumerable<WorkItem> work, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var channel = Channel.CreateUnbounded<NumberedResponse>(new UnboundedChannelOptions { SingleReader = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using IEnumerator<WorkItem> items = work.GetEnumerator();
        Task[] running =
        [
            .. workers.Select(worker => Task.Factory.StartNew(
                () => Work(worker, items, channel.Writer, stop),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)),
        ];
        Task all = Task.WhenAll(running).ContinueWith(
            _ => channel.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        try
        {
            await foreach (NumberedResponse response in channel.Reader.ReadAllAsync(CancellationToken.None).ConfigureAwait(false))
                yield return response;
        }
        finally
        {
            // The caller may stop reading early and dispose the model. Disposing it during a native call would end the process.
            await stop.CancelAsync().ConfigureAwait(false);
            await all.ConfigureAwait(false);
        }
    }

    private static void Work(
        Worker worker, IEnumerator<WorkItem> items, ChannelWriter<NumberedResponse> responses, CancellationTokenSource stop)
    {
        try
        {
            while (Take(items) is { } item)
            {
                foreach (NumberedResponse response in item(worker, stop.Token))
                    responses.TryWrite(response);
            }
        }
#pragma warning disable CA1031 // The exception is passed to the reader of the channel, where it is thrown.
        catch (Exception e)
#pragma warning restore CA1031
        {
            responses.TryComplete(e);
            stop.Cancel();
        }
        finally
        {
            worker.EndWalk();
        }
    }

    private static WorkItem? Take(IEnumerator<WorkItem> items)
    {
        lock (items)
            return items.MoveNext() ? items.Current : null;
    }

    public void Dispose()
    {
        foreach (Worker worker in workers)
            worker.Dispose();
    }
}
