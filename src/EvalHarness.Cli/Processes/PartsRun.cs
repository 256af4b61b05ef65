using EvalHarness.Nightly;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// One run in several processes, each of which computes a part of it. They are watched, and started again where the system ends them; when
/// all parts are computed, they are merged.
/// </summary>
/// <param name="folder">Of the run.</param>
internal sealed class PartsRun(PartsFolder folder)
{
    private const int Stopped = (int)ExitCode.Interrupted;

    /// <summary>A part that writes nothing for so long hangs, and is ended and started again.</summary>
    internal double StalledMinutes { get; init; } = new PlanBudget().StalledMinutes;

    private string Resume => $"{Invocation.Command} run --resume {folder.Path}";

    /// <summary>Computes what is missing of the parts, and merges them.</summary>
    /// <param name="json">results.json instead of the table.</param>
    /// <param name="quiet">No progress and no notes.</param>
    /// <param name="output">For results.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="cancellationToken">Stops all processes gently; the run can be resumed.</param>
    /// <returns>The exit code of a run of one process.</returns>
    /// <exception cref="EvalException">A part failed; the exit code is that part's.</exception>
    internal async Task<int> ExecuteAsync(
        bool json, bool quiet, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        ProgressLine? line = quiet ? null : new ProgressLine(error, ProgressLine.Reader, TimeProvider.System);
        var progress = new PartsProgress(line, folder.Count, TimeProvider.System);
        void Say(string text) => progress.Above(() => Terminal.Say(error, quiet, text));
        bool isWhole = await ComputeAsync(progress, Say, cancellationToken).ConfigureAwait(false);
        line?.Clear();
        int code = isWhole ? await MergeAsync(json, quiet, output, error, cancellationToken).ConfigureAwait(false) : Stopped;
        if (code == Stopped)
            await error.WriteLineAsync($"stopped; continue with: {Resume}").ConfigureAwait(false);
        return code;
    }

    /// <returns>Whether all parts are computed; not where it was stopped.</returns>
    private async Task<bool> ComputeAsync(PartsProgress progress, Action<string> say, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        (int Number, NightTry Try)? first = null;
        var warned = new HashSet<string>();
        // Each part says the same.
        void Warn(string line)
        {
            bool isNew = false;
            lock (warned)
                isNew = line.StartsWith("warning: ", StringComparison.Ordinal) && warned.Add(line);
            if (isNew)
                say(line);
        }

        async Task<NightTry?> RunAsync(int number)
        {
            NightTry? ended = null;
            progress.Start(number - 1);
            try
            {
                ended = await WatchAsync(number, progress, say, Warn, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return null;
            }
            catch
            {
                await stop.CancelAsync().ConfigureAwait(false);
                throw;
            }
            finally
            {
                progress.End(number - 1, ended?.End == TryEnd.Finished);
            }

            // What one part says is wrong is wrong for all of them.
            if (ended.End == TryEnd.Failed)
            {
                lock (stop)
                    first ??= (number, ended);
                await stop.CancelAsync().ConfigureAwait(false);
            }

            return ended;
        }

        int[] missing = [.. folder.Missing];
        NightTry?[] ends = await Task.WhenAll(missing.Select(RunAsync)).ConfigureAwait(false);
        if (cancellationToken.IsCancellationRequested || first is { Try.ExitCode: Stopped })
            return false;
        if (first is { } failed)
            throw Failure(failed.Number, failed.Try);
        int crashed = Array.FindIndex(ends, e => e is { End: not TryEnd.Finished });
        return crashed < 0 ? true : throw new EvalException(
            ExitCode.Model,
            $"part {missing[crashed]} of {folder.Count}: {ends[crashed]!.Error}; that was its last of {PartWatch.MostIdle} starts that got "
            + $"no further; the other parts are kept, continue with: {Resume}");
    }

    private EvalException Failure(int number, NightTry failed) => new(
        (ExitCode)failed.ExitCode!,
        failed.ExitCode == (int)ExitCode.Bug
            ? $"part {number} of {folder.Count}: this is a bug in EvalHarness; please report it with the lines in {folder.LogOf(number)}"
            : failed.Error ?? $"part {number} of {folder.Count} failed; see {folder.LogOf(number)}");

    private async Task<NightTry> WatchAsync(
        int number, PartsProgress progress, Action<string> say, Action<string> warn, CancellationToken cancellationToken)
    {
        var run = new RunFolder(folder.FolderOf(number));
        await CellWatch.WaitForFolderAsync(run, cancellationToken).ConfigureAwait(false);
        // The disk is the user's concern here, as it is for a run of one process.
        var budget = new PlanBudget { StalledMinutes = StalledMinutes, KeepFreeMegabytes = 0 };
        void Report(ProgressReport report) => progress.Report(number - 1, report);
        var process = new CellWatch(run.FullPath, folder.LogOf(number), budget, time: null, space: null, Report, warn);
        Task<NightTry> StartAsync(CancellationToken token)
        {
            progress.Start(number - 1);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            return process.RunAsync(folder.Arguments(number), new NightTry { Started = now, Seen = now }, _ => Task.CompletedTask, token);
        }

        long Size() => new[] { run.JournalFile, run.JudgeFile }.Where(File.Exists).Sum(file => new FileInfo(file).Length);
        var watch = new PartWatch(StartAsync, Size, text => say($"part {number} of {folder.Count}: {text}"));
        return await watch.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> MergeAsync(bool json, bool quiet, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        string[] flags = [.. json ? (string[])["--json"] : [], .. quiet ? (string[])["--quiet"] : []];
        string[] merge = ["merge", folder.Parts, "--output", folder.Path, .. folder.Options.CodePermission, .. flags];
        int code = await ChildProgram
            .RunAsync(merge, output, error, cancellationToken)
            .ConfigureAwait(false);
        if (ChildProgram.Crashed(code))
        {
            throw new EvalException(
                ExitCode.Bug, $"{folder.Path}: the system ended the merge (code {code}); the parts are kept, continue with: {Resume}");
        }

        if (code is 0 or (int)ExitCode.SamplesErrored && folder.IsMerged)
            folder.RemoveParts();
        return code;
    }
}
