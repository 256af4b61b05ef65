using System.IO.Enumeration;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly;

/// <summary>
/// What can be known to be wrong in a plan before its first run: tasks that are not there, rules that can never judge anything, a baseline
/// that is none. A rule that judges nothing would otherwise be taken for one that found nothing.
/// </summary>
internal static class PlanCheck
{
    private const int NamesShown = 8;

    /// <param name="plan">The plan.</param>
    /// <param name="cells">Its cells.</param>
    /// <param name="names">The model's name in manifests, and the device, of each cell by its name.</param>
    /// <param name="source">The plan's file.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: the first thing that is wrong.</exception>
    internal static void Require(
        NightlyPlan plan,
        IReadOnlyList<PlanCell> cells,
        IReadOnlyDictionary<string, (string Model, string Device)> names,
        string source)
    {
        Dictionary<string, TaskSelection> selected = cells.ToDictionary(c => c.Name, c => Select(c, source));
        if (plan.Gate is not { } rules)
            return;
        if (rules.Baseline?.Run is { } run)
            RequireBaseline(run, source);
        foreach (GateRule rule in rules.All)
        {
            TaskSelection[] fitting =
            [
                .. cells
                    .Where(c => FileSystemName.MatchesSimpleExpression(rule.Model, names[c.Name].Model)
                        && FileSystemName.MatchesSimpleExpression(rule.Device, names[c.Name].Device))
                    .Select(c => selected[c.Name]),
            ];
            if (fitting.Length == 0)
            {
                IEnumerable<string> all = names.Values.Select(n => $"{n.Model} on {n.Device}");
                throw Wrong(rule, $"model {rule.Model}, device {rule.Device}", all, source);
            }

            if (rule.Min is null && rule.Drop is null)
                continue;
            if (!fitting.Any(s => Fitting(s, rule.Task).Any()))
                throw Wrong(rule, $"task {rule.Task}", fitting.SelectMany(Names), source);
            if (rule.Metric is { } metric && !fitting.SelectMany(s => Fitting(s, rule.Task)).Any(t => Has(t, metric)))
            {
                IEnumerable<string> known = fitting.SelectMany(s => Fitting(s, rule.Task)).SelectMany(t => t.Metrics.Select(m => m.Name));
                throw Wrong(rule, $"metric {metric}", known, source);
            }
        }
    }

    private static EvalException Wrong(GateRule rule, string found, IEnumerable<string> known, string source)
    {
        string[] names = [.. known.Distinct()];
        string more = names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : "";
        return new EvalException(
            ExitCode.Usage,
            $"{source}: the rule for task {rule.Task} names {found}, which no run of the plan has; expected one of "
            + $"{string.Join(", ", names.Take(NamesShown))}{more}");
    }

    private static TaskSelection Select(PlanCell cell, string source)
    {
        try
        {
            RunOptions options = cell.Options;
            return TaskCatalog
                .Load(options.IncludePaths, options.GenerationSettings, options.Metadata, options.Repeats)
                .Select(options.Tasks);
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Usage, $"{source}: cell {cell.Name}: {e.Message}", e);
        }
    }

    private static void RequireBaseline(string run, string source)
    {
        try
        {
            if (!File.Exists(Path.Combine(run, Night.FileName)))
                _ = RunFolder.Open(run).ReadResults();
        }
        catch (EvalException e)
        {
            throw new EvalException(ExitCode.Usage, $"{source}: baseline: run: {e.Message}", e);
        }
    }

    /// <summary>The tasks that a rule's name or glob means: a name at any depth, a glob among what stands alone.</summary>
    private static IEnumerable<TaskDefinition> Fitting(TaskSelection selection, string task)
    {
        IEnumerable<SelectedGroup> groups = selection.Groups.Where(
            g => g.Group.Name == task || (g.Depth == 0 && FileSystemName.MatchesSimpleExpression(task, g.Group.Name)));
        string[] leaves = [.. groups.SelectMany(g => g.Leaves)];
        return selection.Tasks.Where(t => leaves.Contains(t.Name)
            || t.Name == task
            || (selection.Groups.All(g => !g.Leaves.Contains(t.Name)) && FileSystemName.MatchesSimpleExpression(task, t.Name)));
    }

    private static IEnumerable<string> Names(TaskSelection selection) =>
        [.. selection.Groups.Select(g => g.Group.Name), .. selection.Tasks.Select(t => t.Name)];

    /// <summary>A grader may name metrics of its own, such as pass@1.</summary>
    private static bool Has(TaskDefinition task, string metric) =>
        task.Metrics.Any(m => m.Name == metric || metric.StartsWith($"{m.Name}@", StringComparison.Ordinal))
        || task.Grader is not ("multiple_choice" or "log_likelihood" or "generation");
}
