using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>
/// Takes what a run has computed, and writes it. A run hands the same rows to all of its sinks side by side, and then the same results to
/// one after the other. One contract test runs over every implementation.
/// </summary>
/// <remarks>
/// A reader of a sink's files sees a whole file or none: a write that fails, or is cancelled, leaves the file of an earlier write as it
/// was. A cancelled write may finish all the same. The run stops at the first sink that fails, with its responses in the journal; a resumed
/// run asks the engine for none of them again and hands everything to every sink once more, so a second write replaces the first.
/// </remarks>
public interface IResultSink
{
    /// <summary>Begins to write one task's samples. Called once per task, in the order in which the tasks run.</summary>
    /// <param name="task">The task; its name need not be a valid file name.</param>
    /// <param name="cancellationToken">Stops the write.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the file cannot be written. The message begins with its path.
    /// </exception>
    Task<ISampleWriter> OpenSamplesAsync(TaskDefinition task, CancellationToken cancellationToken);

    /// <summary>Writes the run's results. Called once, after the samples of all tasks.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the file cannot be written. The message begins with its path.
    /// </exception>
    Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken);
}

/// <summary>
/// Takes the samples of one task block by block, so that a task may have more of them than fit into memory. One that is disposed before it
/// is complete leaves no file behind, and the file of an earlier write as it was.
/// </summary>
public interface ISampleWriter : IAsyncDisposable
{
    /// <summary>Writes the next rows: one per document, in document order.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the disk is full. The message begins with the path.</exception>
    Task WriteAsync(IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken);

    /// <summary>Called once, after the last rows: the file takes its place.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: it cannot. The message begins with the file's path.</exception>
    Task CompleteAsync(CancellationToken cancellationToken);
}

/// <summary>Writes of all samples of a task at once, where they are in memory anyway.</summary>
public static class ResultSinkExtensions
{
    /// <inheritdoc cref="IResultSink.OpenSamplesAsync"/>
    public static async Task WriteSamplesAsync(
        this IResultSink sink, TaskDefinition task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        ISampleWriter writer = await sink.OpenSamplesAsync(task, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            await writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
