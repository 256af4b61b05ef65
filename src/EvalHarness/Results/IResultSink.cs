using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>
/// Takes what a run has computed, and writes it. A run hands the same rows and results to each of its sinks, one sink after the other. One
/// contract test runs over every implementation.
/// </summary>
/// <remarks>
/// A reader of a sink's files sees a whole file or none: a write that fails, or is cancelled, leaves the file of an earlier write as it
/// was. A cancelled write may finish all the same. The run stops at the first sink that fails, with its responses in the journal; a resumed
/// run asks the engine for none of them again and hands everything to every sink once more, so a second write replaces the first.
/// </remarks>
public interface IResultSink
{
    /// <summary>Writes one task's samples. Called once per task, as soon as it is graded, in the order in which the tasks run.</summary>
    /// <param name="task">The task; its name need not be a valid file name.</param>
    /// <param name="rows">One row per document, in document order. A sink enumerates them at most once.</param>
    /// <param name="cancellationToken">Stops the write.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the file cannot be written. The message begins with its path.
    /// </exception>
    Task WriteSamplesAsync(TaskDefinition task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken);

    /// <summary>Writes the run's results. Called once, after the samples of all tasks.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the file cannot be written. The message begins with its path.
    /// </exception>
    Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken);
}
