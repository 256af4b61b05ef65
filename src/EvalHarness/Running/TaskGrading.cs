using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Grades the documents of a task, whose responses the journal has, block by block, and hands the rows of each block to the sinks, so that
/// no more than one block is in memory.
/// </summary>
/// <param name="journal">Has the responses.</param>
/// <param name="clock">Counts the time.</param>
/// <param name="sinks">Get the rows.</param>
internal sealed class TaskGrading(Journal journal, RunClock clock, IReadOnlyList<IResultSink> sinks)
{
    /// <summary>
    /// The most documents of a block, which is a row group of the samples. What a reader of samples holds of a row group is some tens of
    /// kilobytes, whatever is in it. A grader that starts programs may start one for each block.
    /// </summary>
    internal const int MostDocuments = 4_000;

    private const int MostIfCostly = 20_000;

    /// <summary>The most characters of prompts and responses of a block, unless a single document has more.</summary>
    internal const long MostCharacters = 4 << 20;

    /// <param name="documents">The documents of the task.</param>
    /// <param name="positions">Those to grade, in ascending order; null for all.</param>
    /// <param name="grader">Of the task; null to give no scores.</param>
    /// <param name="weights">What each document stands for; null where all stand for the same.</param>
    /// <param name="bootstrapIterations">For standard errors of metrics that are no means.</param>
    /// <param name="cancellationToken">Stops between two blocks.</param>
    internal async Task<TaskResult> GradeAsync(
        PreparedDocuments documents,
        IReadOnlyList<int>? positions,
        IGrader? grader,
        IReadOnlyDictionary<long, double>? weights,
        int bootstrapIterations,
        CancellationToken cancellationToken)
    {
        TaskRun task = documents.Run;
        var evaluation = new TaskEvaluation(task, grader, weights);
        var writers = new List<ISampleWriter>();
        try
        {
            foreach (IResultSink sink in sinks)
                writers.Add(await sink.OpenSamplesAsync(task.Definition, cancellationToken).ConfigureAwait(false));
            foreach (IReadOnlyList<AnsweredDocument> block in Blocks(documents, positions, grader))
            {
                cancellationToken.ThrowIfCancellationRequested();
                GradedBlock graded = await clock
                    .GradingAsync(() => evaluation.AddAsync(block, cancellationToken))
                    .ConfigureAwait(false);
                await clock.WritingAsync(() => WriteAsync(writers, graded, cancellationToken)).ConfigureAwait(false);
            }

            foreach (ISampleWriter writer in writers)
                await clock.WritingAsync(() => writer.CompleteAsync(cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            foreach (ISampleWriter writer in writers)
                await writer.DisposeAsync().ConfigureAwait(false);
        }

        return await clock
            .GradingAsync(() => Task.FromResult(evaluation.Finish(bootstrapIterations)))
            .ConfigureAwait(false);
    }

    private static async Task WriteAsync(List<ISampleWriter> writers, GradedBlock block, CancellationToken cancellationToken)
    {
        if (writers.Count == 0)
            return;
        IReadOnlyList<SampleRow> rows = block.Rows();
        foreach (ISampleWriter writer in writers)
            await writer.WriteAsync(rows, cancellationToken).ConfigureAwait(false);
    }

    private IEnumerable<IReadOnlyList<AnsweredDocument>> Blocks(
        PreparedDocuments documents, IReadOnlyList<int>? positions, IGrader? grader)
    {
        int most = grader?.IsCostly == true ? MostIfCostly : MostDocuments;
        var block = new List<AnsweredDocument>();
        long characters = 0;
        foreach (int position in positions ?? (IEnumerable<int>)Enumerable.Range(0, documents.Count))
        {
            AnsweredDocument document = clock.Preparing(() => AnsweredDocument.Read(documents, position, journal));
            block.Add(document);
            characters += document.Characters;
            if (block.Count < most && characters < MostCharacters)
                continue;
            yield return block;
            (block, characters) = ([], 0);
        }

        if (block.Count > 0)
            yield return block;
    }
}
