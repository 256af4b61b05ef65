using System.Diagnostics;
using EvalHarness.Files;
using EvalHarness.Nightly;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>A cell's process under a watchdog: ended where it hangs, or uses more time or space than the plan allows.</summary>
/// <param name="folder">The cell's run folder.</param>
/// <param name="log">Gets what the process prints.</param>
/// <param name="budget">Of the plan.</param>
/// <param name="time">What is left of the night; null for no end.</param>
/// <param name="space">Bytes that are left of the night; null for no end.</param>
/// <param name="live">Told how far the process is.</param>
/// <param name="say">
/// Gets the lines that the process prints, without those that say how far it is; null where they go to the log only.
/// </param>
internal sealed class CellWatch(
    string folder,
    string log,
    PlanBudget budget,
    TimeSpan? time,
    long? space,
    Action<ProgressReport> live,
    Action<string>? say = null)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    /// <summary>How often it is noted that the process is alive, and how far it is.</summary>
    private static readonly TimeSpan Tell = TimeSpan.FromSeconds(30);

    /// <summary>After a first signal, before it is killed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(20);

    private static readonly EnumerationOptions Inside = new()
    {
        RecurseSubdirectories = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    private string _lastLine = "";

    /// <param name="arguments">Of the program.</param>
    /// <param name="first">The try as it begins.</param>
    /// <param name="seen">Told now and then that it is alive.</param>
    /// <param name="cancellationToken">Stops the process, which can be resumed.</param>
    /// <returns>The try as it ended.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal async Task<NightTry> RunAsync(
        IReadOnlyList<string> arguments, NightTry first, Func<NightTry, Task> seen, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(log))!);
        // Someone may read along while it runs.
        await using var writer = new StreamWriter(log, append: true) { AutoFlush = true };
        using Process child = ChildProgram.Start(arguments, redirectError: true, readsProgress: true);
        Task copied = Task.WhenAll(
            ChildProgram.CopyAsync(child.StandardOutput, TextWriter.Null), ReadErrorsAsync(child.StandardError, writer));
        Task exited = child.WaitForExitAsync(CancellationToken.None);
        (TryEnd End, string Why)? verdict = null;
        long started = TimeProvider.System.GetTimestamp(), told = started, changed = started;
        (long Bytes, DateTime Latest) size = Size();
        while (!exited.IsCompleted && verdict is null && !cancellationToken.IsCancellationRequested)
        {
            await Task.WhenAny(exited, Task.Delay(Look, CancellationToken.None)).ConfigureAwait(false);
            (long Bytes, DateTime Latest) now = Size();
            if (now != size)
                (size, changed) = (now, TimeProvider.System.GetTimestamp());
            verdict = Judge(TimeProvider.System.GetElapsedTime(started), TimeProvider.System.GetElapsedTime(changed), size.Bytes);
            if (TimeProvider.System.GetElapsedTime(told) > Tell)
            {
                told = TimeProvider.System.GetTimestamp();
                await seen(first with { Seen = TimeProvider.System.GetUtcNow() }).ConfigureAwait(false);
            }
        }

        if (!exited.IsCompleted)
            await EndAsync(child, exited, gently: verdict is null or { End: not TryEnd.Stalled }).ConfigureAwait(false);
        await copied.ConfigureAwait(false);
        await exited.ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return first with
        {
            Seen = TimeProvider.System.GetUtcNow(),
            ExitCode = child.ExitCode,
            End = verdict?.End ?? Kind(child.ExitCode),
            Error = verdict?.Why ?? Explain(child.ExitCode),
        };
    }

    private static TryEnd Kind(int code) => code is 0 or (int)ExitCode.SamplesErrored ? TryEnd.Finished
        : ChildProgram.Crashed(code) ? TryEnd.Crashed
        : TryEnd.Failed;

    private string? Explain(int code) => code == 0 ? null
        : ChildProgram.Crashed(code) ? $"the system ended it (code {code}): the native runtime crashed, or memory ran out"
            + $"{(_lastLine.Length == 0 ? "" : $"; it last said: {_lastLine}")}"
        : _lastLine;

    /// <summary>Null while all is as it should be.</summary>
    private (TryEnd End, string Why)? Judge(TimeSpan elapsed, TimeSpan silent, long bytes)
    {
        if (budget.Cell.Minutes is { } minutes && elapsed.TotalMinutes > minutes)
            return (TryEnd.OutOfTime, FormattableString.Invariant($"took longer than {minutes} minutes (budget: cell: minutes)"));
        if (silent.TotalMinutes > budget.StalledMinutes)
        {
            string why = FormattableString.Invariant($"wrote nothing for {budget.StalledMinutes} minutes (budget: stalled_minutes)");
            return (TryEnd.Stalled, why);
        }

        if (bytes > budget.Cell.Megabytes * 1e6)
            return (TryEnd.OutOfDisk, FormattableString.Invariant($"wrote more than {budget.Cell.Megabytes} MB (budget: cell: megabytes)"));
        return budget.Exhausted(time - elapsed, space - bytes, Free(Path.GetDirectoryName(log)!));
    }

    internal static long Free(string folder) => new DriveInfo(Path.GetFullPath(folder)).AvailableFreeSpace;

    /// <summary>The bytes of all files under a folder, without those that links lead to.</summary>
    internal static long SizeOf(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", Inside).Sum(Length)
        : 0;

    /// <summary>
    /// Without the manifest and the logs of parts, which are also written while a run hangs: with the time that it has taken, and with how
    /// far it is.
    /// </summary>
    private (long Bytes, DateTime Latest) Size() => Directory.Exists(folder)
        ? new DirectoryInfo(folder)
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(f => !RunFolder.IsManifest(f.Name) && f.Extension != ".log")
            .Aggregate(
                (Size: 0L, Last: DateTime.MinValue),
                (sum, f) => (sum.Size + Length(f), f.LastWriteTimeUtc > sum.Last ? f.LastWriteTimeUtc : sum.Last))
        : (0, DateTime.MinValue);

    /// <summary>Files are renamed while others look.</summary>
    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    /// <summary>A run that is told to stop closes its files; one that hangs does not listen.</summary>
    private static async Task EndAsync(Process child, Task exited, bool gently)
    {
        if (gently)
        {
            ChildProgram.Stop(child);
            await Task.WhenAny(exited, Task.Delay(Grace, CancellationToken.None)).ConfigureAwait(false);
        }

        if (!child.HasExited)
            child.Kill(entireProcessTree: true);
    }

    private async Task ReadErrorsAsync(StreamReader from, TextWriter to)
    {
        long logged = TimeProvider.System.GetTimestamp();
        while (await from.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            // That a run says how far it is does not mean that it gets any further, so the watch for one that hangs does not see this.
            if (ProgressReport.Parse(line) is { } report)
            {
                live(report);
                if (TimeProvider.System.GetElapsedTime(logged) >= Tell)
                {
                    logged = TimeProvider.System.GetTimestamp();
                    await to.WriteLineAsync(report.ToString()).ConfigureAwait(false);
                }

                continue;
            }

            await to.WriteLineAsync(line).ConfigureAwait(false);
            say?.Invoke(line);
            if (line.StartsWith("error: ", StringComparison.Ordinal))
                _lastLine = line["error: ".Length..];
            else if (!_lastLine.StartsWith("this is a bug", StringComparison.Ordinal))
                _lastLine = line;
        }
    }

    /// <summary>Waits for a process of an earlier start that is still ending, and holds the run folder.</summary>
    internal static async Task WaitForFolderAsync(RunFolder run, CancellationToken cancellationToken)
    {
        long started = TimeProvider.System.GetTimestamp();
        while (Directory.Exists(run.FullPath) && TimeProvider.System.GetElapsedTime(started) < Grace)
        {
            using FileStream? held = FileLock.Take(run.LockFile, keep: false);
            using FileStream? parts = FileLock.Take(PartsFolder.LockOf(run.FullPath), keep: false);
            if (held is not null && parts is not null)
                return;
            await Task.Delay(Look, cancellationToken).ConfigureAwait(false);
        }
    }
}
