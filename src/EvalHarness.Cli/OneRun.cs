using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.LmEval;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>One run, or one part of a run, in this process: from its model to what is printed of it.</summary>
/// <param name="run">What is evaluated.</param>
/// <param name="json">Prints results.json instead of the table.</param>
/// <param name="quiet">Prints no progress and no notes.</param>
/// <param name="output">For results.</param>
/// <param name="error">For everything else.</param>
/// <param name="arguments">The program's arguments, for the manifest.</param>
internal sealed class OneRun(
    EvaluationRun run, bool json, bool quiet, TextWriter output, TextWriter error, IReadOnlyList<string> arguments)
{
    internal const string FolderTime = "yyyy-MM-dd'T'HH-mm-ss'Z'";

    private ProgressLine? _progress;
    private OpenedJudge _judge = OpenedJudge.None;

    /// <summary>Opens the engine.</summary>
    internal EngineOpening Open { get; init; } = (options, earlier, announce, account, cancellationToken) =>
        EngineFactory.OpenAsync(options, earlier, announce, cancellationToken, account);

    /// <summary>Loads the model, and computes what is missing of the run.</summary>
    /// <param name="path">The folder that the user named; null where none is named.</param>
    /// <param name="resumed">The folder of the run that is continued; null for a new run.</param>
    /// <param name="earlier">The manifest of the run that is continued.</param>
    /// <param name="cancellationToken">Stops the run, which can be resumed.</param>
    /// <returns>The exit code.</returns>
    internal async Task<int> ExecuteAsync(string? path, RunFolder? resumed, Manifest? earlier, CancellationToken cancellationToken)
    {
        RunOptions options = run.Options;
        DateTimeOffset started = TimeProvider.System.GetUtcNow();
        foreach (string warning in run.Warnings)
            Note($"warning: {warning}");
        bool writesAgain = (earlier is not null && options.ModelId != earlier.Options.ModelId)
            || (options.LmEvalOutput is { } asked && (asked != earlier?.Options.LmEvalOutput
                || !Directory.Exists(Path.Combine(asked, ModelReference.Of(earlier).Sanitized))));
        // What stands for the whole run is written when its parts are joined.
        string? layout = options.Part is null ? options.LmEvalOutput : null;
        if (layout is not null)
            LmEvalFolder.Prepare(layout);
        // The folder is created before the model is loaded, so that a folder that cannot be written is reported at once.
        using RunFolder? named = earlier is null && path is not null ? RunFolder.Create(path) : null;
        run.Account = Account.Of(options, EngineFactory.NameOf(options), earlier?.Sessions ?? []);
        IEngine engine = await Open(options, earlier?.Model, Note, run.Account, cancellationToken).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        await using ((_judge = await OpenedJudge.OpenAsync(run, earlier, Note, cancellationToken).ConfigureAwait(false))
            .ConfigureAwait(false))
        {
            if (options.ApplyChatTemplate && engine.Description.Settings.TryGetValue(EngineDescription.ChatTemplate, out string? template))
                Note($"the model's {EngineDescription.ChatTemplate}: {template}");
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
                Note($"{folder.Name} is finished already");
                await PrintPartAsync(folder, earlier).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            if (earlier is { Part: null }
                && !writesAgain
                && await folder.ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is { } finished)
            {
                // Executing it again would compute nothing, and would add the time that it took to find that out.
                Note($"{folder.Name} is finished already");
                await PrintAsync(finished).ConfigureAwait(false);
                return (int)ExitCode.Success;
            }

            var session = new RunSession
            {
                Command = arguments,
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
            IResultSink[] sinks = layout is null ? [folder] : [LmEvalFolder.Create(layout, ModelReference.Of(manifest), started), folder];
            return await ExecuteAsync(engine, folder, sinks, manifest, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> ExecuteAsync(
        IEngine engine, RunFolder folder, IReadOnlyList<IResultSink> sinks, Manifest manifest, CancellationToken cancellationToken)
    {
        using Journal journal = await Journal.OpenAsync(folder, manifest, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        run.Check(engine, journal);
        run.Account?.CountEarlier(journal.FinishedTokens);
        await folder.WriteManifestAsync(manifest).ConfigureAwait(false);
        if (journal.DroppedBytes > 0)
            Note($"{folder.JournalFile}: the last line was incomplete ({journal.DroppedBytes} bytes) and was dropped");
        if (journal.FinishedCount > 0)
            Note($"{journal.FinishedCount} responses are already there");
        _progress = quiet ? null : new ProgressLine(error, ProgressLine.Reader, TimeProvider.System);
        await _judge.StartAsync(run, folder, manifest, _progress, cancellationToken).ConfigureAwait(false);
        RunResults results;
        try
        {
            var checkpoints = new SessionCheckpoints(folder, () => WithWork(engine, manifest), TimeProvider.System);
            await using (checkpoints.ConfigureAwait(false))
                results = await run.ExecuteAsync(engine, manifest, journal, sinks, _progress, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _progress?.Clear();
            await folder.WriteManifestAsync(End(engine, manifest, RunSession.Interrupted)).ConfigureAwait(false);
            await error.WriteLineAsync($"stopped; continue with: {Invocation.Command} run --resume {folder.Name}").ConfigureAwait(false);
            return (int)ExitCode.Interrupted;
        }
        catch (EvalException e) when (e.ExitCode is ExitCode.BudgetReached or ExitCode.Model)
        {
            _progress?.Clear();
            string end = e.ExitCode == ExitCode.BudgetReached ? RunSession.Budget : RunSession.Failed;
            await folder.WriteManifestAsync(End(engine, manifest, end)).ConfigureAwait(false);
            throw;
        }

        _progress?.Clear();
        IReadOnlyList<ModelFile> files = await folder
            .HashResultsAsync(results.Tasks.Select(t => t.Task.Name), cancellationToken)
            .ConfigureAwait(false);
        Manifest ended = End(engine, manifest, RunSession.Finished, files);
        if (ended.Part is not null)
        {
            var outcome = new PartOutcome(results.Tasks.Sum(t => t.Count), results.Errored);
            ended = WithLast(ended, ended.Sessions[^1] with { Outcome = outcome });
        }

        await folder.WriteManifestAsync(ended).ConfigureAwait(false);
        if (ended.Part is null)
            await PrintAsync(folder.ReadResults()).ConfigureAwait(false);
        else
            await PrintPartAsync(folder, ended).ConfigureAwait(false);
        foreach (string line in RunNotes.Of(results))
            Note(line);
        if (ended.Part is null)
            Note($"results in {folder.Name}");
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

    /// <summary>The name of a run folder that the user has not named. Parts of a run are started together.</summary>
    private static string NameOf(DateTimeOffset started, RunPart? part)
    {
        string time = started.ToString(FolderTime, null);
        return part is null ? time : $"{time}-part-{part.Number}-of-{part.Count}";
    }

    /// <summary>A part has no results that anyone should read for those of the run.</summary>
    private async Task PrintPartAsync(RunFolder folder, Manifest manifest)
    {
        (PartRecord part, PartOutcome outcome) = (manifest.Part!, manifest.Sessions[^1].Outcome!);
        if (json)
        {
            var said = new { Part = new { part.Number, part.Of }, Folder = folder.Name, outcome.Documents, outcome.Errored };
            await output.WriteLineAsync(JsonSerializer.Serialize(said, ResultsJson.Line)).ConfigureAwait(false);
        }

        Note(
            $"part {part.Number} of {part.Of}, {outcome.Documents} documents, in {folder.Name}; "
            + $"join all parts with: {Invocation.Command} merge DIR... --output DIR");
    }

    private Task PrintAsync(RunReport report) =>
        output.WriteAsync(json ? report.ToJson() + "\n" : ResultsTable.Render(report));

    /// <summary>The manifest with what its last session has spent so far.</summary>
    private Manifest WithWork(IEngine engine, Manifest manifest)
    {
        RunSession session = manifest.Sessions[^1];
        RunWork work = run.Work;
        return WithLast(manifest, session with
        {
            Work = work,
            Files = run.WrittenSamples,
            Network = HostTraffic.Joined((engine as IRemoteEngine)?.Traffic ?? session.Network, _judge.Traffic),
            Spent = run.Account?.After(work.Seconds.Total).LastStart,
        });
    }

    private Manifest End(IEngine engine, Manifest manifest, string end, IReadOnlyList<ModelFile>? files = null)
    {
        Manifest spent = WithWork(engine, manifest);
        return WithLast(spent, spent.Sessions[^1] with
        {
            Ended = TimeProvider.System.GetUtcNow(),
            End = end,
            Files = files ?? run.WrittenSamples,
        });
    }

    private static Manifest WithLast(Manifest manifest, RunSession session) =>
        manifest with { Sessions = [.. manifest.Sessions.SkipLast(1), session] };

    private void Note(string text)
    {
        if (quiet)
            return;
        _progress?.Clear();
        error.WriteLine(Terminal.Visible(text));
    }
}
