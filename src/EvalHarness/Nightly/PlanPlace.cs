using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EvalHarness.Results;

namespace EvalHarness.Nightly;

/// <summary>What computes a run.</summary>
internal enum PlanWhere
{
    /// <summary>This machine.</summary>
    Here,

    /// <summary>A Slurm cluster, whose commands are on this machine.</summary>
    Slurm,
}

/// <summary>
/// Where a run of a plan is computed, and in how many parts. That decides no number. What is null is said by another entry, or is the
/// default.
/// </summary>
internal record PlanPlace
{
    [Description("Parts of each run: processes here (up to 64), tasks of an array on Slurm (default: 1)")]
    [Range(1, RunPart.Most)]
    public int? Parts { get; init; }

    [Description("here, or slurm, whose runs a later start of nightly collects (default: here)")]
    public PlanWhere? Where { get; init; }

    [Description("Options of sbatch for runs on Slurm, such as --time=2:00:00")]
    public IReadOnlyList<string>? Sbatch { get; init; }

    internal int Count => Parts ?? 1;

    internal bool IsSlurm => Where == PlanWhere.Slurm;

    /// <summary>In a table.</summary>
    internal string Text => (IsSlurm ? "Slurm" : "here") + (Parts is null or 1 ? "" : FormattableString.Invariant($", {Parts} parts"));

    /// <summary>What the entries say together; an earlier one wins over a later one.</summary>
    internal static PlanPlace Of(params IReadOnlyList<PlanPlace> entries) => new()
    {
        Parts = entries.Select(e => e.Parts).FirstOrDefault(p => p is not null),
        Where = entries.Select(e => e.Where).FirstOrDefault(w => w is not null),
        Sbatch = entries.Select(e => e.Sbatch).FirstOrDefault(s => s is not null),
    };
}
