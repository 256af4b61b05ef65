using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Running;

/// <summary>
/// Checks every task of a catalog without a model. Prompts are made of real rows where the data is at hand, else of a made-up document with
/// the columns that the dataset is known to have, else of one with the columns that the templates name. The network is never used.
/// </summary>
internal sealed class TaskCheck
{
    /// <summary>With a judge that is never asked: rubrics can be checked without one.</summary>
    private readonly GraderRegistry _graders = new(judge: new RunJudge());
    private readonly TaskCatalog _catalog;
    private readonly KnownColumns _columns;

    /// <summary>By name and hash, so that a task is checked once, however many groups it is in.</summary>
    private readonly Dictionary<(string Name, string Hash), (EvalException? Problem, CheckedRows Rows)> _checked = [];
    private readonly MadeUpCalls? _calls;

    private TaskCheck(TaskCatalog catalog, KnownColumns columns, MadeUpCalls? calls) =>
        (_catalog, _columns, _calls) = (catalog, columns, calls);

    /// <param name="catalog">The tasks.</param>
    /// <param name="names">Tasks and groups to check.</param>
    /// <param name="source">The datasets.</param>
    /// <param name="roots">The folders that the datasets are read from.</param>
    /// <param name="calls">Calls the Python functions of tasks; null where they may not run.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    public static async Task<IReadOnlyList<TaskFinding>> RunAsync(
        TaskCatalog catalog,
        IEnumerable<string> names,
        IDatasetSource source,
        IReadOnlyList<string> roots,
        MadeUpCalls? calls,
        CancellationToken cancellationToken)
    {
        var check = new TaskCheck(catalog, new KnownColumns(source, roots), calls);
        (string Name, IReadOnlyList<TaskDefinition> Tasks, EvalException? Problem)[] defined = [.. names.Select(check.Define)];
        TaskDefinition[] tasks = [.. defined.SelectMany(d => d.Tasks).DistinctBy(Key)];
        IReadOnlyList<FirstRows?> rows = await FirstRows.ReadAsync(source, roots, tasks, cancellationToken).ConfigureAwait(false);
        foreach ((TaskDefinition task, FirstRows? first) in tasks.Zip(rows))
            check._checked[Key(task)] = await check.CheckAsync(task, first, cancellationToken).ConfigureAwait(false);
        return [.. defined.Select(d => check.Find(d.Name, d.Tasks, d.Problem))];
    }

    private static (string Name, string Hash) Key(TaskDefinition task) => (task.Name, task.Sha256);

    /// <summary>The task, or the tasks of a group as the group defines them.</summary>
    private (string Name, IReadOnlyList<TaskDefinition> Tasks, EvalException? Problem) Define(string name)
    {
        try
        {
            IReadOnlyList<TaskDefinition> tasks = _catalog.IsGroup(name) ? _catalog.Select([name]).Tasks : [_catalog.Define(name)];
            return (name, tasks, tasks.Count == 0 ? new EvalException(ExitCode.Task, "it has no tasks") : null);
        }
        catch (EvalException e)
        {
            return (name, [], e);
        }
    }

    private TaskFinding Find(string name, IReadOnlyList<TaskDefinition> tasks, EvalException? problem)
    {
        bool isGroup = _catalog.IsGroup(name);
        (EvalException? Problem, CheckedRows Rows)[] results = [.. tasks.Select(t => _checked[Key(t)])];
        string[] functions = isGroup ? [] : [.. TaskFile.Functions(_catalog.FileOf(name)!.Values).Select(f => f.Name).Distinct()];
        problem ??= results.FirstOrDefault(r => r.Problem is not null).Problem;
        return new TaskFinding(name, isGroup, functions, problem?.Message, results.Select(r => r.Rows).DefaultIfEmpty().Min())
        {
            IsBoxed = tasks.Any(t => t.BoxedCalls.Count > 0),
            Kind = problem is null ? null : ProblemKind.Of(problem),
        };
    }

    private async Task<(EvalException? Problem, CheckedRows Rows)> CheckAsync(
        TaskDefinition task, FirstRows? first, CancellationToken cancellationToken)
    {
        try
        {
            foreach (FilterPipelineDefinition filter in task.Filters)
                _ = new FilterPipeline(task, filter);
            // Without samples: metrics and options are looked at, nothing is graded or run.
            var job = new GradingJob { Task = task, Filter = "none", Samples = [] };
            await _graders.Get(task.Grader, task.Source).GradeAsync(job, cancellationToken).ConfigureAwait(false);
            CheckedRows rows = await RenderAsync(task, first, cancellationToken).ConfigureAwait(false);
            _calls?.Call(task, rows == CheckedRows.RealRows ? first!.Run.Documents.First().Document : null, cancellationToken);
            return (null, rows);
        }
        catch (EvalException e)
        {
            return (e, CheckedRows.NotRendered);
        }
    }

    /// <exception cref="EvalException">A prompt cannot be made of a row.</exception>
    private async Task<CheckedRows> RenderAsync(TaskDefinition task, FirstRows? first, CancellationToken cancellationToken)
    {
        if (first is not null)
        {
            if (first.Problem is { } problem)
                throw new EvalException(problem.ExitCode, problem.Message, problem);
            Render(first.Run);
            return CheckedRows.RealRows;
        }

        if (ReadsByFunction(task))
            return CheckedRows.NotRendered;
        IReadOnlyDictionary<string, ColumnType>? columns = await _columns.OfAsync(task, cancellationToken).ConfigureAwait(false);
        var made = new SyntheticDocument(task, columns);
        Render(Run(task, made, withOptional: true));
        if (made.HasOptional)
            Render(Run(task, made, withOptional: false));
        return columns is null ? CheckedRows.MadeUpRows : CheckedRows.KnownColumns;
    }

    /// <summary>Whether a function makes documents or prompts, so that nothing shows what a document must have.</summary>
    private static bool ReadsByFunction(TaskDefinition task) =>
        task.ProcessDocuments is not null
        || task.FewShot.ProcessDocuments is not null
        || ((TaskField?[])[task.DocToText, task.DocToTarget, task.DocToChoice, task.Description, task.GenerationPrefix,
            task.FewShot.DocToText, task.FewShot.DocToTarget, task.FewShot.DocToChoice, task.FewShot.GenerationPrefix])
            .Any(field => field?.IsFunction is true);

    private static TaskRun Run(TaskDefinition task, SyntheticDocument made, bool withOptional)
    {
        Document[] pool = [.. task.FewShot.Samples ?? [.. Enumerable.Range(1, 4).Select(i => made.Make(i, withOptional))]];
        Document document = made.Make(0, withOptional);
        // Drawing needs one more where the document may be among them, and one that differs from it.
        bool canDraw = pool.Length > 1 && !pool.All(shot => Document.ValuesEqual(shot.Values, document.Values));
        int shots = canDraw ? Math.Min(1, task.NumFewShot) : 0;
        return new TaskRun(task, shots, Seed: 0) { Documents = [new NumberedDocument(0, document)], FewShotPool = pool };
    }

    private static void Render(TaskRun run)
    {
        var builder = new PromptBuilder(run);
        foreach (NumberedDocument document in builder.Ahead(run.Documents))
            builder.Prepare(document);
    }
}
