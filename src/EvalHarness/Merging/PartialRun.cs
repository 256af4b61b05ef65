using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Merging;

/// <summary>What the parts of a run have graded so far. It is shown, and never written as a run.</summary>
public static class PartialRun
{
    /// <param name="paths">Folders of parts, or folders that hold parts; parts may be missing or at work.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>
    /// The scores of the tasks of which a part has graded its documents, and of the groups all of whose tasks have some, marked as partial.
    /// </returns>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.MergeRefused"/>: there is no part, one is there twice, they are parts of different runs, or nothing is graded.
    /// </exception>
    public static async Task<RunReport> ReadAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        var parts = RunParts.Read(paths);
        (IReadOnlyList<TaskRun> tasks, IReadOnlyList<SelectedGroup> groups) = MergedTasks.Of(
            parts.Whole, code: null, cancellationToken);
        var results = new List<TaskResult>();
        // What Python aggregates is seen when the parts are merged.
        foreach (TaskRun task in tasks.Where(t => !MergedTasks.NeedsPython(t.Definition)))
        {
            if (await ReadAsync(task, parts, cancellationToken).ConfigureAwait(false) is { Count: > 0 } result)
                results.Add(result);
        }

        if (results.Count == 0)
            throw RunParts.Refused($"{string.Join(' ', paths)}: no part has graded a task yet; look again later");
        HashSet<string> there = [.. results.Select(r => r.Task.Name)];
        RunSession[] sessions = [.. parts.Parts.SelectMany(p => p.Sessions).OrderBy(s => s.Started)];
        Manifest manifest = parts.Whole with { Sessions = sessions };
        var report = RunReport.Of(RunResults.Of(
            manifest, results, [.. groups.Where(g => g.Leaves.All(there.Contains))], [], RunWork.Of(sessions), spending: null));
        return report with
        {
            Harness = report.Harness with
            {
                Partial = new PartialCount(
                    results.Sum(r => r.Count),
                    tasks.Sum(t => t.Documents.Count),
                    parts.Parts.Count(p => p.IsFinished),
                    parts.Count),
            },
        };
    }

    private static async Task<TaskResult?> ReadAsync(TaskRun task, RunParts parts, CancellationToken cancellationToken)
    {
        FoundPart[] graded = [.. parts.Parts.Where(p => p.HasGraded(task.Definition.Name))];
        if (graded.Length == 0)
            return null;
        var samples = new MergedSamples(task, graded);
        int count = await samples.OpenAsync(isWhole: false, cancellationToken).ConfigureAwait(false);
        var evaluation = new TaskEvaluation(
            task with { Documents = new UnreadDocuments(count) }, isScored: !parts.Whole.Options.PredictOnly);
        await foreach (SampleRow row in samples.ReadAsync(cancellationToken).ConfigureAwait(false))
            evaluation.Add(row, []);
        // What completions are like is in the answers, which are not read.
        return evaluation.Finish(parts.Whole.Options.BootstrapIterations) with { Generation = null };
    }
}
