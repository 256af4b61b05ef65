using System.Globalization;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Reports;

namespace EvalHarness.Cli.Slurm;

/// <summary>How far a part, or the merge, is.</summary>
internal enum SlurmState
{
    /// <summary>Its files are complete.</summary>
    Finished,

    Running,

    /// <summary>In Slurm's queue.</summary>
    Pending,

    /// <summary>It began, is not in the queue, and is not complete.</summary>
    Failed,

    /// <summary>It is not in the queue, and has left neither a log nor files.</summary>
    Lost,
}

/// <param name="Number">From 1; null for the merge.</param>
/// <param name="State">How far it is.</param>
/// <param name="Responses">Lines of its journal; null where it has none.</param>
/// <param name="Job">As Slurm's commands take it; null where Slurm knows no such job.</param>
/// <param name="Detail">
/// Why it waits, what it said last where it failed, or how many samples errored; null where there is nothing to say.
/// </param>
internal sealed record SlurmStep(int? Number, SlurmState State, long? Responses, string? Job, string? Detail);

/// <summary>All parts of a run, and its merge.</summary>
internal sealed record SlurmStatus(string Folder, IReadOnlyList<SlurmStep> Parts, SlurmStep Merge)
{
    /// <summary>What remains, for a program that waits.</summary>
    internal ExitCode ExitCode =>
        Merge.State == SlurmState.Finished ? ExitCode.Success
        : Parts.Append(Merge).All(s => s.State is SlurmState.Finished or SlurmState.Running or SlurmState.Pending)
            ? ExitCode.AlreadyRunning
            : ExitCode.NightIncomplete;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: nothing was submitted for the folder; <see cref="ExitCode.Environment"/>: squeue is missing or fails.
    /// </exception>
    internal static async Task<SlurmStatus> ReadAsync(SlurmFolder folder, CancellationToken cancellationToken)
    {
        SubmittedRun run = SubmittedRun.Read(folder) ?? throw new EvalException(
            ExitCode.Output, $"{folder.Name}: has no submit.json; expected a folder that was given to 'submit slurm' as --output");
        // A run that is merged may be looked at where there is no Slurm. The queue comes before the files: what ends meanwhile is then
        // seen to be finished.
        SlurmQueue queue = folder.IsMerged
            ? SlurmQueue.Empty
            : await SlurmQueue.ReadAsync(folder, cancellationToken).ConfigureAwait(false);
        bool isMerged = folder.IsMerged;
        Dictionary<int, int?> errored = Enumerable.Range(1, run.Parts).ToDictionary(n => n, folder.ErroredIn);
        bool IsFinished(int number) => isMerged || errored[number] is not null;
        IReadOnlyDictionary<string, string> ended =
            errored.Keys.All(n => IsFinished(n) || queue.Parts.GetValueOrDefault(n) is { IsActive: true })
                ? new Dictionary<string, string>()
                : await EndedJobs.ReadAsync(run, cancellationToken).ConfigureAwait(false);
        var steps = new List<SlurmStep>();
        foreach (int number in Enumerable.Range(1, run.Parts))
        {
            long? responses = await EndedJobs.CountLinesAsync(folder.Part(number).JournalFile, cancellationToken).ConfigureAwait(false);
            string? last = run.Submissions.LastOrDefault(s => s.Parts.Contains(number))?.Array;
            SlurmStep step = Step(
                number, IsFinished(number), queue.Parts.GetValueOrDefault(number), responses, folder.LogOf(number),
                last is null ? null : ended.GetValueOrDefault(string.Create(CultureInfo.InvariantCulture, $"{last}_{number}")));
            steps.Add(errored[number] is > 0 and var count ? step with { Detail = $"{count} errored" } : step);
        }

        string? merge = run.Submissions is [.., { } latest] ? latest.Merge : null;
        SlurmStep merged = Step(
            null, isMerged, queue.Merge, null, folder.MergeLog, merge is null ? null : ended.GetValueOrDefault(merge));
        return new SlurmStatus(folder.Name, steps, merged);
    }

    private static SlurmStep Step(int? number, bool finished, SlurmJob? job, long? responses, string log, string? ended)
    {
        if (finished)
            return new SlurmStep(number, SlurmState.Finished, responses, job?.Id, null);
        if (job is { NeverStarts: true })
            return new SlurmStep(number, SlurmState.Failed, responses, job.Id, $"{job.Reason}: submit again");
        if (job is { IsActive: true })
        {
            return job.IsWaiting
                ? new SlurmStep(number, SlurmState.Pending, responses, job.Id, job.Reason == "None" ? null : job.Reason)
                : new SlurmStep(number, SlurmState.Running, responses, job.Id, null);
        }

        string? state = job?.State ?? ended;
        string? said = EndedJobs.LastWords(log);
        string? detail = string.Join(": ", ((string?[])[state, said]).OfType<string>()) is { Length: > 0 } text ? text : null;
        bool leftSomething = responses is not null || said is not null;
        return new SlurmStep(number, leftSomething ? SlurmState.Failed : SlurmState.Lost, responses, job?.Id, detail);
    }

    internal string Render()
    {
        var table = new TextTable(("Part", true), ("State", false), ("Responses", true), ("Job", false), ("", false));
        foreach (SlurmStep step in Parts.Append(Merge))
        {
            table.Add(
                step.Number is { } number ? TextTable.Number(number) : "merge",
                $"{step.State}".ToLowerInvariant(),
                step.Responses is { } count ? TextTable.Number(count) : "",
                step.Job ?? "",
                step.Detail ?? "");
        }

        string end = ExitCode switch
        {
            ExitCode.Success => $"merged; see the results with: {Invocation.Command} show {Folder}",
            ExitCode.AlreadyRunning => "nothing needs to be done",
            _ => "the same 'submit slurm' once more submits what is missing",
        };
        return $"{table}{Counts}; {end}\n";
    }

    /// <summary>How many parts are how far.</summary>
    internal string Counts
    {
        get
        {
            IEnumerable<string> counts = Parts.GroupBy(s => s.State).OrderBy(g => g.Key)
                .Select(g => $"{g.Count()} {$"{g.Key}".ToLowerInvariant()}");
            return $"{string.Join(", ", counts)} of {Parts.Count} parts";
        }
    }

    /// <summary>What failed or is lost first, in words; null where nothing is.</summary>
    internal string? Failure => Parts.Append(Merge).FirstOrDefault(s => s.State is SlurmState.Failed or SlurmState.Lost) is { } step
        ? $"{(step.Number is { } number ? $"part {number} of {Parts.Count}" : "the merge")} on Slurm "
            + (step.State == SlurmState.Failed ? "failed" : "is lost") + (step.Detail is { } detail ? $": {detail}" : "")
        : null;

    internal string Json() => JsonSerializer.Serialize(this, ResultsJson.Indented) + "\n";
}
