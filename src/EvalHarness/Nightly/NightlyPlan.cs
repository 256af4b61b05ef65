using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using EvalHarness.Files;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using static System.FormattableString;

namespace EvalHarness.Nightly;

/// <summary>What <c>evalharness nightly</c> does: every model on every device through every list of tasks, less what is excluded.</summary>
internal sealed record NightlyPlan
{
    internal static readonly IReadOnlyDictionary<string, IReadOnlyList<string>> None = new Dictionary<string, IReadOnlyList<string>>();

    [Description("By which nights of this plan find each other (default: nightly)")]
    public string Name { get; init; } = "nightly";

    [Description("Models to run")]
    public required IReadOnlyList<PlanModel> Models { get; init; }

    [Description("Where they run: cpu, cuda, directml (default: cpu), or several GPUs together: 'cuda:0,cuda:1'; a device that the "
        + "machine lacks fails its cells, not the night")]
    public IReadOnlyList<string> Devices { get; init; } = ["cpu"];

    [Description("Tasks to run; each entry is a run of its own")]
    public required IReadOnlyList<PlanTasks> Tasks { get; init; }

    [Description("Cells to leave out")]
    public IReadOnlyList<PlanExclude> Exclude { get; init; } = [];

    [Description("Options of every run")]
    public PlanOptions Options { get; init; } = new();

    [Description("What a cell, and the whole night, may use")]
    public PlanBudget Budget { get; init; } = new();

    [Description("What the night is compared with, and what it may lose")]
    public GateRules? Gate { get; init; }

    [Description("How much of earlier nights stays (default: all)")]
    public PlanKeep Keep { get; init; } = new();

    [Description("Where to report, besides the night's own folder")]
    public PlanReport Report { get; init; } = new();
}

internal sealed record PlanModel : PlanPlace
{
    [Description("Folder with genai_config.json, or ORG/NAME/FOLDER@REVISION in the hub's cache")]
    public required string Model { get; init; }

    [Description("In the names of cells (default: the folder's name)")]
    public string? Name { get; init; }

    [Description("Instead of the plan's devices")]
    public IReadOnlyList<string>? Devices { get; init; }

    /// <summary>Options of a run by name; these win over those of the whole plan.</summary>
    [OptionsOf(typeof(RunOptions), "--model", "--tasks", "--device")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Run { get; init; } = NightlyPlan.None;
}

internal sealed record PlanTasks : PlanPlace
{
    [Description("Names, groups, tags, globs, or paths of task files such as ./my.yaml, separated by commas")]
    public required string Tasks { get; init; }

    [Description("In the names of cells (default: the tasks)")]
    public string? Name { get; init; }

    /// <summary>Options of a run by name; these win over those of the model and of the whole plan.</summary>
    [OptionsOf(typeof(RunOptions), "--model", "--tasks", "--device")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Run { get; init; } = NightlyPlan.None;
}

/// <summary>Leaves out the cells that all of its globs fit.</summary>
internal sealed record PlanExclude
{
    [Description("Glob over the names of models")]
    public string Model { get; init; } = "*";

    [Description("Glob over devices")]
    public string Device { get; init; } = "*";

    [Description("Glob over the names of task entries")]
    public string Tasks { get; init; } = "*";
}

internal sealed record PlanOptions : PlanPlace
{
    /// <summary>Options of every run by name.</summary>
    [OptionsOf(typeof(RunOptions), "--model", "--tasks", "--device")]
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Run { get; init; } = NightlyPlan.None;

    [Description("Fetch datasets from the hub that are not there yet")]
    public bool Download { get; init; }
}

internal sealed record PlanBudget
{
    [Description("Of each cell")]
    public PlanLimits Cell { get; init; } = new();

    [Description("Of all cells together")]
    public PlanLimits Night { get; init; } = new();

    [Description("A cell that writes nothing for so long hangs, and is ended (default: 30)")]
    [Range(0.01, 100_000)]
    public double StalledMinutes { get; init; } = 30;

    [Description("Free space that stays on the disk (default: 500)")]
    [Range(0, 1e9)]
    public double KeepFreeMegabytes { get; init; } = 500;

    /// <summary>Why the night can use no more; null where it can.</summary>
    /// <param name="time">What is left of it; null for no end.</param>
    /// <param name="space">Bytes that are left of it; null for no end.</param>
    /// <param name="free">Bytes on the disk.</param>
    public (TryEnd End, string Why)? Exhausted(TimeSpan? time, long? space, long free) =>
        time <= TimeSpan.Zero ? (TryEnd.OutOfTime, Invariant($"the night's {Night.Minutes} minutes were over (budget: night: minutes)"))
        : space <= 0 ? (TryEnd.OutOfDisk, Invariant($"the night's {Night.Megabytes} MB were used up (budget: night: megabytes)"))
        : free < KeepFreeMegabytes * 1e6 ?
            (TryEnd.OutOfDisk, Invariant($"less than {KeepFreeMegabytes} MB are free on the disk (budget: keep_free_megabytes)"))
        : null;
}

internal sealed record PlanLimits
{
    [Description("Longest time")]
    [Range(0.01, 100_000)]
    public double? Minutes { get; init; }

    [Description("Most space of run folders")]
    [Range(0.001, 1e9)]
    public double? Megabytes { get; init; }
}

/// <summary>
/// What is removed once a night was judged. Runs that later nights are compared with stay whole, and so does a night that did not end.
/// </summary>
internal sealed record PlanKeep
{
    [Description("The latest nights of this plan whose folders stay; earlier ones are removed, except for baselines")]
    [Range(2, 100_000)]
    public int? Nights { get; init; }

    [Description("The latest nights whose samples, responses and pages stay; of earlier ones the results stay, except for baselines")]
    [Range(2, 100_000)]
    public int? Samples { get; init; }
}

internal sealed record PlanReport
{
    [Description("File for the summary as Markdown")]
    public string? Markdown { get; init; }

    [Description("JUnit file for CI servers")]
    public string? Junit { get; init; }

    [Description("An HTML report in each run's folder, beside its baseline where there is one")]
    public bool Html { get; init; }

    [Description("File for the page that shows all nights")]
    public string? History { get; init; }

    /// <summary>All files that it names.</summary>
    internal IEnumerable<string> Files => ((string?[])[Markdown, Junit, History]).OfType<string>();
}
