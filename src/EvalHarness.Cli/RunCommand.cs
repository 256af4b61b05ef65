using System.CommandLine;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary><c>evalharness run</c>.</summary>
internal sealed class RunCommand
{
    private readonly Option<string?> _model = new("--model") { Description = "A folder with genai_config.json, or replay:FILE to grade recorded responses", HelpName = "DIR" };
    private readonly Option<string[]> _tasks = new("--tasks") { Description = "Names, groups, tags or globs, separated by commas", HelpName = "NAMES" };
    private readonly Option<string?> _datasets = new("--datasets") { Description = "Folder that holds ORG/NAME/CONFIG/SPLIT-*.parquet (default: datasets)", HelpName = "ROOT" };
    private readonly Option<int?> _limit = new("--limit") { Description = "Only the first N documents of each task", HelpName = "N" };
    private readonly Option<int?> _numFewShot = new("--num-fewshot") { Description = "Shots per prompt (default: each task's own)", HelpName = "N" };
    private readonly Option<string?> _device = new("--device") { Description = "cpu, cuda or directml; there is no fallback (default: cpu)", HelpName = "DEVICE" };
    private readonly Option<string?> _output = new("--output") { Description = "Run folder (default: results/MODEL/UTC-TIME)", HelpName = "DIR" };
    private readonly Option<string?> _resume = new("--resume") { Description = "Continue the run in this folder, with its own options", HelpName = "DIR" };
    private readonly Option<long?> _seed = new("--seed") { Description = "For shots and sampling (default: 1234)", HelpName = "N" };
    private readonly Option<string[]> _includePaths = new("--include-path") { Description = "Folder with task files of your own", HelpName = "DIR" };
    private readonly Option<string[]> _plugins = new("--plugin") { Description = "Assembly with graders of your own", HelpName = "DLL" };
    private readonly Option<bool> _allowCode = new("--allow-code-execution") { Description = "Run code that the model wrote, in a sandbox" };
    private readonly Option<int?> _batchSize = new("--batch-size") { Description = "Greedy completions generated together, 1 to 32 (default: 1; log-likelihoods share prefixes instead)", HelpName = "N" };
    private readonly Option<int?> _maxLength = new("--max-length") { Description = "Tokens of prompt and completion (default: the model's context)", HelpName = "N" };
    private readonly Option<bool> _noPrefixReuse = new("--no-prefix-reuse") { Description = "Compute every request from its first token: slower, for checking" };
    private readonly Option<bool> _json = new("--json") { Description = "Print results.json instead of the table" };
    private readonly Option<bool> _quiet = new("--quiet") { Description = "No progress and no notes" };
    private readonly TextWriter _outputWriter;
    private readonly TextWriter _error;
    private readonly string[] _arguments;

    private RunCommand(TextWriter output, TextWriter error, string[] arguments) => (_outputWriter, _error, _arguments) = (output, error, arguments);

