using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>What a user should know of a run that has ended, besides its table.</summary>
internal static class RunNotes
{
    /// <param name="results">Of the run.</param>
    internal static IEnumerable<string> Of(RunResults results) =>
    [
        .. results.Tasks.Where(t => t.OutsideChoices > 0).Select(task =>
            $"task {task.Task.Name}: the target of {task.OutsideChoices} of {task.Count} documents is none of their choices, "
            + "so that they score 0 whatever the model says, as in lm-evaluation-harness; check doc_to_target and doc_to_choice"),
        .. results.Tasks.Select(t => Reasoning(t, results.Manifest.Options.ThinkEndToken)).OfType<string>(),
        .. from task in results.Tasks
           from metric in task.Metrics
           where metric is { Value: null, Count: > 0 }
           select $"task {task.Task.Name}: {metric.Metric} over {metric.Count} documents is infinite or not a number, and stands as n/a",
        .. from task in results.Tasks
           where task is { Task.ProcessResults: not null, Metrics.Count: > 0, Errored: 0 }
           from metric in task.Task.Metrics
           where !task.Metrics.Any(m => m.Metric == metric.Name && m.Count > 0)
           select $"task {task.Task.Name}: no document has a value of {metric.Name}, which metric_list names",
    ];

    /// <summary>What to do where completions seem to have reasoning that nothing divided; null where all is as the options say.</summary>
    private static string? Reasoning(TaskResult task, string? option) => (task.Generation, option) switch
    {
        (null, _) or (_, "none") => null,
        ({ Undivided: > 0 } figures, _) =>
            $"task {task.Task.Name}: {figures.Undivided} of {figures.Completions} completions have a marker of reasoning in them, and were "
            + "graded with the reasoning; give --think-end-token '</think>', or the end marker that they have, to grade what stands "
            + "behind it, or none to leave them whole",
        ({ Reasoned: 0, Completions: > 0 }, not null) =>
            $"task {task.Task.Name}: none of the {task.Generation.Completions} completions has the marker {option} of --think-end-token",
        _ => null,
    };
}
