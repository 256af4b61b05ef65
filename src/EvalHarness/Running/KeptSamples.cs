using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Takes the samples of tasks that an earlier start of a run has graded, instead of grading them again: programs that a model wrote are not
/// run twice. Samples are taken only if they are those that the start wrote, and none of them errored.
/// </summary>
/// <param name="folder">The run.</param>
/// <param name="sessions">The earlier starts, each with the files that it wrote.</param>
/// <param name="journal">Has the responses.</param>
internal sealed class KeptSamples(RunFolder folder, IEnumerable<RunSession> sessions, Journal journal)
{
    private const int RowsPerBlock = 1_000;

    /// <summary>The columns of which scores are made.</summary>
    private static readonly string[] Scored = ["doc_id", "scores", "prompt_tokens", "detail", "error"];

    private readonly Dictionary<string, ModelFile> _files =
        sessions.SelectMany(s => s.Files).GroupBy(f => f.Name).ToDictionary(f => f.Key, f => f.Last());

    /// <summary>Hands the samples of a task to the sinks that do not have them, and makes the results of their scores.</summary>
    /// <param name="task">The task.</param>
    /// <param name="documents">The number of documents that must be there; null where only the samples say it.</param>
    /// <param name="isScored">Whether the answers are graded.</param>
    /// <param name="sinks">All but the run folder, whose file stays.</param>
    /// <param name="bootstrapIterations">For standard errors of metrics that are no means.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    /// <returns>Null where there are no such samples, so that the task must be answered and graded.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a sink cannot be written.</exception>
    internal async Task<TaskResult?> TakeAsync(
        TaskRun task,
        int? documents,
        bool isScored,
        IEnumerable<IResultSink> sinks,
        int bootstrapIterations,
        CancellationToken cancellationToken)
    {
        if (!await AreWholeAsync(task.Definition.Name, cancellationToken).ConfigureAwait(false))
            return null;
        var evaluation = new TaskEvaluation(task, isScored);
        var writers = new List<ISampleWriter>();
        try
        {
            foreach (IResultSink sink in sinks)
                writers.Add(await sink.OpenSamplesAsync(task.Definition, cancellationToken).ConfigureAwait(false));
            if (await CopyAsync(task, evaluation, writers, cancellationToken).ConfigureAwait(false) is not { } rows
                || rows != (documents ?? rows))
                return null;
            foreach (ISampleWriter writer in writers)
                await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (ISampleWriter writer in writers)
                await writer.DisposeAsync().ConfigureAwait(false);
        }

        return evaluation.Finish(bootstrapIterations);
    }

    private async Task<bool> AreWholeAsync(string task, CancellationToken cancellationToken)
    {
        string file = folder.SamplesFile(task);
        return File.Exists(file)
            && _files.TryGetValue(Path.GetFileName(file), out ModelFile? written)
            && (await ModelFiles.HashAsync(file, cancellationToken).ConfigureAwait(false))[0] == written;
    }

    /// <returns>The number of documents; null where one of them errored: its requests are asked again.</returns>
    private async Task<int?> CopyAsync(
        TaskRun task, TaskEvaluation evaluation, List<ISampleWriter> writers, CancellationToken cancellationToken)
    {
        var block = new List<SampleRow>();
        int rows = 0;
        await foreach (SampleRow row in folder
            .StreamSamplesAsync(task.Definition.Name, writers.Count > 0 ? null : Scored, cancellationToken)
            .ConfigureAwait(false))
        {
            Response[] responses = journal.Responses(task.Definition.Name, row.DocumentId, row.PromptTokens.Count);
            if (row.Error is not null || responses.Any(r => r.Error is not null))
                return null;
            rows++;
            evaluation.Add(row, responses);
            block.Add(row);
            if (block.Count == RowsPerBlock)
                await WriteAsync(writers, block, cancellationToken).ConfigureAwait(false);
        }

        await WriteAsync(writers, block, cancellationToken).ConfigureAwait(false);
        return rows;
    }

    private static async Task WriteAsync(List<ISampleWriter> writers, List<SampleRow> block, CancellationToken cancellationToken)
    {
        foreach (ISampleWriter writer in writers.Where(_ => block.Count > 0))
            await writer.WriteAsync([.. block], cancellationToken).ConfigureAwait(false);
        block.Clear();
    }
}
