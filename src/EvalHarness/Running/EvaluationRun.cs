using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Sandbox;
using EvalHarness.Scoring;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Running;

/// <summary>
/// One run, from options to result files. Everything that can be wrong cheaply (tasks, data, graders, permissions, output
/// folder) is checked before the model is loaded.
/// </summary>
public sealed class EvaluationRun : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly TaskSelection _selection;
    private readonly GraderRegistry _graders;
    private readonly DocumentStore _store;
    private readonly ProgramSandbox? _sandbox;
    private readonly BoxedCode? _code;
    private readonly RunJudge? _judge;
    private readonly List<TaskWork> _work = [];
    private IReadOnlyList<DecisionQuestion> _questions = [];
    private IReadOnlyList<TaskShare> _shares = [];
    private RunExecution? _execution;
    private TaskCodeRecord? _taskCode;
    private WorkLedger? _ledger;

    private EvaluationRun(
        RunOptions options,
        TimeProvider time,
        TaskSelection selection,
        GraderRegistry graders,
        DocumentStore store,
        ProgramSandbox? sandbox,
        BoxedCode? code,
        RunJudge? judge)
    {
        (Options, _time, _selection, _graders, _store) = (options, time, selection, graders, store);
        (_sandbox, _code, _judge) = (sandbox, code, judge);
    }

    public RunOptions Options { get; }

    /// <summary>
    /// What the user should know before the run: tasks that a glob left out, functions that differ from those known here, words that
    /// look like columns and are none, shards that are not the pinned ones.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>The number of documents, or of completions for tasks that ask for several per document.</summary>
    public int TotalRequests => _store.Tasks.Zip(_shares).Sum(t => t.Second.Estimate(t.First) * t.First.AnswersOfEach);

    /// <summary>The tasks with the documents that are evaluated.</summary>
    internal IReadOnlyList<TaskRun> Tasks => _store.Tasks;

    /// <summary>
    /// What this start has spent so far; nothing before <see cref="ExecuteAsync"/>, and what it spent until it ended afterwards. The
    /// session in the manifest keeps it (<see cref="RunSession.Work"/>). Another thread may read it.
    /// </summary>
    public RunWork Work => _ledger?.Work ?? new RunWork();

    /// <summary>The samples of each task that this start has graded whole, in its run folder. Another thread may read it.</summary>
    public IReadOnlyList<ModelFile> WrittenSamples => _execution?.WrittenSamples ?? [];

    /// <summary>What the run spends; null where no prices are given.</summary>
    internal Account? Account { get; set; }

    /// <summary>Reads tasks and datasets and checks all that needs no model.</summary>
    /// <exception cref="EvalException">Something does not fit; the exit code says what.</exception>
    /// <param name="options">What the run is asked to do.</param>
    /// <param name="time">Measures how long the parts of the run take.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <param name="source">The datasets; null for Parquet shards in the folders that the options name.</param>
    public static async Task<EvaluationRun> PrepareAsync(
        RunOptions options, TimeProvider time, CancellationToken cancellationToken, IDatasetSource? source = null)
    {
        BoxedCode? code = TaskPython.Open(options);
        ProgramSandbox? sandbox = null;
        DocumentStore? store = null;
        try
        {
            TaskCatalog catalog = TaskPython.Catalog(options, code, cancellationToken);
            TaskSelection selection = catalog.Select(options.Tasks);
            sandbox = await TaskSandbox.OpenAsync(options, selection, cancellationToken).ConfigureAwait(false);
            RunJudge? judge = TaskJudge.Of(options, selection);
            GraderRegistry graders = await CheckGradersAsync(options, selection, sandbox, judge, cancellationToken).ConfigureAwait(false);
            store = await DocumentStore.LoadAsync(
                source ?? new FileDatasetSource(DatasetRoots.Of(options.Datasets)),
                selection.Runs(options),
                options.RequirePinned,
                cancellationToken).ConfigureAwait(false);
            var run = new EvaluationRun(options, time, selection, graders, store, sandbox, code, judge)
            {
                Warnings =
                [
                    .. SelectionWarnings.Of(catalog, selection),
                    .. store.Tasks.SelectMany(LiteralWords.Warnings),
                    .. store.Tasks.SelectMany(TaskJudge.Warnings),
                    .. store.Records.SelectMany(d => d.Shards).Select(s => s.Departure).OfType<string>(),
                ],
            };
            if (options.Decide is not null)
            {
                run._questions = await DecisionQuestion
                    .OpenAsync(options, store.Tasks, selection.Groups, cancellationToken)
                    .ConfigureAwait(false);
            }

            foreach (TaskRun task in store.Tasks)
            {
                run._work.Add(FirstBlock.Check(task, run.Prompts(task)));
                TaskJudge.Check(task);
            }

            run._shares = TaskShare.Of(options.Part, run._work);
            run._taskCode = TaskPython.Record(code, selection.Tasks, options);
            return run;
        }
        catch
        {
            store?.Dispose();
            if (sandbox is not null)
                await sandbox.DisposeAsync().ConfigureAwait(false);
            code?.Dispose();
            throw;
        }
    }

    /// <summary>Grades nothing with each task's grader and filters, which checks metrics, options and programs that they need.</summary>
    private static async Task<GraderRegistry> CheckGradersAsync(
        RunOptions options, TaskSelection selection, ProgramSandbox? sandbox, RunJudge? judge, CancellationToken cancellationToken)
    {
        var graders = new GraderRegistry(sandbox, judge);
        foreach (string path in options.Plugins)
        {
            var plugin = PluginAssembly.Load(path);
            if (!graders.AddPlugin(plugin) && plugin.Create<IEngineSource>().Count == 0)
            {
                throw new EvalException(
                    ExitCode.Environment,
                    $"--plugin {path}: no public class with a parameterless constructor implements {typeof(IGrader).FullName} "
                    + $"or {typeof(IEngineSource).FullName}");
            }
        }

        foreach (TaskDefinition task in selection.Tasks)
        {
            foreach (FilterPipelineDefinition filter in task.Filters)
                _ = new FilterPipeline(task, filter);
            if (options.PredictOnly)
                continue;
            IGrader grader = graders.Get(task.Grader, $"{task.Source}: task {task.Name}");
            var job = new GradingJob { Task = task, Filter = task.Filters[0].Name, Samples = [] };
            await grader.GradeAsync(job, cancellationToken).ConfigureAwait(false);
        }

        return graders;
    }

    public ValueTask DisposeAsync()
    {
        _store.Dispose();
        _code?.Dispose();
        return _sandbox?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    /// <summary>
    /// Has a model grade the tasks that want one, before <see cref="DescribeAsync"/>. It may be any engine, such as a
    /// <see cref="ChatClientEngine"/> over a chat client.
    /// </summary>
    /// <param name="judge">That model; the caller disposes it after the run.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: it cannot be asked in conversations.</exception>
    /// <exception cref="InvalidOperationException">The run's options name no judge (<see cref="RunOptions.Judge"/>).</exception>
    public void OpenJudge(IEngine judge) => OpenJudge(judge, account: null);

    /// <inheritdoc cref="OpenJudge(IEngine)"/>
    /// <param name="judge">That model.</param>
    /// <param name="account">Pays for it; null where no prices are given.</param>
    internal void OpenJudge(IEngine judge, Account? account) => Judge.Open(judge, account);

    /// <summary>Says where the judge's answers are kept in this start, before <see cref="ExecuteAsync"/>.</summary>
    /// <param name="journal">Has those of earlier starts.</param>
    /// <param name="progress">Is told how far the judge is; may be null.</param>
    /// <exception cref="InvalidOperationException">The run's options name no judge.</exception>
    public void StartJudge(Journal journal, IProgress<RunProgress>? progress) => Judge.Start(journal, progress);

    private RunJudge Judge => _judge ?? throw new InvalidOperationException("The options of the run name no judge.");

    /// <summary>Describes this run on this engine, before its first session.</summary>
    public async Task<Manifest> DescribeAsync(
        EngineDescription model, IReadOnlyDictionary<string, string> versions, CancellationToken cancellationToken)
    {
        var whole = new Manifest
        {
            Options = Options,
            Model = model,
            Judge = _judge?.Description,
            Datasets = _store.Records,
            Tasks = [.. _store.Tasks.Select(TaskRecord.Of)],
            Groups = [.. _selection.Groups.Select(GroupRecord.Of)],
            GraderFiles = await GraderFilesAsync(cancellationToken).ConfigureAwait(false),
            Machine = await Machine.DescribeAsync(cancellationToken).ConfigureAwait(false),
            Versions = versions,
            Git = await GitState.ReadAsync(cancellationToken).ConfigureAwait(false),
            Sandbox = _sandbox?.Description ?? _code?.Description,
            TaskCode = _taskCode,
            HasResponseChecksums = true,
            Sessions = [],
        };
        return whole with { Part = Options.Part is { } part ? part.Of(whole) : null };
    }

    private async Task<IReadOnlyList<ModelFile>> GraderFilesAsync(CancellationToken cancellationToken)
    {
        var files = new List<ModelFile>();
        foreach (string file in Options.Plugins.Concat(_selection.Tasks.SelectMany(CommandGrader.Files).Distinct()))
            files.AddRange(await ModelFiles.HashAsync(file, cancellationToken).ConfigureAwait(false));
        return files;
    }

    /// <summary>
    /// Looks whether all that the journal holds is asked by this run, before anything is computed or written. Whether a line answers the
    /// prompt that this run has shows when the prompt is made; of lines without checksums, which earlier versions wrote, it shows here.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a line does not answer a request of this run.</exception>
    public void Check(IEngine engine, Journal journal)
    {
        var tasks = _store.Tasks.ToDictionary(t => t.Definition.Name);
        journal.CheckAsked((name, document) => tasks.TryGetValue(name, out TaskRun? task)
            && document >= 0 && document < task.Available && task.Evaluates((int)document));
        if (!journal.HasUnsealedLines)
            return;
        foreach (TaskRun task in _store.Tasks)
        {
            using PreparedDocuments documents = Documents(task, engine);
            foreach (PreparedDocument document in documents.All())
                _ = journal.Finished(task.Definition.Name, document.Id, document.Requests);
        }
    }

    /// <summary>
    /// Answers the requests that the journal has no response to, grades everything, and writes samples and results. A part of a run writes
    /// samples only: its results have the tasks of which it computed documents, and no groups.
    /// </summary>
    /// <param name="engine">Answers.</param>
    /// <param name="manifest">Its last session is this start. What the sessions before it spent is counted in the results.</param>
    /// <param name="journal">Has the responses of earlier starts, and keeps those of this one.</param>
    /// <param name="sinks">Write samples and results.</param>
    /// <param name="progress">Is told how far the run is; may be null.</param>
    /// <param name="cancellationToken">Stops between two responses.</param>
    public async Task<RunResults> ExecuteAsync(
        IEngine engine,
        Manifest manifest,
        Journal journal,
        IReadOnlyList<IResultSink> sinks,
        IProgress<RunProgress>? progress,
        CancellationToken cancellationToken)
    {
        var ledger = new WorkLedger(engine, new RunClock(_time));
        _ledger = ledger;
        try
        {
            var execution = new RunExecution(this, engine, journal, sinks, ledger)
            {
                Earlier = [.. manifest.Sessions.SkipLast(1)],
                Groups = _selection.Groups,
                Graders = _graders,
                Questions = _questions,
                Shares = _shares,
                Judge = _judge,
                BeforeResults = () => TaskPython.RequireKnown(_taskCode, TaskPython.Record(_code, _selection.Tasks, Options)),
            };
            _execution = execution;
            var remaining = new RemainingTime(execution.Work(_work), engine.Usage);
            var counter = new ProgressCounter(progress, TotalRequests, remaining, () => engine.Usage, _time);
            return await execution.ComputeAsync(manifest, counter, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ledger.End();
        }
    }

    internal PreparedDocuments Documents(TaskRun task, IEngine engine) => new(task, Conversation.Of(Options), engine.Render);

    private PromptBuilder Prompts(TaskRun task) => new(task, Conversation.Of(Options));
}
