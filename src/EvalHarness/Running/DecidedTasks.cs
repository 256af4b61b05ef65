using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>Asks the documents of a question's tasks, look by look, until the question is answered.</summary>
/// <param name="question">Says which documents come next.</param>
/// <param name="answers">Has them answered.</param>
/// <param name="sinks">Get the samples of the documents that were asked.</param>
/// <param name="bootstrapIterations">For standard errors of metrics that are no means.</param>
internal sealed class DecidedTasks(
    DecisionQuestion question, RequestAnswers answers, IReadOnlyList<IResultSink> sinks, int bootstrapIterations)
{
    /// <summary>Documents that are graded together between two looks.</summary>
    private const int BlockSize = 1_000;

    private readonly Dictionary<TaskRun, PreparedDocuments> _documents = [];
    private readonly Dictionary<TaskRun, List<int>> _asked = [];

    /// <param name="open">Opens the documents of a task with their prompts.</param>
    /// <param name="graderOf">The grader of a task.</param>
    /// <param name="cancellationToken">Stops between two responses.</param>
    /// <returns>The results of the question's tasks, over the documents that were asked.</returns>
    internal async Task<IReadOnlyList<TaskResult>> EvaluateAsync(
        Func<TaskRun, PreparedDocuments> open, Func<TaskRun, IGrader?> graderOf, CancellationToken cancellationToken)
    {
        try
        {
            foreach (TaskRun task in question.Tasks)
            {
                PreparedDocuments documents = open(task);
                (_documents[task], _asked[task]) = (documents, []);
                // Before anything is computed: documents that are asked otherwise cannot be compared.
                await answers.Ledger
                    .CountAsync(task, () => Task.FromResult(answers.Clock.Preparing(() => RequireSamePrompts(documents))))
                    .ConfigureAwait(false);
            }

            while (question.Next() is { Count: > 0 } rows)
            {
                foreach (IGrouping<TaskRun, DecisionRow> block in rows.GroupBy(r => r.Task))
                {
                    int[] positions = [.. block.Select(r => _documents[block.Key].PositionOf(r.Document)).Order()];
                    await answers.Ledger
                        .CountAsync(block.Key, () => AskAsync(block.Key, positions, graderOf(block.Key), cancellationToken))
                        .ConfigureAwait(false);
                }

                question.Judge();
            }

            var results = new List<TaskResult>();
            foreach (TaskRun task in question.Tasks)
            {
                results.Add(await answers.Ledger
                    .CountAsync(task, () => FinishAsync(task, graderOf(task), cancellationToken))
                    .ConfigureAwait(false));
            }

            return results;
        }
        finally
        {
            foreach (PreparedDocuments documents in _documents.Values)
                documents.Dispose();
        }
    }

    private int RequireSamePrompts(PreparedDocuments documents)
    {
        question.RequireSamePrompts(
            documents.Run, documents.All().Where(d => d.Failure is null).Select(AnsweredRow.Asked));
        return documents.Count;
    }

    /// <returns>How many documents were asked.</returns>
    private async Task<int> AskAsync(TaskRun task, int[] positions, IGrader? grader, CancellationToken cancellationToken)
    {
        PreparedDocuments documents = _documents[task];
        await answers.AnswerAsync(documents, positions, isPart: false, grader, cancellationToken).ConfigureAwait(false);
        var evaluation = new TaskEvaluation(task, grader);
        foreach (int[] block in positions.Chunk(BlockSize))
        {
            AnsweredDocument[] answered = [.. block.Select(p => AnsweredDocument.Read(documents, p, answers.Journal))];
            GradedBlock graded = await answers.Clock
                .GradingAsync(() => evaluation.AddAsync(answered, cancellationToken))
                .ConfigureAwait(false);
            question.Add(task, graded.Rows());
        }

        _asked[task].AddRange(positions);
        return positions.Length;
    }

    /// <summary>Grades all that was asked together, because a metric need not be a sum over looks.</summary>
    private Task<TaskResult> FinishAsync(TaskRun task, IGrader? grader, CancellationToken cancellationToken) =>
        new TaskGrading(answers.Journal, answers.Clock, sinks).GradeAsync(
            _documents[task], [.. _asked[task].Order()], grader, question.Weights(task), bootstrapIterations, cancellationToken);
}
