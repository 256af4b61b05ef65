using System.Globalization;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Cli.Slurm;

/// <summary>
/// Submits what is missing of a run in parts: the parts that are neither finished nor in Slurm's queue, and the merge, which waits for
/// all that are not finished. A second start with nothing missing submits nothing.
/// </summary>
/// <param name="folder">Of the run.</param>
/// <param name="given">The options of the run.</param>
/// <param name="parts">How many the run is cut into.</param>
/// <param name="sbatch">The user's options for sbatch.</param>
/// <param name="time">For the time in submit.json.</param>
internal sealed class SlurmSubmission(SlurmFolder folder, RunOptions given, int parts, SbatchOptions sbatch, TimeProvider time)
{
    private const string Sbatch = "sbatch";

    /// <returns>Null where Slurm's commands are on this machine.</returns>
    internal static EvalException? WhyImpossible() => SlurmProgram.WhyMissing(Sbatch);

    private string Status => $"{Invocation.Command} submit status {folder.Name}";

    /// <param name="dryRun">Writes the scripts, and instead of submitting them prints what would be submitted.</param>
    /// <param name="cancellationToken">Stops between jobs.</param>
    /// <returns>What it did, in one line; for a dry run, the commands.</returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Environment"/>: Slurm is not here, or refuses; <see cref="ExitCode.Usage"/>: the folder was submitted with other
    /// options; <see cref="ExitCode.Output"/>: another run is in the folder.
    /// </exception>
    internal async Task<string> SubmitAsync(bool dryRun, CancellationToken cancellationToken)
    {
        if (!dryRun)
            SlurmProgram.Require(Sbatch);
        using FileStream held = FileLock.Take(Path.Combine(folder.Scripts, ".lock"), keep: true)
            ?? throw new EvalException(ExitCode.Output, $"{folder.Name}: another 'submit slurm' is at work here; wait until it ends");
        SubmittedRun? earlier = SubmittedRun.Read(folder);
        RunOptions options = OfOneDay(earlier?.Options);
        SubmittedRun run = earlier ?? new SubmittedRun(options, parts, []);
        run.RequireSame(folder, options, parts);
        if (folder.IsMerged)
            return $"nothing to do: all {parts} parts are merged; see them with: {Invocation.Command} show {folder.Name}";
        RequireOwnFiles(options);
        // The queue comes first: a part that ends meanwhile is then seen to be finished.
        (SlurmQueue queue, string? silent) = await AskAsync(dryRun, cancellationToken).ConfigureAwait(false);
        int[] finished = [.. Numbers.Where(n => SlurmFolder.IsFinished(folder.Part(n)))];
        SlurmJob[] active = [.. Numbers.Except(finished).Select(queue.Parts.GetValueOrDefault).OfType<SlurmJob>().Where(j => j.IsActive)];
        int[] missing = [.. Numbers.Except(finished).Except(active.Select(j => j.Part!.Value))];
        await new SlurmScripts(folder, options, parts, Environment.CurrentDirectory).WriteAsync().ConfigureAwait(false);
        // A merge that waits already does not wait for parts that are submitted now.
        bool mergeStands = queue.Merge is { IsActive: true, NeverStarts: false } && missing.Length == 0;
        string? stale = !mergeStands && queue.Merge is { IsActive: true } waiting ? waiting.Id : null;
        if (dryRun)
        {
            string commands = mergeStands
                ? $"nothing would be submitted, and the scripts are in {folder.Scripts}"
                : Commands(missing, active, stale);
            return silent is null ? commands : $"{commands}\nJobs in the queue are not left out: {silent}";
        }

        string counts = $"{finished.Length} of {parts} parts are finished, and {active.Length} run or wait";
        if (mergeStands)
            return $"nothing to do: {counts}, and the merge is job {queue.Merge!.Id}; see them with: {Status}";

        string? array = missing.Length == 0
            ? null
            : await SubmitAsync(ArrayArguments(missing), cancellationToken).ConfigureAwait(false);
        var submission = new JobSubmission(time.GetUtcNow(), missing, array, Merge: null, sbatch.Given);
        await (run with { Submissions = [.. run.Submissions, submission] }).WriteAsync(folder).ConfigureAwait(false);
        if (stale is not null)
            await SlurmProgram.AskAsync("scancel", [stale], cancellationToken).ConfigureAwait(false);
        string merge = await SubmitAsync(MergeArguments(active, array), cancellationToken).ConfigureAwait(false);
        submission = submission with { Merge = merge };
        await (run with { Submissions = [.. run.Submissions, submission] }).WriteAsync(folder).ConfigureAwait(false);
        string before = missing.Length == parts ? "" : $"{counts}; ";
        string what = array is null ? "" : $"{(missing.Length == 1 ? "part" : "parts")} {Ranges(missing)} as job {array}, and ";
        return $"{before}submitted {what}the merge as job {merge}; see them with: {Status}";
    }

