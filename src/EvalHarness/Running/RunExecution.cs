using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>One start of a run, or of a part of it: asks, grades and writes task by task.</summary>
/// <param name="run">What is evaluated.</param>
/// <param name="engine">Answers.</param>
/// <param name="journal">Has the responses of earlier starts, and keeps those of this one.</param>
/// <param name="sinks">Write samples and results.</param>
/// <param name="ledger">Counts what this start spends.</param>
internal sealed class RunExecution(
    EvaluationRun run, IEngine engine, Journal journal, IReadOnlyList<IResultSink> sinks, WorkLedger ledger)
{
    private readonly List<ModelFile> _written = [];

    /// <summary>The starts before this one.</summary>
    internal required IReadOnlyList<RunSession> Earlier { get; init; }

    internal required IReadOnlyList<SelectedGroup> Groups { get; init; }

    internal required GraderRegistry Graders { get; init; }

    internal required IReadOnlyList<DecisionQuestion> Questions { get; init; }

    /// <summary>Grades the tasks that a model grades; null where none does.</summary>
    internal RunJudge? Judge { get; init; }

    /// <summary>What is computed of each task.</summary>
    internal required IReadOnlyList<TaskShare> Shares { get; init; }

    /// <summary>The samples of each task that this start has graded whole, in its run folder. Another thread may read it.</summary>
    internal IReadOnlyList<ModelFile> WrittenSamples
    {
        get
        {
            lock (_written)
                return [.. _written];
        }
    }

    /// <summary>Is called when all tasks are graded, and may refuse the results.</summary>
    public Action BeforeResults { get; init; } = () => { };

    private IEnumerable<(TaskRun Task, TaskShare Share)> Tasks => run.Tasks.Zip(Shares).Where(t => !t.Second.IsNone);

    /// <summary>The work whose duration can be estimated, task by task in the order of the run.</summary>
    /// <param name="all">Of all tasks of the run.</param>
    internal IEnumerable<TaskWork> Work(IEnumerable<TaskWork> all) => run.Tasks.Zip(Shares, all)
        .Where(t => !t.Second.IsNone && Question(t.First) is null)
        .Select(t => t.Third.Times(t.Second.Share));

    internal async Task<RunResults> ComputeAsync(Manifest manifest, ProgressCounter counter, CancellationToken cancellationToken)
    {
        var answers = new RequestAnswers(engine, journal, run.Account, ledger, counter);
        var byName = new OrderedDictionary<string, TaskResult>();
        var decisions = new List<RunDecision>();
        foreach ((TaskRun task, TaskShare share) in Tasks)
        {
            string name = task.Definition.Name;
            // A question's tasks are asked together, when the first of them comes.
            if (byName.ContainsKey(name))
                continue;
            if (Question(task) is not { } question)
            {
                if (await ledger.CountAsync(task, () => EvaluateAsync(task, share, answers, cancellationToken)).ConfigureAwait(false)
                    is { } evaluated)
                    byName[name] = evaluated;
                continue;
            }

            var decided = new DecidedTasks(question, answers, sinks, run.Options.BootstrapIterations);
            foreach (TaskResult result in await decided
                .EvaluateAsync(t => run.Documents(t, engine), Grader, cancellationToken)
                .ConfigureAwait(false))
                byName[result.Task.Name] = result;
            decisions.Add(question.Outcome);
        }

        BeforeResults();
        RunWork now = ledger.End(), all = RunWork.Of(Earlier).Plus(now);
        IEnumerable<TaskResult> tasks = run.Tasks.Select(t => byName.GetValueOrDefault(t.Definition.Name)).OfType<TaskResult>();
        RunResults results = RunResults.Of(
            manifest, [.. tasks], run.Options.Part is null ? Groups : [], decisions, all, run.Account?.After(now.Seconds.Total)) with
        {
            JudgeTokens = Judge?.Tokens,
        };
        foreach (IResultSink sink in run.Options.Part is null ? sinks : [])
            await sink.WriteResultsAsync(results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private DecisionQuestion? Question(TaskRun task) => Questions.FirstOrDefault(q => q.Tasks.Contains(task));

    private IGrader? Grader(TaskRun task) =>
        run.Options.PredictOnly ? null : Graders.Get(task.Definition.Grader, task.Definition.Source);

    /// <returns>Null where a part has no document of the task.</returns>
    private async Task<TaskResult?> EvaluateAsync(
        TaskRun task, TaskShare share, RequestAnswers answers, CancellationToken cancellationToken)
    {
        IGrader? grader = Grader(task);
        RunFolder? folder = sinks.OfType<RunFolder>().FirstOrDefault();
        if (folder is not null
            && await answers.Clock.GradingAsync(() => KeptAsync(task, share, folder, cancellationToken)).ConfigureAwait(false) is { } kept)
        {
            answers.Expect(task, kept.Count, share.Estimate(task));
            answers.Keep(kept);
            await NoteAsync(kept, folder, cancellationToken).ConfigureAwait(false);
            return kept;
        }

        using PreparedDocuments documents = run.Documents(task, engine);
        IReadOnlyList<int>? positions = share.IsWhole ? null : answers.Clock.Preparing(() => share.Positions(documents, engine));
        answers.Expect(task, positions?.Count ?? documents.Count, share.Estimate(task));
        if (positions is { Count: 0 })
            return null;
        await answers.AnswerAsync(documents, positions, isPart: positions is not null, grader, cancellationToken).ConfigureAwait(false);
        TaskResult result = await new TaskGrading(answers.Journal, answers.Clock, sinks)
            .GradeAsync(documents, positions, grader, weights: null, run.Options.BootstrapIterations, cancellationToken)
            .ConfigureAwait(false);
        await NoteAsync(result, folder, cancellationToken).ConfigureAwait(false);
        return result;
    }

    private Task<TaskResult?> KeptAsync(TaskRun task, TaskShare share, RunFolder folder, CancellationToken cancellationToken) =>
        new KeptSamples(folder, Earlier, journal).TakeAsync(
            task,
            share.IsWhole ? task.Documents.Count : null,
            isScored: !run.Options.PredictOnly,
            sinks.Where(s => s != folder),
            run.Options.BootstrapIterations,
            cancellationToken);

    /// <summary>Notes the hash of a task's samples, so that a later start can tell that they are these.</summary>
    private async Task NoteAsync(TaskResult result, RunFolder? folder, CancellationToken cancellationToken)
    {
        if (folder is null || result.Errored > 0)
            return;
        IReadOnlyList<ModelFile> file = await ModelFiles
            .HashAsync(folder.SamplesFile(result.Task.Name), cancellationToken)
            .ConfigureAwait(false);
        lock (_written)
            _written.AddRange(file);
    }
}