    internal static Command Create(TextWriter output, TextWriter error, string[] arguments)
    {
        var run = new RunCommand(output, error, arguments);
        var command = new Command(
            "run",
            """
            Runs tasks on a model and writes a run folder.

            Examples:
              evalharness run --model models/phi-4-mini-int4 --tasks mmlu,gsm8k
              evalharness run --model models/phi-4-mini-int4 --tasks 'mmlu_college_*' --num-fewshot 5 --limit 20
              evalharness run --model models/phi-4-mini-int4 --tasks humaneval --allow-code-execution
              evalharness run --resume results/phi-4-mini-int4/2026-05-12T01-00-00Z
              evalharness run --model replay:answers.jsonl --tasks gsm8k
            """);
        foreach (Option option in (Option[])[run._model, run._tasks, run._datasets, run._limit, run._numFewShot, run._device, run._output, run._resume, run._seed,
            run._includePaths, run._plugins, run._allowCode, run._batchSize, run._maxLength, run._noPrefixReuse, run._json, run._quiet])
            command.Options.Add(option);
        command.SetAction(run.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string? resume = parsed.GetValue(_resume);
        bool quiet = parsed.GetValue(_quiet);
        if (resume is not null && parsed.GetValue(_output) is not null)
            throw new EvalException(ExitCode.Usage, "--resume and --output together: --resume continues in the folder it names; leave --output out");
        RunFolder? resumed = resume is null ? null : RunFolder.Open(resume);
        Manifest? earlier = resumed?.ReadManifest();
        RunOptions options = ReadOptions(parsed, earlier?.Options);
        DateTimeOffset started = TimeProvider.System.GetUtcNow();

        EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        // Before the model is loaded: a folder that cannot be written is found out now.
        RunFolder? folder = resumed ?? (parsed.GetValue(_output) is { } path ? RunFolder.Create(path) : null);
        IEngine engine = await EngineFactory.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            folder ??= RunFolder.Create(Path.Combine("results", engine.Description.ModelName, started.ToString("yyyy-MM-dd'T'HH-mm-ss'Z'", null)));
            Manifest manifest = await run.DescribeAsync(engine.Description, EngineFactory.Versions, cancellationToken).ConfigureAwait(false);
            if (earlier is not null)
                Resumption.Check(folder, earlier, manifest);
            manifest = (earlier ?? manifest) with { Sessions = [.. earlier?.Sessions ?? [], new RunSession { Command = _arguments, Started = started }] };
            return await ExecuteAsync(run, engine, folder, manifest, parsed.GetValue(_json), quiet, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> ExecuteAsync(EvaluationRun run, IEngine engine, RunFolder folder, Manifest manifest, bool json, bool quiet, CancellationToken cancellationToken)
    {
        using Journal journal = await Journal.OpenAsync(folder.JournalFile, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await folder.WriteManifestAsync(manifest).ConfigureAwait(false);
        if (journal.DroppedBytes > 0)
            Note(quiet, $"{folder.JournalFile}: the last line was torn ({journal.DroppedBytes} bytes) and is dropped");
        if (journal.Finished.Count > 0)
            Note(quiet, $"{journal.Finished.Count} responses are already there");
        ProgressLine? progress = quiet ? null : new ProgressLine(_error, !Console.IsErrorRedirected, TimeProvider.System);
        RunResults results;
        try
        {
            results = await run.ExecuteAsync(engine, manifest, journal, [folder], progress, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            progress?.Clear();
            await folder.WriteManifestAsync(End(manifest, "interrupted")).ConfigureAwait(false);
            await _error.WriteLineAsync($"stopped; continue with: evalharness run --resume {folder.Name}").ConfigureAwait(false);
            return (int)ExitCode.Interrupted;
        }

        progress?.Clear();
        await folder.WriteManifestAsync(End(manifest, "finished")).ConfigureAwait(false);
        JsonObject document = folder.ReadResults();
        await _outputWriter.WriteAsync(json ? document.ToJsonString(ResultsJson.Indented) + "\n" : ResultsTable.Render(document)).ConfigureAwait(false);
        if (ResultsTable.Work(document) is { } work)
            Note(quiet, work);
        Note(quiet, $"results in {folder.Name}");
        if (results.Errored == 0)
            return (int)ExitCode.Success;
        TaskResult first = results.Tasks.First(t => t.FirstError is not null);
        throw new EvalException(ExitCode.SamplesErrored, $"{results.Errored} of {results.Tasks.Sum(t => t.Count)} samples errored and are in no score; the first is {first.Task.Name}, {first.FirstError}; see them with: evalharness show {folder.Name}");
    }

    private static Manifest End(Manifest manifest, string end) => manifest with
    {
        Sessions = [.. manifest.Sessions.SkipLast(1), manifest.Sessions[^1] with { Ended = TimeProvider.System.GetUtcNow(), End = end }],
    };

    private void Note(bool quiet, string text)
    {
        if (!quiet)
            _error.WriteLine(Terminal.Visible(text));
    }

    /// <summary>What the command line says, else what the resumed run said, else the default.</summary>
    private RunOptions ReadOptions(ParseResult parsed, RunOptions? earlier)
    {
        string model = parsed.GetValue(_model) ?? earlier?.Model ?? throw new EvalException(ExitCode.Usage, "--model is missing: a folder with genai_config.json, or replay:FILE. See 'evalharness run --help'.");
        IReadOnlyList<string> tasks = parsed.GetValue(_tasks) is { Length: > 0 } given ? given : earlier?.Tasks ?? throw new EvalException(ExitCode.Usage, "--tasks is missing: names separated by commas; 'evalharness list tasks' shows them");
        string device = parsed.GetValue(_device) ?? earlier?.Device ?? "cpu";
        if (device is not ("cpu" or "cuda" or "directml"))
            throw new EvalException(ExitCode.Usage, $"--device {device}: expected cpu, cuda or directml");
        int? shots = parsed.GetValue(_numFewShot) ?? earlier?.NumFewShot;
        if (shots < 0)
            throw new EvalException(ExitCode.Usage, $"--num-fewshot {shots}: expected 0 or more");
        return new RunOptions
        {
            Model = model,
            Tasks = tasks,
            Datasets = parsed.GetValue(_datasets) ?? earlier?.Datasets ?? "datasets",
            Limit = parsed.GetValue(_limit) ?? earlier?.Limit,
            NumFewShot = shots,
            Device = device,
            Seed = parsed.GetValue(_seed) ?? earlier?.Seed ?? 1234,
            IncludePaths = parsed.GetValue(_includePaths) is { Length: > 0 } paths ? paths : earlier?.IncludePaths ?? [],
            Plugins = parsed.GetValue(_plugins) is { Length: > 0 } plugins ? plugins : earlier?.Plugins ?? [],
            AllowCodeExecution = parsed.GetValue(_allowCode) || earlier?.AllowCodeExecution == true,
            BatchSize = parsed.GetValue(_batchSize) ?? earlier?.BatchSize ?? 1,
            MaxLength = parsed.GetValue(_maxLength) ?? earlier?.MaxLength,
            PrefixReuse = !parsed.GetValue(_noPrefixReuse) && earlier?.PrefixReuse != false,
        };
    }
}
