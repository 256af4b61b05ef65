using EvalHarness.Cli.Slurm;
using EvalHarness.Nightly;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>What is wrong with where a plan computes its cells, and in how many parts.</summary>
internal static class PlaceCheck
{
    /// <param name="plan">The plan.</param>
    /// <param name="cells">Its cells.</param>
    /// <param name="names">The model's name in manifests, and the device, of each cell by its name.</param>
    /// <param name="source">The plan's file.</param>
    /// <returns>One sentence for each mistake.</returns>
    internal static IEnumerable<string> Problems(
        NightlyPlan plan,
        IReadOnlyList<PlanCell> cells,
        IReadOnlyDictionary<string, (string Model, string Device)> names,
        string source)
    {
        foreach (PlanCell cell in cells)
        {
            if (Problem(cell) is { } problem)
                yield return $"{source}: cell {cell.Name}: {problem}";
            else if (IsInParts(cell) && plan.Gate?.All.FirstOrDefault(r => Decides(r, names[cell.Name])) is { } rule)
            {
                yield return $"{source}: cell {cell.Name}: has parts, and the rule for task {rule.Task} has decide, which looks at the "
                    + "whole run while it goes on; give max_drop in its place, or leave parts out";
            }
        }

        IEnumerable<PlanPlace> entries = [.. plan.Models, .. plan.Tasks, plan.Options];
        if (!cells.Any(c => c.Place.IsSlurm) && entries.Any(e => e.Sbatch is not null))
            yield return $"{source}: sbatch: is for runs on Slurm, and the plan has none; give 'where: slurm', or leave sbatch out";
    }

    private static bool IsInParts(PlanCell cell) => cell.Place.IsSlurm || cell.Place.Count > 1;

    private static bool Decides(GateRule rule, (string Model, string Device) names) =>
        rule.Decide is not null && rule.Concerns(names.Model, names.Device);

    private static string? Problem(PlanCell cell)
    {
        var device = new DeviceChoice(cell.Options.Device, cell.Options.DeviceIds);
        try
        {
            if (cell.Place.IsSlurm)
            {
                _ = new SbatchOptions(cell.Place.Sbatch ?? [], "in sbatch");
                if (device.Ids.Count > 1)
                    return $"where: slurm and device {device} together: each part computes on one device; name one";
                _ = RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { ["--shard"] = [$"1/{cell.Place.Count}"] }, cell.Options);
            }
            else if (cell.Place.Parts is { } parts && (parts > 1 || device.Ids.Count > 1))
            {
                var given = new Dictionary<string, IReadOnlyList<string>> { [RunOptions.DeviceOption] = [$"{device}"] };
                _ = new PartsStart(parts, given).Count(cell.Options);
            }

            return null;
        }
        catch (EvalException e)
        {
            return $"{(IsInParts(cell) ? $"{cell.Place.Text}: " : "")}{e.Message}";
        }
    }
}
