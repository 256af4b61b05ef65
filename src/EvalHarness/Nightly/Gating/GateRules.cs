using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.IO.Enumeration;
using System.Text.Json.Serialization;

namespace EvalHarness.Nightly.Gating;

/// <summary>What a run may lose against its baseline. The block <c>gate</c> of a nightly plan, or a file of its own.</summary>
internal sealed record GateRules
{
    [Description("What runs are compared with; without it only the rules 'min' can be judged")]
    public Baseline? Baseline { get; init; }

    [Description("What is allowed; all rules of a night are judged together, " +
        "so that one night in twenty, not one rule in twenty, has a false alarm")]
    public required IReadOnlyList<GateRule> Rules { get; init; }

    [Description("Largest allowed drop in points of everything that no rule with decide names; as decide of a rule")]
    [Range(0.01, 100)]
    public double? Decide { get; init; }

    [Description("Of so many unchanged nights at most one in twenty shows any false alarm of decide (default: 1)")]
    [Range(1, 1000)]
    public int DecideNights { get; init; } = 1;

    /// <summary>The rules, with the one that <see cref="Decide"/> stands for.</summary>
    [JsonIgnore]
    internal IEnumerable<GateRule> All => Decide is { } points ? [.. Rules, new GateRule { Decide = points }] : Rules;

    [Description("Whether rules that so few rows cannot decide fail the gate (default: pass)")]
    public WhenInconclusive Inconclusive { get; init; } = WhenInconclusive.Pass;

    [Description("Files that the command noise wrote: intervals of drops become as much wider as runs of the same model lie apart, "
        + "so that no drop is a regression that the same model can give twice")]
    public IReadOnlyList<string> Noise { get; init; } = [];

    [Description("Whether a drop that is a regression is followed by a search for the change that made it: flipped rows are run again "
        + "with the model's files, the data and each option set back one at a time (default: false)")]
    public bool Culprit { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: a rule has no limit, the baseline is not one of its four kinds, or there is none for a culprit.
    /// </exception>
    public GateRules Check(string source)
    {
        if (Baseline is { } b && ((bool[])[b.Run is not null, b.First, b.LastGood, b.MedianOf is not null]).Count(given => given) != 1)
        {
            throw new EvalException(
                ExitCode.Usage, $"{source}: baseline: expected exactly one of run, first: true, last_good: true, median_of");
        }

        if (!All.Any())
        {
            throw new EvalException(
                ExitCode.Usage, $"{source}: rules: there is none, so that the gate would judge nothing; give one, or leave the gate out");
        }

        if (Baseline?.Run is "")
            throw new EvalException(ExitCode.Usage, $"{source}: baseline: run: is empty; expected the folder of a run or of a night");
        if (Culprit && Baseline is null)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{source}: culprit: true is for a nightly plan with a baseline, since which something changed; give one, or search with: "
                + $"{Invocation.Command} culprit BASE CANDIDATE");
        }

        if (Rules.FirstOrDefault(r => r is { MaxDrop: not null, Decide: not null }) is { } both)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{source}: the rule for task {both.Task} has max_drop and decide; decide is a max_drop that stops early, "
                + "so leave one out");
        }

        if (Rules.FirstOrDefault(r => r is { Min: null, Drop: null, MaxSlowdown: null, MaxMemoryGrowth: null }) is { } empty)
        {
            throw new EvalException(
                ExitCode.Usage,
                $"{source}: the rule for task {empty.Task} says nothing; expected min, max_drop, decide, max_slowdown "
                + "or max_memory_growth");
        }

        return this;
    }
}

internal enum WhenInconclusive
{
    Pass,
    Fail,
}

internal enum ErroredRows
{
    /// <summary>They count as wrong in the candidate and as right in the baseline.</summary>
    Worst,

    /// <summary>They are left out.</summary>
    Ignore,
}

/// <summary>What runs are compared with: exactly one of the keys is given.</summary>
internal sealed record Baseline
{
    [Description("Folder of a run, or of a night whose cells are compared by name")]
    public string? Run { get; init; }

    [Description("The first night of this plan that ran with the same options and in which no row errored")]
    public bool First { get; init; }

    [Description("The last night of this plan in which all checks of the run were fine, also against the first night; " +
        "until then the first night")]
    public bool LastGood { get; init; }

    [Description("Of the last N such nights the one with the median score; speed and memory against the median of all")]
    [Range(1, 1000)]
    public int? MedianOf { get; init; }
}

/// <summary>One or more limits for some tasks.</summary>
internal sealed record GateRule
{
    [Description("Name of a task or group, or a glob over groups and tasks that stand alone (default: all of these)")]
    public string Task { get; init; } = "*";

    [Description("Glob over the names of models (default: all)")]
    public string Model { get; init; } = "*";

    [Description("cpu, cuda or directml (default: all)")]
    public string Device { get; init; } = "*";

    [Description("Name of the metric (default: the task's first)")]
    public string? Metric { get; init; }

    [Description("How rows that errored are judged: worst counts them as wrong in the candidate and right in the baseline, " +
        "ignore leaves them out (default: worst)")]
    public ErroredRows Errored { get; init; } = ErroredRows.Worst;

    [Description("Smallest allowed value, for example 0.62")]
    public double? Min { get; init; }

    [Description("Largest allowed drop in points (hundredths), judged on the same rows of both runs")]
    [Range(0, 100)]
    public double? MaxDrop { get; init; }

    [Description("As max_drop, and the run stops as soon as it is known whether so many points were lost")]
    [Range(0.01, 100)]
    public double? Decide { get; init; }

    /// <summary>The largest allowed drop, whether or not the run may stop early.</summary>
    [JsonIgnore]
    internal double? Drop => MaxDrop ?? Decide;

    /// <summary>Whether it compares a run with another one.</summary>
    [JsonIgnore]
    internal bool IsOfBaseline => (Drop ?? MaxSlowdown ?? MaxMemoryGrowth) is not null;

    /// <summary>Whether the rule is for runs of a model on a device, by their names in manifests.</summary>
    internal bool Concerns(string model, string device) =>
        FileSystemName.MatchesSimpleExpression(Model, model) && FileSystemName.MatchesSimpleExpression(Device, device);

    [Description("Largest allowed ratio of the time that the baseline's tokens take")]
    [Range(1, double.MaxValue)]
    public double? MaxSlowdown { get; init; }

    [Description("Largest allowed ratio of peak memory")]
    [Range(1, double.MaxValue)]
    public double? MaxMemoryGrowth { get; init; }
}
