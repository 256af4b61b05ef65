using System.Globalization;

namespace EvalHarness.Cli.Slurm;

/// <summary>A job of a run, as Slurm lists it.</summary>
/// <param name="Id">As Slurm's commands take it: "12", or "12_3" for a task of an array.</param>
/// <param name="Part">The number of the part, from 1; null for the merge.</param>
/// <param name="State">In Slurm's words, such as PENDING.</param>
/// <param name="Reason">Why it waits, in Slurm's words; "None" where it does not.</param>
internal sealed record SlurmJob(string Id, int? Part, string State, string Reason)
{
    /// <summary>States of a job that will do nothing more by itself.</summary>
    private static readonly string[] Ended =
    [
        "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED", "TIMEOUT",
    ];

    /// <summary>Whether it runs, or is still going to.</summary>
    internal bool IsActive => !Ended.Contains(State);

    internal bool IsWaiting => State is "PENDING" or "REQUEUED" or "REQUEUE_HOLD" or "SPECIAL_EXIT" or "REQUEUE_FED";

    /// <summary>Whether it waits for a job that has failed, so that it never starts.</summary>
    internal bool NeverStarts => IsWaiting && Reason == "DependencyNeverSatisfied";
}

/// <summary>
/// The jobs of a run that Slurm knows. It forgets a job some minutes after its end (MinJobAge), and needs no accounting for this.
/// </summary>
/// <param name="Parts">By number of the part: the job that is active, else the last one that ended.</param>
/// <param name="Merge">The job that is active, else the last one that ended; null for none.</param>
/// <remarks>Source: squeue(1) of Slurm 22.05.</remarks>
internal sealed record SlurmQueue(IReadOnlyDictionary<int, SlurmJob> Parts, SlurmJob? Merge)
{
    /// <summary>Where nothing was submitted.</summary>
    internal static SlurmQueue Empty { get; } = new(new Dictionary<int, SlurmJob>(), null);

    /// <exception cref="EvalException"><see cref="ExitCode.Environment"/>: squeue is missing, fails, or prints something else.</exception>
    internal static async Task<SlurmQueue> ReadAsync(SlurmFolder folder, CancellationToken cancellationToken)
    {
        string[] arguments =
        [
            "--noheader", "--array", "--states=all", $"--name={folder.JobName},{folder.MergeName}", "--format=%j|%F|%K|%T|%r",
        ];
        string output = await SlurmProgram.AskAsync("squeue", arguments, cancellationToken).ConfigureAwait(false);
        SlurmJob[] jobs = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Read(line, folder))];
        return new SlurmQueue(
            jobs.Where(j => j.Part is not null).GroupBy(j => j.Part!.Value).ToDictionary(g => g.Key, Current),
            jobs.Where(j => j.Part is null).GroupBy(_ => 0).Select(Current).FirstOrDefault());
    }

    private static SlurmJob Current(IEnumerable<SlurmJob> jobs) => jobs.OrderBy(j => j.IsActive).ThenBy(j => Number(j.Id)).Last();

    private static long Number(string id) => long.Parse(id.Split('_')[0], CultureInfo.InvariantCulture);

    private static SlurmJob Read(string line, SlurmFolder folder)
    {
        string[] fields = line.Split('|', 5, StringSplitOptions.TrimEntries);
        bool isRead = fields is [var name, var id, var task, _, _]
            && long.TryParse(id, CultureInfo.InvariantCulture, out _)
            && (name == folder.MergeName || (name == folder.JobName && int.TryParse(task, CultureInfo.InvariantCulture, out _)));
        if (!isRead)
            throw new EvalException(ExitCode.Environment, $"squeue printed '{line}'; expected name|job|task|state|reason");
        return fields[0] == folder.MergeName
            ? new SlurmJob(fields[1], null, fields[3], fields[4])
            : new SlurmJob($"{fields[1]}_{fields[2]}", int.Parse(fields[2], CultureInfo.InvariantCulture), fields[3], fields[4]);
    }
}
