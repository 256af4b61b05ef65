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
    private readonly Dictionary<TaskRun, (EngineUsage Usage, RunTimes Times)> _work = [];

    /// <param name="prepare">Makes the prompts of a task's documents.</param>
    /// <param name="graderOf">The grader of a task.</param>
    /// <param name="cancellationToken">Stops between two responses.</param>
    /// <returns>The results of the question's tasks, over the documents that were asked.</returns>
    internal async Task<IReadOnlyList<TaskResult>> EvaluateAsync(
        Func<TaskRun, List<PreparedDocument>> prepare, Func<TaskRun, IGrader?> graderOf, CancellationToken cancellationToken)
    {
        foreach (TaskRun task in question.Tasks)
        {
            List<PreparedDocument> documents = prepare(task);
            // Before anything is computed: documents that are asked otherwise cannot be compared.
            question.RequireSamePrompts(task, documents.Where(d => d.Failure is null).Select(TaskEvaluation.Asked));
            (_documents[task], _asked[task], _responses[task]) = (documents.ToDictionary(d => d.Id), [], []);
            _work[task] = (new EngineUsage(), new RunTimes());
        }

        while (question.Next() is { Count: > 0 } rows)
        {
            foreach (IGrouping<TaskRun, DecisionRow> block in rows.GroupBy(r => r.Task))
            {
                PreparedDocument[] documents = [.. block.Select(r => _documents[block.Key][r.Document]).OrderBy(d => d.Id)];
                await AskAsync(block.Key, documents, graderOf(block.Key), cancellationToken).ConfigureAwait(false);
            }

            question.Judge();
        }

        var results = new List<TaskResult>();
        foreach (TaskRun task in question.Tasks)
            results.Add(await FinishAsync(task, graderOf(task), cancellationToken).ConfigureAwait(false));
        return results;
    }

    private async Task AskAsync(TaskRun task, PreparedDocument[] documents, IGrader? grader, CancellationToken cancellationToken)
    {
        (EngineUsage usage, RunTimes times) = (answers.Usage, answers.Clock.Times);
        Dictionary<RequestKey, Response> responses = await answers
            .AnswerAsync(task, grader, documents, isWhole: false, cancellationToken)
            .ConfigureAwait(false);
        var evaluation = new TaskEvaluation(task, documents, responses, bootstrapIterations: 0);
        await answers.Clock.GradingAsync(() => evaluation.GradeAsync(grader, cancellationToken)).ConfigureAwait(false);
        question.Add(task, evaluation.Rows());
        _asked[task].AddRange(documents);
        foreach ((RequestKey key, Response response) in responses)
            _responses[task][key] = response;
        _work[task] = (_work[task].Usage.Plus(answers.Usage.Since(usage)), _work[task].Times.Plus(answers.Clock.Times.Since(times)));
    }

    /// <summary>Grades all that was asked together, because a metric need not be a sum over looks.</summary>
    private async Task<TaskResult> FinishAsync(TaskRun task, IGrader? grader, CancellationToken cancellationToken)
    {
        RunTimes before = answers.Clock.Times;
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

        return result with
        {
            Usage = _work[task].Usage,
            Times = _work[task].Times.Plus(answers.Clock.Times.Since(before)),
        };
    }
}
