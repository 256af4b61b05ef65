using EvalHarness.Files;

namespace EvalHarness.Tasks;

/// <summary>Finds problems of a selection of tasks that do not stop a run but that the user should know about.</summary>
internal static class SelectionWarnings
{
    /// <summary>Returns one line per problem.</summary>
    public static IEnumerable<string> Of(TaskCatalog catalog, TaskSelection selection)
    {
        int leftOut = selection.LeftOut.Count;
        if (leftOut > 0)
        {
            string names = string.Join(", ", selection.LeftOut.Take(5).Select(l => l.Task)) + (leftOut > 5 ? ", ..." : "");
            yield return $"{leftOut} task(s) that match cannot run and are left out: {names}; the first: {selection.LeftOut[0].Reason}";
        }

        HashSet<string> selected = [.. selection.Tasks.Select(t => t.Name)];
        foreach (string duplicate in catalog.Duplicates.Where(d => selected.Contains(d[..d.IndexOf(' ', StringComparison.Ordinal)])))
            yield return duplicate;
        foreach (SelectedGroup group in selection.Groups)
        {
            foreach (string warning in Missing(group, [.. selection.Tasks.Where(t => group.Leaves.Contains(t.Name))]))
                yield return warning;
        }

        foreach (TaskDefinition task in selection.Tasks.Where(t => t is { Repeats: > 1, Generation.Greedy: true }
            && t.OutputType == OutputType.GenerateUntil))
        {
            yield return $"task {task.Name} asks for {task.Repeats} completions of each document and generates greedily, so that they are "
                + "all the same; --gen-kwargs do_sample=true,temperature=0.7 would sample them";
        }

        foreach (TaskDefinition task in selection.Tasks.Where(t => t.OutputType == OutputType.GenerateUntil && SamplesInVain(t.Generation)))
        {
            yield return $"task {task.Name} generates greedily (do_sample is false), so that its temperature, top_p, top_k and min_p have "
                + "no effect; --gen-kwargs do_sample=true switches sampling on";
        }

        IEnumerable<FunctionReference> equivalents = selection.Tasks.SelectMany(t => t.Functions.Except(t.BoxedFunctions));
        foreach (string module in equivalents.Where(f => !FunctionResolver.IsKnown(f)).Select(f => f.Module).Distinct())
        {
            yield return $"{module} differs from the version whose functions have equivalents here; "
                + "scores can differ from those of lm-evaluation-harness";
        }
    }

    private static bool SamplesInVain(GenerationOptions options) =>
        options is { Greedy: true, Temperature: > 0 }
        && (options.Temperature != 1 || options.TopP < 1 || options.TopK > 1 || options.MinP > 0);

    /// <summary>
    /// Finds the metrics that a group aggregates although none of its tasks has them, so that they are missing in the results. A task
    /// with a function or program of its own can have metrics that its file does not name.
    /// </summary>
    private static IEnumerable<string> Missing(SelectedGroup group, IReadOnlyList<TaskDefinition> tasks)
    {
        if (tasks.Any(t => t.Grader is not ("multiple_choice" or "generation" or "log_likelihood")))
            yield break;
        foreach (GroupMetric metric in group.Group.Metrics)
        {
            if (!tasks.Any(t => t.Metrics.Any(m => m.Name == metric.Metric)))
            {
                yield return $"{group.Group.Source}: group {group.Group.Name} aggregates {metric.Metric}, which none of its tasks has; "
                    + $"they have {string.Join(", ", tasks.SelectMany(t => t.Metrics).Select(m => m.Name).Distinct())}";
            }
            else if (metric.Filters is { } filters && !tasks.Any(t => t.Filters.Any(f => filters.Contains(f.Name))))
            {
                yield return $"{group.Group.Source}: group {group.Group.Name} aggregates {metric.Metric} of filter "
                    + $"{string.Join(", ", filters)}, which none of its tasks has; "
                    + $"they have {string.Join(", ", tasks.SelectMany(t => t.Filters).Select(f => f.Name).Distinct())}";
            }
        }
    }
}
