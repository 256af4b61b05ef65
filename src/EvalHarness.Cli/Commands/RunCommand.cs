using System.CommandLine;
using System.Text.Json;
using EvalHarness.Cli.Processes;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.LmEval;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness run</c>.</summary>
internal sealed class RunCommand
{
    internal const string FolderTime = "yyyy-MM-dd'T'HH-mm-ss'Z'";

    private readonly RunArguments _options = RunArguments.Whole();
    private readonly Option<string?> _output = CommonOptions.Output("Run folder (default: results/MODEL/UTC-TIME)");
    private readonly Option<string?> _resume = new("--resume")
    { Description = "Continue the run in this folder with the options that it has", HelpName = "DIR" };
    private readonly Option<string?> _config = new("--config")
    {
        Description = "YAML file with options, as lm-evaluation-harness has it; the command line wins over it",
        HelpName = "FILE",
    };
    private readonly Option<int?> _processes = new(PartsStart.Option)
    {
        Description = "Processes that compute the run together, each a part of it, 1 to 64; they share the cores and the devices, are "
            + "started again where the system ends them, and their parts are merged",
        HelpName = "N",
    };
    private readonly Option<bool> _writeOut = new("--write-out")
    { Description = "Print the prompt and the target of each task's first document, and load no model" };
    private readonly Option<bool> _download = CommonOptions.Download();
    private readonly Option<bool> _json = CommonOptions.Json("Print results.json instead of the table");
    private readonly Option<bool> _quiet = CommonOptions.Quiet();
    private readonly TextWriter _outputWriter;
    private readonly TextWriter _error;
    private readonly string[] _arguments;
    private ProgressLine? _progress;
    private RunConfiguration? _configuration;

    private RunCommand(TextWriter output, TextWriter error, string[] arguments) =>
        (_outputWriter, _error, _arguments) = (output, error, arguments);

