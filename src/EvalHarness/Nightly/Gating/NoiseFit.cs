using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>
/// Refuses noise files that do not fit what they are used for: a file of another model, device, task or version, or of too few rows,
/// would otherwise do nothing, or something wrong, without a word.
/// </summary>
internal static class NoiseFit
{
    /// <summary>Checks that each file is of a model and device that runs have or will have.</summary>
    /// <param name="files">The files.</param>
    /// <param name="runs">Models and devices of the runs.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a file is no noise file, or fits none of the runs.</exception>
    internal static void RequireModels(IReadOnlyList<string> files, IReadOnlyList<(string Model, string Device)> runs)
    {
        foreach (string file in files)
        {
            var floor = NoiseFloor.Read(file);
            if (!runs.Any(r => floor.Concerns(r.Model, r.Device)))
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"{file}: is the noise of model {floor.Model} on {floor.Device}; expected that of a run that the gate judges: "
                    + $"{Some(runs.Select(r => $"{r.Model} on {r.Device}"))}; measure it with '{Invocation.Command} noise', or leave the "
                    + "file out");
            }
        }
    }

    /// <summary>Checks that each file is of a model, a device and a task of these runs, which are all that the gate judges.</summary>
    /// <param name="files">The files.</param>
    /// <param name="runs">All runs.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: a file is no noise file, or fits none of the runs.</exception>
    internal static void RequireTasks(IReadOnlyList<string> files, IReadOnlyList<FinishedRun> runs)
    {
        RequireModels(files, [.. runs.Select(r => (r.Manifest.Model.ModelName, r.Manifest.Model.Device))]);
        foreach (string file in files)
        {
            var floor = NoiseFloor.Read(file);
            FinishedRun[] fitting = [.. runs.Where(r => IsOf(floor, r))];
            if (!fitting.Any(r => Shared(floor, r).Any()))
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"{file}: is the noise of {Some(floor.Scores.Select(s => s.Task))}; expected tasks of "
                    + $"{Some(fitting.Select(r => r.Name))}: {Some(fitting.SelectMany(r => r.Tasks))}; measure these with "
                    + $"'{Invocation.Command} noise', or leave the file out");
            }
        }
    }

    /// <summary>Reads the files, and checks those that are of a model and device of these runs against the runs' tasks.</summary>
    /// <param name="files">The files.</param>
    /// <param name="runs">The runs that finished.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a file is no noise file, is of another version of a task, or has too few rows.
    /// </exception>
    internal static IReadOnlyList<NoiseFloor> Read(IReadOnlyList<string> files, IReadOnlyList<FinishedRun> runs)
    {
        var floors = new List<NoiseFloor>();
        foreach (string file in files)
        {
            var floor = NoiseFloor.Read(file);
            foreach (FinishedRun run in runs.Where(r => IsOf(floor, r)))
                Check(file, floor, run);
            floors.Add(floor);
        }

        return floors;
    }

    private static void Check(string file, NoiseFloor floor, FinishedRun run)
    {
        TaskRecord[] tasks = [.. Shared(floor, run)];
        foreach (TaskRecord task in tasks)
        {
            string? measured = floor.Scores.First(s => s.Task == task.Name).Definition;
            if (measured is not null && measured != task.Sha256)
            {
                throw new EvalException(
                    ExitCode.Usage,
                    $"{file}: is the noise of another version of {task.Name}, definition {Short(measured)}; expected that of {run.Name}, "
                    + $"{Short(task.Sha256)}; run '{Invocation.Command} noise' again");
            }
        }

        if (tasks.Length == 0)
            return;
        string[] names = [.. tasks.Select(t => t.Name)];
        int rows = names.Sum(n => floor.Scores.Where(s => s.Task == n).Max(s => s.Rows)), needed = NoiseFloor.Needed(run.Report, names);
        if (rows < needed)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{file}: has {rows} rows of {Some(names)}, too few to say how often rows change; expected {needed} or more; run "
                + $"'{Invocation.Command} noise' with a larger --limit");
        }
    }

    private static bool IsOf(NoiseFloor floor, FinishedRun run) =>
        floor.Concerns(run.Manifest.Model.ModelName, run.Manifest.Model.Device);

    private static IEnumerable<TaskRecord> Shared(NoiseFloor floor, FinishedRun run) =>
        run.Manifest.Tasks.Where(t => floor.Scores.Any(s => s.Task == t.Name && s.SquaredChanges is not null));

    private static string Short(string hash) => hash[..Math.Min(12, hash.Length)];

    private static string Some(IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct()];
        const int most = 5;
        return string.Join(", ", all.Take(most)) + (all.Length > most ? $" and {all.Length - most} more" : "");
    }
}
