using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Sandbox;
using EvalHarness.Scoring;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Tasks;

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
    private readonly List<TaskWork> _work = [];

    private EvaluationRun(RunOptions options, TimeProvider time, TaskSelection selection, GraderRegistry graders, DocumentStore store, ProgramSandbox? sandbox)
    {
        (Options, _time, _selection, _graders, _store, _sandbox) = (options, time, selection, graders, store, sandbox);
        TotalRequests = selection.Tasks.Sum(t => store[t].Evaluated.Count * Math.Max(1, t.OutputType == OutputType.GenerateUntil ? t.Repeats : 1));
    }

    public RunOptions Options { get; }

    /// <summary>What the user should know before the run: tasks that a glob left out, functions that differ from those known here.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Documents, or completions where a task has several per document.</summary>
    public int TotalRequests { get; }

    /// <summary>Reads tasks and datasets and checks all that needs no model.</summary>
    /// <exception cref="EvalException">Something does not fit; the exit code says what.</exception>
    public static async Task<EvaluationRun> PrepareAsync(RunOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        TaskCatalog catalog = TaskCatalog.Load(options.IncludePaths, options.GenerationSettings);
        TaskSelection selection = catalog.Select(options.Tasks);
        ProgramSandbox? sandbox = await OpenSandboxAsync(options, selection, cancellationToken).ConfigureAwait(false);
        try
        {
            return await PrepareAsync(options, time, catalog, selection, sandbox, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (sandbox is not null)
                await sandbox.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<EvaluationRun> PrepareAsync(RunOptions options, TimeProvider time, TaskCatalog catalog, TaskSelection selection, ProgramSandbox? sandbox, CancellationToken cancellationToken)
    {
        var graders = new GraderRegistry(sandbox);
        foreach (string plugin in options.Plugins)
            graders.AddPlugin(plugin);
        foreach (TaskDefinition task in selection.Tasks)
        {
            IGrader grader = graders.Get(task.Grader, $"{task.Source}: task {task.Name}");
            foreach (FilterPipelineDefinition filter in task.Filters)
                _ = new FilterPipeline(task, filter);
            // A job without samples: metrics, options and programs that the grader needs are looked at, nothing is graded.
            await grader.GradeAsync(new GradingJob { Task = task, Filter = task.Filters[0].Name, Samples = [] }, cancellationToken).ConfigureAwait(false);
        }

        DocumentStore store = await DocumentStore.LoadAsync(
            new ParquetDatasetSource(DatasetRoots.Of(options.Datasets)),
            [.. selection.Tasks.Select(t => (t, options.NumFewShot ?? t.NumFewShot))],
            options.Limit,
            cancellationToken).ConfigureAwait(false);
        var run = new EvaluationRun(options, time, selection, graders, store, sandbox) { Warnings = [.. SelectionWarnings.Of(catalog, selection)] };
        // Every prompt once, and thrown away: a template that document 900 does not fit is found out before the night.
        foreach (TaskDefinition task in selection.Tasks)
            run._work.Add(TaskWork.Of(run.Prepare(task)));
        return run;
    }

    private static async Task<ProgramSandbox?> OpenSandboxAsync(RunOptions options, TaskSelection selection, CancellationToken cancellationToken)
    {
        TaskDefinition[] tasks = [.. selection.Tasks.Where(t => t.RunsCode)];
        if (tasks.Length == 0)
            return null;
        bool confines = BoxBackend.Named(options.Sandbox)[0].Confines;
        if (!confines && !options.ConfirmRunUnsafeCode)
            throw new EvalException(ExitCode.Environment, $"--sandbox {options.Sandbox}: task {tasks[0].Name} would run what the model wrote with your own rights, files and network; say --confirm-run-unsafe-code if that is meant, or choose another sandbox");
        if (confines && !options.AllowCodeExecution)
            throw new EvalException(ExitCode.Environment, $"task {tasks[0].Name} runs code that the model wrote; allow it with --allow-code-execution (each program runs without network, in a temporary folder, under limits), or leave the task out");
        return await ProgramSandbox.OpenAsync(options.Sandbox, [.. tasks.Select(CodeExecutionGrader.LanguageOf).Distinct()], cancellationToken).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _sandbox?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A manifest for this run on this engine, before its first session.</summary>
    public async Task<Manifest> DescribeAsync(EngineDescription model, IReadOnlyDictionary<string, string> versions, CancellationToken cancellationToken) => new()
    {
        Options = Options,
        Model = model,
        Datasets = _store.Records,
        Tasks = [.. _selection.Tasks.Select(t => new TaskRecord
        {
            Name = t.Name,
            Sha256 = t.Sha256,
            Source = t.Source,
            NumFewShot = Shots(t),
            Documents = _store[t].Evaluated.Count,
            Available = _store[t].Available,
        })],
        Plugins = await PluginsAsync(cancellationToken).ConfigureAwait(false),
        Machine = await Machine.DescribeAsync(cancellationToken).ConfigureAwait(false),
        Versions = versions,
        Git = await GitState.ReadAsync(cancellationToken).ConfigureAwait(false),
        Sandbox = _sandbox?.Description,
        Sessions = [],
    };

    private async Task<IReadOnlyList<ModelFile>> PluginsAsync(CancellationToken cancellationToken)
    {
        var plugins = new List<ModelFile>();
        foreach (string plugin in Options.Plugins)
            plugins.AddRange(await ModelFiles.HashAsync(plugin, cancellationToken).ConfigureAwait(false));
        return plugins;
    }

    private int Shots(TaskDefinition task) => Options.NumFewShot ?? task.NumFewShot;

    /// <summary>Answers what the journal lacks, grades everything, writes samples and results.</summary>
    public async Task<RunResults> ExecuteAsync(IEngine engine, Manifest manifest, Journal journal, IReadOnlyList<IResultSink> sinks, IProgress<RunProgress>? progress, CancellationToken cancellationToken)
    {
        var clock = new RunClock(_time);
        var counter = new ProgressCounter(progress, TotalRequests, new RemainingTime(_work, engine.Usage), () => engine.Usage, _time);
        var tasks = new List<TaskResult>();
        foreach (TaskDefinition task in _selection.Tasks)
        {
            (RunTimes timesBefore, EngineUsage usageBefore) = (clock.Times, engine.Usage);
            List<PreparedDocument> documents = clock.Preparing(() => Prepare(task).ConvertAll(d => d.Render(engine.Render)));
            IGrader grader = _graders.Get(task.Grader, task.Source);
            Dictionary<RequestKey, Response> responses = await clock.AnsweringAsync(() => AnswerAsync(engine, task, grader, documents, journal, clock, counter, cancellationToken)).ConfigureAwait(false);
            var evaluation = new TaskEvaluation(task, documents, responses, Options.BootstrapIterations);
            TaskResult result = await clock.GradingAsync(() => evaluation.GradeAsync(grader, Shots(task), _store[task].Available, cancellationToken)).ConfigureAwait(false);
            foreach (IResultSink sink in sinks)
                await clock.WritingAsync(() => sink.WriteSamplesAsync(task, evaluation.Rows(), cancellationToken)).ConfigureAwait(false);
            tasks.Add(result with { Usage = engine.Usage.Since(usageBefore), Times = clock.Times.Since(timesBefore) });
        }

        var byName = tasks.ToDictionary(t => t.Task.Name);
        var results = new RunResults
        {
            Manifest = manifest,
            Tasks = tasks,
            Groups = [.. _selection.Groups.Select(g => new GroupResult
            {
                Group = g,
                Metrics = GroupAggregation.Aggregate(g, name => byName[name].Metrics, name => byName[name].Count),
                Count = g.Leaves.Sum(l => byName[l].Count),
            })],
            Usage = engine.Usage,
            Times = clock.Times,
        };
        foreach (IResultSink sink in sinks)
            await sink.WriteResultsAsync(results, cancellationToken).ConfigureAwait(false);
        return results;
    }

    private List<PreparedDocument> Prepare(TaskDefinition task)
    {
        var chat = new ChatFormat { Apply = Options.ApplyChatTemplate, SystemInstruction = Options.SystemInstruction, Multiturn = Options.FewShotAsMultiturn ?? true };
        TaskDocuments documents = _store[task];
        var builder = new PromptBuilder(task, documents.Shots, Shots(task), Options.Seed, chat);
        return [.. documents.Evaluated.Select((document, id) => builder.Prepare(id, document))];
    }

    private static async Task<Dictionary<RequestKey, Response>> AnswerAsync(IEngine engine, TaskDefinition task, IGrader grader, List<PreparedDocument> documents, Journal journal, RunClock clock, ProgressCounter counter, CancellationToken cancellationToken)
    {
        Dictionary<RequestKey, Request> requests = documents.SelectMany(d => d.Requests).ToDictionary(r => r.Key);
        Dictionary<RequestKey, Response> responses = requests.Keys.Where(journal.Finished.ContainsKey).ToDictionary(k => k, k => journal.Finished[k]);
        counter.Start(task, grader, documents, responses);
        await foreach (Response response in engine.RunAsync([.. requests.Values], responses.Keys.ToHashSet(), cancellationToken).ConfigureAwait(false))
        {
            clock.Writing(() => journal.Append(requests[response.Key], response));
            responses[response.Key] = response;
            counter.Add(response);
        }

        // An engine that forgets a request has a bug; the sample is errored rather than missing.
        foreach (RequestKey key in requests.Keys.Where(k => !responses.ContainsKey(k)))
            responses[key] = Response.Failed(key, "the engine gave no response");
        return responses;
    }
}