    internal static Command Create(TextWriter output, TextWriter error, string[] arguments)
    {
        var run = new RunCommand(output, error, arguments);
        var command = new Command(
            "run",
            $"""
            Evaluates a model on tasks, prints a table of scores, and writes a run folder with every sample. Several models are evaluated
            one after another and compared with the first.

            Examples:
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks mmlu,gsm8k
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks 'mmlu_college_*' --num-fewshot 5 --limit 20
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks humaneval --allow-code-execution
              {Invocation.Command} run --model models/phi-4-mini-int4 --tasks mmlu --processes 4
              {Invocation.Command} run --model models/phi-4-mini-cuda --tasks mmlu --device cuda:0,cuda:1 --batch-size 8
              {Invocation.Command} run --model models/phi-4-mini-fp32 --model models/phi-4-mini-int4 --tasks mmlu,gsm8k --output results/phi
              {Invocation.Command} run --resume results/phi-4-mini-int4/2026-05-12T01-00-00Z
              {Invocation.Command} run --model replay:answers.jsonl --tasks gsm8k
            """);
        Option[] own = [run._output, run._resume, run._config, run._processes, run._writeOut, run._download, run._json, run._quiet];
        foreach (Option option in run._options.All.Concat(own))
            command.Options.Add(option);
        command.SetAction(run.RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string? resume = parsed.GetValue(_resume);
        bool quiet = parsed.GetValue(_quiet);
        if (resume is not null && parsed.GetValue(_output) is not null)
        {
            throw new EvalException(
                ExitCode.Usage, "--resume and --output together: --resume continues in the folder it names; leave --output out");
        }

        _configuration = parsed.GetValue(_config) is { } file ? RunConfiguration.Read(file) : null;
        if (parsed.GetValue(_writeOut) || _configuration?.WriteOut == true)
            return await WriteOutAsync(parsed, quiet, cancellationToken).ConfigureAwait(false);
        Dictionary<string, IReadOnlyList<string>> given = _options.Given(parsed, _configuration);
        using PartsFolder? parts = await OpenPartsAsync(parsed, given, resume).ConfigureAwait(false);
        if (parts is not null)
        {
            await DownloadAsync(parsed, parts.Options, quiet, cancellationToken).ConfigureAwait(false);
            return await new PartsRun(parts)
                .ExecuteAsync(parsed.GetValue(_json), quiet, _outputWriter, _error, cancellationToken)
                .ConfigureAwait(false);
        }

        string[] more = parsed.GetValue(_download) ? ["--download"] : [];
        MatrixRun? matrix = await OpenMatrixAsync(parsed, given, resume, more).ConfigureAwait(false);
        if (matrix is not null)
        {
            return await matrix
                .ExecuteAsync(parsed.GetValue(_json), brief: false, quiet, _outputWriter, _error, cancellationToken)
                .ConfigureAwait(false);
        }

        using RunFolder? resumed = resume is null ? null : RunFolder.Continue(resume);
        Manifest? earlier = resumed?.ReadManifest();
        RunOptions options = _options.ReadWhole(parsed, earlier?.Options, _configuration);
        if (earlier is not null)
        {
            Resumption.CheckOptions(resumed!.Name, earlier.Options, options);
            Resumption.CheckPart(resumed.Name, earlier.Options, options);
        }

        await DownloadAsync(parsed, options, quiet, cancellationToken).ConfigureAwait(false);
        EvaluationRun run = await EvaluationRun.PrepareAsync(options, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await using (run.ConfigureAwait(false))
            return await RunAsync(run, parsed, resumed, earlier, cancellationToken).ConfigureAwait(false);
    }

    private async Task DownloadAsync(ParseResult parsed, RunOptions options, bool quiet, CancellationToken cancellationToken)
    {
        if (!parsed.GetValue(_download))
            return;
        TextWriter? progress = HubFetch.ProgressOn(_error, quiet);
        await HubFetch.ForRunAsync(options, text => Note(quiet, text), progress, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Creates or resumes a run in several processes; null if the command line asks for one.</summary>
    private async Task<PartsFolder?> OpenPartsAsync(ParseResult parsed, Dictionary<string, IReadOnlyList<string>> given, string? resume)
    {
        var start = new PartsStart(parsed.GetValue(_processes), given);
        if (resume is not null)
            return start.Resume(resume);
        if (start.Asked is null)
            return OutputFolder(parsed) is { } taken && PartsFolder.IsIn(taken) ? throw PartsFolder.Taken(taken) : null;

        RunOptions options = _options.ReadWhole(parsed, configuration: _configuration);
        int count = start.Count(options);
        string folder = OutputFolder(parsed) ?? Path.Combine(
            "results",
            EngineFactory.NamesOf(options.Model, options.Device).Model,
            TimeProvider.System.GetUtcNow().ToString(FolderTime, null));
        return await PartsFolder.CreateAsync(folder, options, count).ConfigureAwait(false);
    }

    private string? OutputFolder(ParseResult parsed) => parsed.GetValue(_output) ?? _configuration?.OutputFolder;

    private async Task<int> WriteOutAsync(ParseResult parsed, bool quiet, CancellationToken cancellationToken)
    {
        RunOptions options = _options.Read(parsed, configuration: _configuration);
        if (options.Tasks.Count == 0)
            throw new EvalException(ExitCode.Usage, "--write-out: --tasks is missing: names separated by commas");
        if (parsed.GetValue(_processes) is { } processes)
        {
            throw new EvalException(
                ExitCode.Usage, $"--write-out and {PartsStart.Option} {processes} together: nothing is computed; leave one of them out");
        }

        await DownloadAsync(parsed, options, quiet, cancellationToken).ConfigureAwait(false);
        (string text, int errored) = await FirstPrompts.ReadAsync(options, cancellationToken).ConfigureAwait(false);
        await _outputWriter.WriteAsync(string.Join('\n', text.Split('\n').Select(Terminal.Visible))).ConfigureAwait(false);
        return errored == 0
            ? (int)ExitCode.Success
            : throw new EvalException(
                ExitCode.SamplesErrored, $"the first documents of {errored} tasks have no prompt; the output says why in their places");
    }

    /// <summary>Creates or resumes runs of several models; null if the command line asks for a run of one model.</summary>
    private async Task<MatrixRun?> OpenMatrixAsync(
        ParseResult parsed, Dictionary<string, IReadOnlyList<string>> given, string? resume, string[] more)
    {
        if (given.GetValueOrDefault("--model") is { Count: > 1 } models)
        {
            if (resume is not null)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    "--resume and several --model together: --resume continues with the models it began with; leave --model out");
            }

            string parent = OutputFolder(parsed) ?? Path.Combine("results", TimeProvider.System.GetUtcNow().ToString(FolderTime, null));
            RunOptions first = _options.ReadWhole(parsed, configuration: _configuration);
            RunOptions[] options = [.. models.Select(first.For)];
            return await MatrixRun.CreateAsync(parent, options, more).ConfigureAwait(false);
        }

        if (resume is null || !MatrixRun.IsIn(resume))
            return null;
        return given.ContainsKey("--model")
            ? throw new EvalException(
                ExitCode.Usage,
                $"--resume {resume} and --model together: the folder has runs of several models; leave --model out")
            : MatrixRun.Open(resume, given, more);
    }

    private async Task<int> RunAsync(
        EvaluationRun run, ParseResult parsed, RunFolder? resumed, Manifest? earlier, CancellationToken cancellationToken)
    {
        bool quiet = parsed.GetValue(_quiet);
        RunOptions options = run.Options;
        DateTimeOffset started = TimeProvider.System.GetUtcNow();
        foreach (string warning in run.Warnings)
            Note(quiet, $"warning: {warning}");
        bool writesAgain = options.LmEvalOutput is { } asked
            && (asked != earlier?.Options.LmEvalOutput || !Directory.Exists(asked));
        // What stands for the whole run is written when its parts are joined.
        LmEvalFolder? reference = options is { LmEvalOutput: { } layout, Part: null } ? LmEvalFolder.Create(layout, started) : null;
        // The folder is created before the model is loaded, so that a folder that cannot be written is reported at once.
        using RunFolder? named = earlier is null && OutputFolder(parsed) is { } path ? RunFolder.Create(path) : null;
        run.Account = Account.Of(options, EngineFactory.NamesOf(options.Model, options.Device).Model, earlier?.Sessions ?? []);
        IEngine engine = await EngineFactory
            .OpenAsync(options, earlier?.Model, text => Note(quiet, text), cancellationToken, run.Account)
            .ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            if (options.ApplyChatTemplate && engine.Description.Settings.TryGetValue(EngineDescription.ChatTemplate, out string? template))
                Note(quiet, $"the model's {EngineDescription.ChatTemplate}: {template}");
            using RunFolder folder = resumed
                ?? named
                ?? RunFolder.Create(Path.Combine("results", engine.Description.ModelName, NameOf(started, options.Part)));
            Manifest manifest = await run
                .DescribeAsync(engine.Description, EngineFactory.Versions, cancellationToken)
                .ConfigureAwait(false);
            if (earlier is not null)
                Resumption.Check(folder, earlier, manifest);
            if (earlier is { Part: not null } && await folder.IsPartCompleteAsync(cancellationToken).ConfigureAwait(false))
            {
                Note(quiet, $"{folder.Name} is finished already");
                await PrintPartAsync(folder, earlier, parsed.GetValue(_json), quiet).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            if (earlier is { Part: null }
                && !writesAgain
                && await folder.ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is { } finished)
            {
                // Executing it again would compute nothing, and would add the time that it took to find that out.
                Note(quiet, $"{folder.Name} is finished already");
                await PrintAsync(finished, parsed.GetValue(_json)).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            var session = new RunSession
            {
                Command = _arguments,
                Started = started,
                Work = new RunWork(),
            };
            manifest = (earlier ?? manifest) with
            {
                Options = (earlier ?? manifest).Options.Continued(options),
                Sandbox = manifest.Sandbox,
                Sessions = [.. earlier?.Sessions ?? [], session],
            };
            // The run folder comes last, so that a run that is complete there has written the other files too.
            IResultSink[] sinks = reference is null ? [folder] : [reference, folder];
            return await ExecuteAsync(run, engine, folder, sinks, manifest, parsed.GetValue(_json), quiet, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async Task<int> ExecuteAsync(
        EvaluationRun run,
        IEngine engine,
        RunFolder folder,
        IReadOnlyList<IResultSink> sinks,
        Manifest manifest,
        bool json,
        bool quiet,
        CancellationToken cancellationToken)
    {
        using Journal journal = await Journal.OpenAsync(folder, manifest, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        run.Check(engine, journal);
        run.Account?.CountEarlier(journal.FinishedTokens);
        await folder.WriteManifestAsync(manifest).ConfigureAwait(false);
        if (journal.DroppedBytes > 0)
            Note(quiet, $"{folder.JournalFile}: the last line was incomplete ({journal.DroppedBytes} bytes) and was dropped");
        if (journal.FinishedCount > 0)
            Note(quiet, $"{journal.FinishedCount} responses are already there");
        _progress = quiet ? null : new ProgressLine(_error, ProgressLine.Reader, TimeProvider.System);
        RunResults results;
        try
        {
            var checkpoints = new SessionCheckpoints(folder, () => WithWork(run, engine, manifest), TimeProvider.System);
            await using (checkpoints.ConfigureAwait(false))
                results = await run.ExecuteAsync(engine, manifest, journal, sinks, _progress, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _progress?.Clear();
            await folder.WriteManifestAsync(End(run, engine, manifest, RunSession.Interrupted)).ConfigureAwait(false);
            await _error.WriteLineAsync($"stopped; continue with: {Invocation.Command} run --resume {folder.Name}").ConfigureAwait(false);
            return (int)ExitCode.Interrupted;
        }
        catch (EvalException e) when (e.ExitCode is ExitCode.BudgetReached or ExitCode.Model)
        {
            _progress?.Clear();
            string end = e.ExitCode == ExitCode.BudgetReached ? RunSession.Budget : RunSession.Failed;
            await folder.WriteManifestAsync(End(run, engine, manifest, end)).ConfigureAwait(false);
            throw;
        }

        _progress?.Clear();
        IReadOnlyList<ModelFile> files = await folder
            .HashResultsAsync(results.Tasks.Select(t => t.Task.Name), cancellationToken)
            .ConfigureAwait(false);
        Manifest ended = End(run, engine, manifest, RunSession.Finished, files);
        if (ended.Part is not null)
        {
            var outcome = new PartOutcome(results.Tasks.Sum(t => t.Count), results.Errored);
            ended = WithLast(ended, ended.Sessions[^1] with { Outcome = outcome });
        }

        await folder.WriteManifestAsync(ended).ConfigureAwait(false);
        if (ended.Part is null)
            await PrintAsync(folder.ReadResults(), json).ConfigureAwait(false);
        else
            await PrintPartAsync(folder, ended, json, quiet).ConfigureAwait(false);
        foreach (TaskResult task in results.Tasks.Where(t => t.OutsideChoices > 0))
        {
            Note(
                quiet,
                $"task {task.Task.Name}: the target of {task.OutsideChoices} of {task.Count} documents is none of their choices, "
                + "so that they score 0 whatever the model says, as in lm-evaluation-harness; check doc_to_target and doc_to_choice");
        }

        foreach (string line in results.Tasks.Select(t => ReasoningNote(t, manifest.Options.ThinkEndToken)).OfType<string>())
            Note(quiet, line);

        if (ended.Part is null)
            Note(quiet, $"results in {folder.Name}");
        if (results.Errored == 0)
            return (int)ExitCode.Success;
        TaskResult first = results.Tasks.First(t => t.FirstError is not null);
        throw new EvalException(
            ExitCode.SamplesErrored,
            $"{results.Errored} of {results.Tasks.Sum(t => t.Count)} samples errored and are in no score; "
            + $"the first is {first.Task.Name}, {first.FirstError}; "
            + (ended.Part is null ? $"see them with: {Invocation.Command} show" : $"ask them again with: {Invocation.Command} run --resume")
            + $" {folder.Name}");
    }

    /// <summary>What to do where completions seem to have reasoning that nothing divided; null where all is as the options say.</summary>
    private static string? ReasoningNote(TaskResult task, string? option) => (task.Generation, option) switch
    {
        (null, _) or (_, "none") => null,
        ({ Undivided: > 0 } figures, _) =>
            $"task {task.Task.Name}: {figures.Undivided} of {figures.Completions} completions have a marker of reasoning in them, and were "
            + "graded with the reasoning; give --think-end-token '</think>', or the end marker that they have, to grade what stands "
            + "behind it, or none to leave them whole",
        ({ Reasoned: 0, Completions: > 0 }, not null) =>
            $"task {task.Task.Name}: none of the {task.Generation.Completions} completions has the marker {option} of --think-end-token",
        _ => null,
    };

    /// <summary>The name of a run folder that the user has not named. Parts of a run are started together.</summary>
    private static string NameOf(DateTimeOffset started, RunPart? part)
    {
        string time = started.ToString(FolderTime, null);
        return part is null ? time : $"{time}-part-{part.Number}-of-{part.Count}";
    }

    /// <summary>A part has no results that anyone should read for those of the run.</summary>
    private async Task PrintPartAsync(RunFolder folder, Manifest manifest, bool json, bool quiet)
    {
        (PartRecord part, PartOutcome outcome) = (manifest.Part!, manifest.Sessions[^1].Outcome!);
        if (json)
        {
            var said = new { Part = new { part.Number, part.Of }, Folder = folder.Name, outcome.Documents, outcome.Errored };
            await _outputWriter.WriteLineAsync(JsonSerializer.Serialize(said, ResultsJson.Line)).ConfigureAwait(false);
        }

        Note(
            quiet,
            $"part {part.Number} of {part.Of}, {outcome.Documents} documents, in {folder.Name}; "
            + $"join all parts with: {Invocation.Command} merge DIR... --output DIR");
    }

    private Task PrintAsync(RunReport report, bool json) =>
        _outputWriter.WriteAsync(json ? report.ToJson() + "\n" : ResultsTable.Render(report));

    /// <summary>The manifest with what its last session has spent so far.</summary>
    private static Manifest WithWork(EvaluationRun run, IEngine engine, Manifest manifest)
    {
        RunSession session = manifest.Sessions[^1];
        RunWork work = run.Work;
        return WithLast(manifest, session with
        {
            Work = work,
            Files = run.WrittenSamples,
            Network = (engine as IRemoteEngine)?.Traffic ?? session.Network,
            Spent = run.Account?.After(work.Seconds.Total).LastStart,
        });
    }

    private static Manifest End(EvaluationRun run, IEngine engine, Manifest manifest, string end, IReadOnlyList<ModelFile>? files = null)
    {
        Manifest spent = WithWork(run, engine, manifest);
        return WithLast(spent, spent.Sessions[^1] with
        {
            Ended = TimeProvider.System.GetUtcNow(),
            End = end,
            Files = files ?? run.WrittenSamples,
        });
    }

    private static Manifest WithLast(Manifest manifest, RunSession session) =>
        manifest with { Sessions = [.. manifest.Sessions.SkipLast(1), session] };

    private void Note(bool quiet, string text)
    {
        if (quiet)
            return;
        _progress?.Clear();
        _error.WriteLine(Terminal.Visible(text));
    }
}
