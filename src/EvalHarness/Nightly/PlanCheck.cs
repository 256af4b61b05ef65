using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly;

/// <summary>
/// What can be known to be wrong in a plan itself before its first run: tasks that are not there, rules that can never judge anything, a
/// baseline that is none, code that may not be run, reports that cannot be written. A rule that judges nothing would otherwise be taken for
/// one that found nothing, and the other mistakes would be known after hours.
/// </summary>
internal sealed class PlanCheck
{
    private const int NamesShown = 8;

    private readonly List<string> _problems = [];
    private readonly Dictionary<string, TaskSelection> _tasks = [];
    private readonly string _source;

    /// <param name="plan">The plan.</param>
    /// <param name="cells">Its cells.</param>
    /// <param name="names">The model's name in manifests, and the device, of each cell by its name.</param>
    /// <param name="source">The plan's file.</param>
    internal PlanCheck(
        NightlyPlan plan,
        IReadOnlyList<PlanCell> cells,
        IReadOnlyDictionary<string, (string Model, string Device)> names,
        string source)
    {
        _source = source;
        foreach (IGrouping<string, PlanCell> same in cells.GroupBy(c => c.TaskOptions))
            Select([.. same]);
        foreach (string file in plan.Report.Files)
            Try("report: ", () => OutputFile.RequireWritable(file));
        if (plan.Gate is not { } rules)
            return;
        if (rules.Baseline is null && rules.All.FirstOrDefault(r => r.IsOfBaseline) is { } lone)
        {
            _problems.Add(
                $"{source}: the rule for task {lone.Task} compares with a baseline, and the plan has none; give one, "
                + "as in 'baseline: {first: true}'");
        }

        if (rules.Baseline?.Run is { } run && !File.Exists(Path.Combine(run, Night.FileName)))
            Try("baseline: run: ", () => RunFolder.Open(run).ReadResults());
        foreach (string file in rules.Noise)
            Try("noise: ", () => RequireNoise(file, cells, names));
        // Where tasks are not known, nothing is known of rules that name them.
        if (_tasks.Count == cells.Count)
            _problems.AddRange(rules.All.Select(r => Problem(r, cells, names)).OfType<string>().Distinct());
    }

    /// <summary>All that is wrong, one sentence each.</summary>
    internal IReadOnlyList<string> Problems => _problems;

    /// <summary>What the tasks of a cell are, by the cell's name; without the cells whose tasks are not known.</summary>
    internal IReadOnlyDictionary<string, TaskSelection> Tasks => _tasks;

    private void Select(IReadOnlyList<PlanCell> cells)
    {
        string others = cells.Count == 1 ? "" : $" and {cells.Count - 1} others";
        Try($"cell {cells[0].Name}{others}: ", () =>
        {
            RunOptions options = cells[0].Options;
            TaskSelection tasks = TaskPython.Described(options).Select(options.Tasks);
            foreach (PlanCell cell in cells)
                _tasks[cell.Name] = tasks;
            if (TaskSandbox.Refusal(options, tasks) is { } refusal)
                throw new EvalException(ExitCode.Usage, $"{refusal}; in a plan an option is a key, as in 'allow_code_execution: true'");
        });
    }

    private void RequireNoise(
        string file, IReadOnlyList<PlanCell> cells, IReadOnlyDictionary<string, (string Model, string Device)> names)
    {
        NoiseFit.RequireModels([file], [.. names.Values]);
        var floor = NoiseFloor.Read(file);
        string[] known = [.. _tasks.Where(t => floor.Concerns(names[t.Key].Model, names[t.Key].Device)).SelectMany(t => Names(t.Value))];
        if (known.Length > 0 && !floor.Scores.Any(s => known.Contains(s.Task)))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{file}: is the noise of {string.Join(", ", floor.Scores.Select(s => s.Task).Distinct().Take(NamesShown))}; expected a "
                + $"task of its model's cells: {string.Join(", ", known.Distinct().Take(NamesShown))}");
        }

        foreach (PlanCell cell in cells.Where(c => floor.Concerns(names[c.Name].Model, names[c.Name].Device)))
        {
            if (_tasks.TryGetValue(cell.Name, out TaskSelection? tasks)
                && NoiseFit.OtherVersion(file, floor, tasks.Tasks.Select(t => (t.Name, t.Sha256)), cell.Name) is { } other)
                throw new EvalException(ExitCode.Usage, other);
        }
    }

    private void Try(string what, Action check)
    {
        try
        {
            check();
        }
        catch (EvalException e)
        {
            _problems.Add($"{_source}: {what}{e.Message}");
        }
    }

    /// <summary>What a rule names that no cell has; null where there is something for it to judge.</summary>
    private string? Problem(
        GateRule rule, IReadOnlyList<PlanCell> cells, IReadOnlyDictionary<string, (string Model, string Device)> names)
    {
        TaskSelection[] fitting =
            [.. cells.Select(c => c.Name).Where(c => rule.Concerns(names[c].Model, names[c].Device)).Select(c => _tasks[c])];
        if (fitting.Length == 0)
            return Wrong(rule, $"model {rule.Model}, device {rule.Device}", names.Values.Select(n => $"{n.Model} on {n.Device}"));
        if (!fitting.Any(s => Fitting(s, rule.Task).Any()))
            return Wrong(rule, $"task {rule.Task}", fitting.SelectMany(Names));
        if (rule.Metric is { } metric && !fitting.SelectMany(s => Fitting(s, rule.Task)).Any(t => t.MayGive(metric)))
        {
            IEnumerable<string> known = fitting.SelectMany(s => Fitting(s, rule.Task)).SelectMany(t => t.Metrics.Select(m => m.Name));
            return Wrong(rule, $"metric {metric}", known);
        }

        return null;
    }

    private string Wrong(GateRule rule, string found, IEnumerable<string> known)
    {
        string[] names = [.. known.Distinct()];
        string more = names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : "";
        return $"{_source}: the rule for task {rule.Task} names {found}, which no run of the plan has; expected one of "
            + $"{string.Join(", ", names.Take(NamesShown))}{more}";
    }

    private static IEnumerable<TaskDefinition> Fitting(TaskSelection selection, string task) =>
        RuleTarget.Of(selection, task).SelectMany(t => t.Tasks);

    private static IEnumerable<string> Names(TaskSelection selection) =>
        [.. selection.Groups.Select(g => g.Group.Name), .. selection.Tasks.Select(t => t.Name)];
}
