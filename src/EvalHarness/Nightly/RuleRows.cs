using System.Globalization;
using EvalHarness.Nightly.Gating;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tasks;

namespace EvalHarness.Nightly;

/// <summary>
/// Finds the rules that a plan's limits leave too few rows for: not even a run in which no answer changed, or all are right, could be fine
/// under them, so that the gate would be inconclusive every night.
/// </summary>
internal static class RuleRows
{
    /// <summary>More rows are none that anyone evaluates.</summary>
    private const int Most = 1_000_000;

    /// <summary>What a rule and a task are about, and the rows that the cell evaluates of it.</summary>
    private sealed record Target(RuleCell Cell, string Name, int Rows);

    /// <param name="rules">Of the plan.</param>
    /// <param name="cells">The cells that will run.</param>
    /// <returns>A sentence for each rule and task.</returns>
    internal static IReadOnlyList<string> Warnings(GateRules rules, IReadOnlyList<RuleCell> cells)
    {
        var found = new List<(GateRule Rule, Target Target)>();
        int checks = 0;
        foreach (RuleCell cell in cells)
        {
            foreach (GateRule rule in rules.All.Where(r => r.Concerns(cell.Model, cell.Device)))
            {
                Target?[] targets = [.. RuleTarget.Of(cell.Tasks, rule.Task).Select(t => Count(cell, t, rule.Metric))];
                checks += (targets.Length * ((rule.Min is null ? 0 : 1) + (rule.MaxDrop is null ? 0 : 1)))
                    + (rule.MaxSlowdown is null ? 0 : 1) + (rule.MaxMemoryGrowth is null ? 0 : 1);
                found.AddRange(targets.OfType<Target>().Select(t => (rule, t)));
            }
        }

        double level = GateDecision.Level / Math.Max(1, checks);
        double ofDecide = GateDecision.Level / Math.Max(1, cells.Count(c => rules.All.Any(r => Decides(r, c))) * rules.DecideNights);
        return [.. found.SelectMany(f => Warnings(f.Rule, f.Target, level, ofDecide, checks)).Distinct()];
    }

    private static bool Decides(GateRule rule, RuleCell cell) => rule.Decide is not null && rule.Concerns(cell.Model, cell.Device);

    private static IEnumerable<string> Warnings(GateRule rule, Target target, double level, double ofDecide, int checks)
    {
        string of = checks == 1 ? "" : $", because the {checks} checks of this night are judged together";
        if (rule.MaxDrop is { } drop && Needed(target.Rows, n => IsFine(Unchanged(n), drop / 100, level)) is { } rows)
            yield return Sentence($"max_drop {Text(drop)}", "no answer changed", rows, of);
        if (rule.Min is { } min && Needed(target.Rows, n => IsFine(AllRight(n), -min, level)) is { } right)
            yield return Sentence($"min {Text(min)}", "all answers were right", right, of);
        double ofQuestion = ofDecide / target.Cell.Questions;
        if (rule.Decide is { } points && Needed(target.Rows, n => IsDecided(n, points / 100, ofQuestion)) is { } asked)
            yield return Sentence($"decide {Text(points)}", "no answer changed", asked, "");

        string Sentence(string limit, string best, int rows, string because)
        {
            string end = rows == Most
                ? "no number of rows shows it; allow more"
                : string.Create(CultureInfo.InvariantCulture, $"it takes about {rows:#,0} rows{because}; evaluate more, or allow more");
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{limit} cannot be found fine over the {target.Rows:#,0} rows of {target.Name} in {target.Cell.Name}: even if {best}, "
                + $"{end}");
        }
    }

    private static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);

    private static ProportionsTest Unchanged(int rows) => new(new PairedProportions(0, 0, rows));

    private static ScoreTest AllRight(int rows) => new(1, rows, StandardError: 0);

    private static bool IsFine(LossTest test, double allowed, double level) =>
        test.Interval(level).High <= allowed && test.Below(allowed) <= level;

    private static bool IsDecided(int rows, double allowed, double level)
    {
        var test = new SequentialTest(allowed, level, level, bound: 1);
        for (int row = 0; row < rows && test.Verdict == SequentialVerdict.Undecided; row++)
            test.Add(0);
        return test.Verdict != SequentialVerdict.Undecided;
    }

    /// <summary>
    /// The smallest number of rows that is enough, <see cref="Most"/> where no smaller one is; null where those that there are are enough.
    /// </summary>
    private static int? Needed(int rows, Func<int, bool> isEnough)
    {
        if (rows < 1 || isEnough(rows))
            return null;
        (int few, int enough) = (rows, rows);
        while (enough < Most && !isEnough(enough))
            (few, enough) = (enough, Math.Min(Most, enough * 2));
        if (!isEnough(enough))
            return Most;
        while (enough - few > 1)
        {
            int middle = few + ((enough - few) / 2);
            (few, enough) = isEnough(middle) ? (few, middle) : (middle, enough);
        }

        return enough;
    }

    /// <summary>
    /// The rows of a target; null where they are not known. Only for scores that are right or wrong is it known what few rows can show.
    /// </summary>
    private static Target? Count(RuleCell cell, RuleTarget target, string? metric) =>
        target.Tasks.All(t => cell.Rows.ContainsKey(t.Name) && IsRightOrWrong(t, metric))
            ? new Target(cell, target.Name, target.Tasks.Sum(t => cell.Rows[t.Name]))
            : null;

    private static bool IsRightOrWrong(TaskDefinition task, string? metric)
    {
        MetricDefinition? judged = task.Metrics.FirstOrDefault(m => metric is null || m.Name == metric);
        return judged is { Function: null, Name: "acc" or "acc_norm" or "acc_bytes" or "acc_mutual_info" or "exact_match" or "pass_at_k" };
    }
}

/// <summary>A cell as rules see it before it runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Model">The model's name in manifests.</param>
/// <param name="Device">The device in manifests.</param>
/// <param name="Tasks">What its tasks are.</param>
/// <param name="Rows">The number of documents that each task evaluates.</param>
internal sealed record RuleCell(
    string Name, string Model, string Device, TaskSelection Tasks, IReadOnlyDictionary<string, int> Rows)
{
    /// <summary>What a run decides early, which shares its false alarms: groups, and tasks that stand alone.</summary>
    internal int Questions => Tasks.Groups.Count(g => g.Depth == 0)
        + Tasks.Tasks.Count(t => !Tasks.Groups.Any(g => g.Leaves.Contains(t.Name)));
}
