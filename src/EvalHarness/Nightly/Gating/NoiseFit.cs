using EvalHarness.Results;

namespace EvalHarness.Nightly.Gating;

/// <summary>
/// Finds noise files that do not fit what they are used for: a file of another model, device, task or version, or of too few rows, would
/// otherwise do nothing, or something wrong, without a word.
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

    /// <summary>
    /// Checks that each file is of a model, a device and a task of these runs, which are all that the gate judges, and can be used for
    /// those it is of.
    /// </summary>
    /// <param name="files">The files.</param>
    /// <param name="runs">All runs.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a file is no noise file, fits none of the runs, is of another version of a task, or has too few rows.
    /// </exception>
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

            if (fitting.Select(r => Misfit(file, floor, r, [.. r.Tasks])).FirstOrDefault(m => m is not null) is { } misfit)
                throw new EvalException(ExitCode.Usage, misfit);
        }
    }

    /// <summary>Says why a file cannot be used for tasks of a run.</summary>
    /// <param name="file">The file.</param>
    /// <param name="floor">What it holds.</param>
    /// <param name="run">A run of the file's model and device.</param>
    /// <param name="tasks">The tasks.</param>
    /// <returns>Null where it can be used, or is of none of the tasks.</returns>
    internal static string? Misfit(string file, NoiseFloor floor, FinishedRun run, IReadOnlyList<string> tasks)
    {
        TaskRecord[] all = [.. Shared(floor, run)], shared = [.. all.Where(t => tasks.Contains(t.Name))];
        if (shared.Length == 0)
            return null;
        if (OtherVersion(file, floor, shared.Select(t => (t.Name, t.Sha256)), run.Name) is { } other)
            return other;
        string[] names = [.. all.Select(t => t.Name)];
        int rows = names.Sum(n => floor.Scores.Where(s => s.Task == n).Max(s => s.Rows)), needed = NoiseFloor.Needed(run.Report, names);
        return rows >= needed ? null
            : $"{file}: has {rows} rows of {Some(names)}, too few to say how often rows change; expected {needed} or more; run "
                + $"'{Invocation.Command} noise' with a larger --limit";
    }

    /// <summary>Says which task a file measured in another version than it has.</summary>
    /// <param name="file">The file.</param>
    /// <param name="floor">What it holds.</param>
    /// <param name="tasks">Names of tasks, and the hashes of their definitions.</param>
    /// <param name="run">The run that has the tasks, for the message.</param>
    /// <returns>Null where there is none.</returns>
    internal static string? OtherVersion(
        string file, NoiseFloor floor, IEnumerable<(string Name, string Sha256)> tasks, string run)
    {
        foreach ((string name, string sha) in tasks)
        {
            string? measured = floor.Scores.FirstOrDefault(s => s.Task == name)?.Definition;
            if (measured is not null && measured != sha)
            {
                return $"{file}: is the noise of another version of {name}, definition {Short(measured)}; expected that of "
                    + $"{run}, {Short(sha)}; run '{Invocation.Command} noise' again";
            }
        }

        return null;
    }

    internal static bool IsOf(NoiseFloor floor, FinishedRun run) =>
        floor.Concerns(run.Manifest.Model.ModelName, run.Manifest.Model.Device);

    private static IEnumerable<TaskRecord> Shared(NoiseFloor floor, FinishedRun run) =>
        run.Manifest.Tasks.Where(t => floor.Scores.Any(s => s.Task == t.Name && s.IsMeasured));

    private static string Short(string hash) => hash[..Math.Min(12, hash.Length)];

    private static string Some(IEnumerable<string> names)
    {
        string[] all = [.. names.Distinct()];
        const int most = 5;
        return string.Join(", ", all.Take(most)) + (all.Length > most ? $" and {all.Length - most} more" : "");
    }
}