    /// <returns>The queue, and for a dry run why there is no answer.</returns>
    private async Task<(SlurmQueue Queue, string? Silent)> AskAsync(bool dryRun, CancellationToken cancellationToken)
    {
        try
        {
            return (await SlurmQueue.ReadAsync(folder, cancellationToken).ConfigureAwait(false), null);
        }
        catch (EvalException e) when (dryRun && e.ExitCode == ExitCode.Environment)
        {
            return (SlurmQueue.Empty, e.Message);
        }
    }

    private IEnumerable<int> Numbers => Enumerable.Range(1, parts);

    /// <summary>A chat template may write the day, and parts that start on several days have one day all the same.</summary>
    private RunOptions OfOneDay(RunOptions? earlier) => given is { ApplyChatTemplate: true, TemplateDate: null }
        ? given with { TemplateDate = earlier?.TemplateDate ?? time.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) }
        : given;

    /// <summary>Parts that were computed with other options would be refused by the merge only after all the others are computed.</summary>
    private void RequireOwnFiles(RunOptions options)
    {
        if (new RunFolder(folder.FullPath).HasRun)
            throw Taken(folder.FullPath);
        foreach (int number in Numbers.Where(n => folder.Part(n).HasRun))
        {
            Manifest part = folder.Part(number).ReadManifest();
            bool isOurs = part.Part is { } record && (record.Number, record.Of) == (number, parts)
                && part.Options.Hash() == options.Hash() && part.Options.Model == options.Model;
            if (!isOurs)
                throw Taken(folder.Part(number).FullPath);
        }
    }

    private EvalException Taken(string path) => new(
        ExitCode.Output, $"--output {folder.Name}: {path} has another run; choose another folder, or move that away");

    private string[] ArrayArguments(int[] missing) => ["--parsable", $"--array={Ranges(missing)}", .. sbatch.Given, folder.PartsScript];

    /// <summary>It waits for the parts that are active one by one, because others of their array may have failed.</summary>
    private string[] MergeArguments(IEnumerable<SlurmJob> active, string? array)
    {
        string[] jobs = [.. active.Select(j => j.Id), .. array is null ? [] : (string[])[array]];
        string[] dependency = jobs.Length == 0 ? [] : [$"--dependency=afterok:{string.Join(':', jobs)}"];
        return ["--parsable", .. dependency, .. sbatch.ForMerge, folder.MergeScript];
    }

    private string Commands(int[] missing, SlurmJob[] active, string? stale)
    {
        bool hasArray = missing.Length > 0;
        string[] lines =
        [
            .. hasArray ? (string[])[$"{Sbatch} {Invocation.BashWords(ArrayArguments(missing))}"] : [],
            .. stale is null ? (string[])[] : [$"scancel {stale}"],
            $"{Sbatch} {Invocation.BashWords(MergeArguments(active, hasArray ? "JOB" : null))}",
            .. hasArray ? (string[])["JOB is the number that the first command prints."] : [],
        ];
        return string.Join('\n', lines);
    }

    /// <returns>The number of the job.</returns>
    private static async Task<string> SubmitAsync(string[] arguments, CancellationToken cancellationToken)
    {
        string output = await SlurmProgram.AskAsync(Sbatch, arguments, cancellationToken).ConfigureAwait(false);
        // Behind a semicolon stands the name of the cluster, where there are several.
        string id = output.Trim().Split(';')[0];
        return long.TryParse(id, CultureInfo.InvariantCulture, out _)
            ? id
            : throw new EvalException(ExitCode.Environment, $"sbatch printed '{output.Trim()}'; expected the number of a job");
    }

    /// <summary>As sbatch takes them: 1,4-6.</summary>
    /// <param name="numbers">Ascending.</param>
    internal static string Ranges(IReadOnlyList<int> numbers)
    {
        var ranges = new List<(int First, int Last)>();
        foreach (int number in numbers)
        {
            if (ranges.Count > 0 && ranges[^1].Last == number - 1)
                ranges[^1] = (ranges[^1].First, number);
            else
                ranges.Add((number, number));
        }

        return string.Join(',', ranges.Select(r => r.First == r.Last ? $"{r.First}" : $"{r.First}-{r.Last}"));
    }
}
