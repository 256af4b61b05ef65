using EvalHarness.Results;

namespace EvalHarness.Analysis.Arena;

/// <summary>Runs whose answers are judged in pairs.</summary>
internal sealed class ArenaRuns
{
    private const int TasksNamed = 5;

    private readonly double? _limit;

    private ArenaRuns(FinishedRun[] runs, string[] tasks, double? limit)
    {
        (Runs, Tasks, _limit) = (runs, tasks, limit);
        Names = FinishedRun.Labels(runs);
    }

    internal IReadOnlyList<FinishedRun> Runs { get; }

    /// <summary>What each run is called in the ratings: its model, and its folder too where two models have one name.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The tasks whose answers are completions, and that two runs or more have.</summary>
    internal IReadOnlyList<string> Tasks { get; }

    /// <summary>Any two runs that have a task of <see cref="Tasks"/>, task by task.</summary>
    internal IEnumerable<(string Task, int First, int Second)> Pairs =>
        from task in Tasks
        from first in Enumerable.Range(0, Runs.Count)
        from second in Enumerable.Range(first + 1, Runs.Count - first - 1)
        where Generates(Runs[first], task) && Generates(Runs[second], task)
        select (task, first, second);

    /// <param name="folders">The runs' folders, two or more.</param>
    /// <param name="wanted">Tasks and groups of the runs; null for all.</param>
    /// <param name="limit">The most documents of each task that are judged; below 1, the share of them. Null for all.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a run is given twice, or no run has a task. <see cref="ExitCode.Incomparable"/>: no two runs have a
    /// task with completions. <see cref="ExitCode.Output"/>: a run is not finished or damaged.
    /// </exception>
    internal static ArenaRuns Open(IReadOnlyList<string> folders, IReadOnlyList<string>? wanted, double? limit)
    {
        FinishedRun[] runs = [.. folders.Select(f => FinishedRun.Read(RunFolder.Open(Path.TrimEndingDirectorySeparator(f))))];
        if (runs.GroupBy(r => r.Folder.FullPath).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new EvalException(ExitCode.Usage, $"{twice.First().Name}: is given twice; expected runs of two models or more");
        if (runs.FirstOrDefault(r => r.Report.Harness.Decisions is not null) is { } stopped)
        {
            throw new EvalException(
                ExitCode.Incomparable,
                $"{stopped.Name}: was stopped by --decide, so that it has not all documents; run it again without that option");
        }

        string[] shared = [.. runs.SelectMany(r => r.Tasks.Where(t => Generates(r, t))).GroupBy(t => t).Where(Several).Select(t => t.Key)];
        string[] tasks = wanted is null ? shared : [.. shared.Intersect(wanted.SelectMany(name => Members(runs, name)))];
        return tasks.Length > 0 ? new ArenaRuns(runs, tasks, limit) : throw new EvalException(
            ExitCode.Incomparable,
            $"no two of the runs have a task in common whose answers are texts{(wanted is null ? "" : " and that --tasks names")}; "
            + string.Join("; ", runs.Take(TasksNamed).Select(r => $"{r.Name} has {string.Join(", ", r.Tasks.Take(TasksNamed))}")));

        static bool Several(IGrouping<string, string> task) => task.Count() > 1;
    }

    private static string[] Members(FinishedRun[] runs, string name)
    {
        string[] members = [.. runs.SelectMany(r => r.Report.Leaves(name)).Where(t => runs.Any(r => r.Tasks.Contains(t))).Distinct()];
        return members.Length > 0 ? members : throw new EvalException(
            ExitCode.Usage,
            $"--tasks {name}: no run has such a task or group; they have "
            + string.Join(", ", runs.SelectMany(r => r.Tasks).Distinct().Take(TasksNamed)));
    }

    private static bool Generates(FinishedRun run, string task) => run.Tasks.Contains(task) && run.Report.Config(task).Generates;

    /// <summary>The most documents of a task of two runs that are judged.</summary>
    internal int Most(string task, int first, int second)
    {
        int documents = Math.Min(Documents(Runs[first]), Documents(Runs[second]));
        return _limit switch
        {
            null => documents,
            < 1 => (int)Math.Ceiling(documents * _limit.Value),
            _ => (int)Math.Min(documents, _limit.Value),
        };

        int Documents(FinishedRun run) => run.Manifest.Tasks.First(t => t.Name == task).Documents;
    }

    /// <summary>What tells these runs from others whose answers may differ.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Identity() => Runs.Zip(
        Names,
        (run, name) => KeyValuePair.Create("run", $"{name} {Convert.ToHexStringLower(JournalChecksum.HashOf(run.Manifest))}"));
}
