using EvalHarness.Nightly;
using EvalHarness.Results;

namespace EvalHarness.Cli.Slurm;

/// <summary>A night's cell that is computed on Slurm: one start submits it, and later ones ask for it until its parts are merged.</summary>
/// <param name="cell">The cell.</param>
/// <param name="folder">Its run folder.</param>
/// <param name="say">Gets a line for each thing that is done.</param>
internal sealed class SlurmCell(PlanCell cell, string folder, Action<string> say)
{
    private const string Doubt = "timings say little: nothing is known of other work on the machines that Slurm chose";

    /// <summary>Submits what is missing of the run.</summary>
    /// <param name="first">The try as it begins.</param>
    /// <param name="cancellationToken">Stops between jobs.</param>
    /// <returns>The try, which waits; or which has ended, because it cannot be submitted, or all is merged already.</returns>
    internal Task<NightTry> SubmitAsync(NightTry first, CancellationToken cancellationToken) => Guard(first, async slurm =>
    {
        if (slurm.IsMerged)
            return Collect(slurm, first);
        // What cannot be written into the scripts' options is said here, as 'submit slurm' says it.
        SlurmFolder.RequirePlain(Environment.CurrentDirectory);
        // Jobs download nothing.
        if (cell.Downloads)
            await HubFetch.ForRunAsync(cell.Options, say, progress: null, cancellationToken).ConfigureAwait(false);
        // A run goes on with the parts that it began with, whatever the plan says now.
        int parts = SubmittedRun.Read(slurm)?.Parts ?? cell.Place.Count;
        var submission = new SlurmSubmission(
            slurm, cell.Options, parts, new SbatchOptions(cell.Place.Sbatch ?? []), TimeProvider.System);
        say(await submission.SubmitAsync(dryRun: false, cancellationToken).ConfigureAwait(false));
        return first with
        {
            Seen = TimeProvider.System.GetUtcNow(),
            Slurm = "submitted",
        };
    });

    /// <summary>Asks how far a run is that was submitted.</summary>
    /// <param name="waiting">The try, which waits.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The try as it is now: it waits, is finished, or failed because a part is lost or failed.</returns>
    internal Task<NightTry> LookAsync(NightTry waiting, CancellationToken cancellationToken) => Guard(waiting, async slurm =>
    {
        if (slurm.IsMerged)
            return Collect(slurm, waiting);
        SlurmStatus status;
        try
        {
            status = await SlurmStatus.ReadAsync(slurm, cancellationToken).ConfigureAwait(false);
        }
        catch (EvalException e) when (e.ExitCode == ExitCode.Environment)
        {
            // That Slurm does not answer says nothing of the jobs.
            say(e.Message);
            return waiting;
        }

        if (status.ExitCode == ExitCode.Success)
            return Collect(slurm, waiting);
        NightTry seen = waiting with
        {
            Seen = TimeProvider.System.GetUtcNow(),
            Slurm = status.Counts,
        };
        return status.Failure is not { } failure ? seen : seen with
        {
            End = TryEnd.Failed,
            ExitCode = (int)ExitCode.NightIncomplete,
            Error = failure,
        };
    });

    private NightTry Collect(SlurmFolder slurm, NightTry waiting)
    {
        RunReport results = new RunFolder(slurm.FullPath).ReadResults();
        RemoveParts(slurm.PartsFolder);
        return waiting with
        {
            Seen = TimeProvider.System.GetUtcNow(),
            Slurm = "merged",
            End = TryEnd.Finished,
            ExitCode = (int)(results.Harness.Errored.Values.Sum() > 0 ? ExitCode.SamplesErrored : ExitCode.Success),
            TimingDoubt = Doubt,
        };
    }

    /// <summary>All that is in them is in the run folder now.</summary>
    private void RemoveParts(string parts)
    {
        try
        {
            if (Directory.Exists(parts))
                Directory.Delete(parts, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            say($"{parts} stays, and is needed no more: {e.Message}");
        }
    }

    private async Task<NightTry> Guard(NightTry current, Func<SlurmFolder, Task<NightTry>> step)
    {
        try
        {
            return await step(new SlurmFolder(folder)).ConfigureAwait(false);
        }
        catch (EvalException e)
        {
            return current with
            {
                Seen = TimeProvider.System.GetUtcNow(),
                End = TryEnd.Failed,
                ExitCode = (int)e.ExitCode,
                Error = e.Message,
            };
        }
    }
}
