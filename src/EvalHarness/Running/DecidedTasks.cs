using EvalHarness.Engines;
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
    private readonly Dictionary<TaskRun, Dictionary<long, PreparedDocument>> _documents = [];
    private readonly Dictionary<TaskRun, List<PreparedDocument>> _asked = [];
    private readonly Dictionary<TaskRun, Dictionary<RequestKey, Response>> _responses = [];

    /// <param name="prepare">Makes the prompts of a task's documents.</param>
    /// <param name="graderOf">The grader of a task.</param>
    /// <param name="cancellationToken">Stops between two responses.</param>
    /// <returns>The results of the question's tasks, over the documents that were asked.</returns>
    internal async Task<IReadOnlyList<TaskResult>> EvaluateAsync(
        Func<TaskRun, List<PreparedDocument>> prepare, Func<TaskRun, IGrader?> graderOf, CancellationToken cancellationToken)
    {
        foreach (TaskRun task in question.Tasks)
        {
            List<PreparedDocument> documents = await answers.Ledger
                .CountAsync(task, () => Task.FromResult(prepare(task)))
                .ConfigureAwait(false);
            // Before anything is computed: documents that are asked otherwise cannot be compared.
            question.RequireSamePrompts(task, documents.Where(d => d.Failure is null).Select(TaskEvaluation.Asked));
            (_documents[task], _asked[task], _responses[task]) = (documents.ToDictionary(d => d.Id), [], []);
        }

        while (question.Next() is { Count: > 0 } rows)
        {
            foreach (IGrouping<TaskRun, DecisionRow> block in rows.GroupBy(r => r.Task))
            {
                PreparedDocument[] documents = [.. block.Select(r => _documents[block.Key][r.Document]).OrderBy(d => d.Id)];
                await answers.Ledger
                    .CountAsync(block.Key, () => AskAsync(block.Key, documents, graderOf(block.Key), cancellationToken))
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

    /// <returns>How many documents were asked.</returns>
    private async Task<int> AskAsync(TaskRun task, PreparedDocument[] documents, IGrader? grader, CancellationToken cancellationToken)
    {
        Dictionary<RequestKey, Response> responses = await answers
            .AnswerAsync(task, grader, documents, isWhole: false, cancellationToken)
            .ConfigureAwait(false);
        var evaluation = new TaskEvaluation(task, documents, responses, bootstrapIterations: 0);
        await answers.Clock.GradingAsync(() => evaluation.GradeAsync(grader, cancellationToken)).ConfigureAwait(false);
        question.Add(task, evaluation.Rows());
        _asked[task].AddRange(documents);
        foreach ((RequestKey key, Response response) in responses)
            _responses[task][key] = response;
        return documents.Length;
    }

    /// <summary>Grades all that was asked together, because a metric need not be a sum over looks.</summary>
    private async Task<TaskResult> FinishAsync(TaskRun task, IGrader? grader, CancellationToken cancellationToken)
    {
        PreparedDocument[] documents = [.. _asked[task].OrderBy(d => d.Id)];
        var evaluation = new TaskEvaluation(task, documents, _responses[task], bootstrapIterations, question.Weights(task));
        TaskResult result = await answers.Clock
            .GradingAsync(() => evaluation.GradeAsync(grader, cancellationToken))
            .ConfigureAwait(false);
        foreach (IResultSink sink in sinks)
        {
            await answers.Clock
                .WritingAsync(() => sink.WriteSamplesAsync(task.Definition, evaluation.Rows(), cancellationToken))
                .ConfigureAwait(false);
        }

        return result;
    }
}
