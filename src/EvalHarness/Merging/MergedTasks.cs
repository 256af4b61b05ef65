using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Merging;

/// <summary>The tasks of a run whose parts are joined. Their files are read again, because they say how scores become metrics.</summary>
internal static class MergedTasks
{
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: a task or group is not the one that the parts were computed with.
    /// <see cref="ExitCode.Task"/>: a task is not there any more, or is wrong.
    /// </exception>
    internal static (IReadOnlyList<TaskRun> Tasks, IReadOnlyList<SelectedGroup> Groups) Of(Manifest whole)
    {
        RunOptions options = whole.Options;
        var catalog = TaskCatalog.Load(options.IncludePaths, options.GenerationSettings, options.Metadata, options.Repeats);
        TaskSelection selection = catalog.Select(options.Tasks);
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
}
