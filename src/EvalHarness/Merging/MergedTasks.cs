using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Merging;

/// <summary>The tasks of a run whose parts are joined. Their files are read again, because they say how scores become metrics.</summary>
internal static class MergedTasks
{
    /// <param name="whole">The manifest of the whole run.</param>
    /// <param name="code">
    /// Runs the Python of task files that aggregates scores; null where whoever merges has not allowed it, whatever the manifest says.
    /// </param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: a task or group is not the one that the parts were computed with.
    /// <see cref="ExitCode.Task"/>: a task is not there any more, or is wrong.
    /// </exception>
    internal static (IReadOnlyList<TaskRun> Tasks, IReadOnlyList<SelectedGroup> Groups) Of(
        Manifest whole, BoxedCode? code, CancellationToken cancellationToken)
    {
        RunOptions options = whole.Options;
        TaskCatalog catalog = whole.TaskCode is not null && code is not null
            ? TaskPython.Catalog(options, code, cancellationToken)
            : TaskPython.Described(options with { AllowTaskCode = whole.TaskCode is not null });
        TaskSelection selection = catalog.Select(options.Tasks);
        CheckFiles(whole, selection, code);
        GroupRecord[] groups = [.. selection.Groups.Select(GroupRecord.Of)];
        if (!groups.SequenceEqual(whole.Groups))
        {
            string name = groups.Concat(whole.Groups).First(g => !groups.Contains(g) || !whole.Groups.Contains(g)).Name;
            throw RunParts.Refused($"group {name} is not what it was when the parts were computed; restore its file");
        }

        var tasks = new List<TaskRun>();
        foreach ((TaskRun run, TaskRecord? record) in selection.Runs(options)
            .Select(run => (run, whole.Tasks.FirstOrDefault(t => t.Name == run.Definition.Name))))
        {
            if (record is null || record.Sha256 != run.Definition.Sha256)
            {
                throw RunParts.Refused(
                    $"{run.Definition.Source}: task {run.Definition.Name} is not what it was when the parts were computed; "
                    + "restore its file");
            }

            tasks.Add(run with
            {
                Documents = new UnreadDocuments(record.Documents),
                Available = record.Available,
            });
        }

        return (tasks, selection.Groups);
    }

    /// <summary>Whether a task's scores become metrics by Python beside its file.</summary>
    internal static bool NeedsPython(TaskDefinition task) => task.Metrics.Any(m => m.Function is { RunsPython: true });

    private static void CheckFiles(Manifest whole, TaskSelection selection, BoxedCode? code)
    {
        IReadOnlyList<TaskCodeFile> now = TaskPython.Record(code, selection.Tasks, whole.Options)?.Files ?? [];
        if (now.FirstOrDefault(f => whole.TaskCode!.Files.Any(was => was.Name == f.Name && was.Sha256 != f.Sha256)) is { } changed)
            throw RunParts.Refused($"task file {changed.Name} is not what it was when the parts were computed; restore it");
    }
}
