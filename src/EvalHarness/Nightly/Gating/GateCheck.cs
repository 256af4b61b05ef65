using System.Text.Json.Serialization;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

namespace EvalHarness.Nightly.Gating;

internal enum GateVerdict
{
    /// <summary>The interval lies within what is allowed.</summary>
    Fine,

    /// <summary>The interval lies beyond what is allowed.</summary>
    Regression,

    /// <summary>The limit lies inside the interval, or the two runs cannot be compared.</summary>
    Inconclusive,

    /// <summary>There is nothing to compare with yet.</summary>
    NoBaseline,

    /// <summary>Of a gate as a whole: none of its checks is fine or a regression, so that it says nothing.</summary>
    Undecided,
}

internal enum GateLimit
{
    Min,
    MaxDrop,
    MaxSlowdown,
    MaxMemoryGrowth,
}

/// <summary>One rule applied to one task of one run.</summary>
internal sealed record GateCheck
{
    /// <summary>Name of the run in the night.</summary>
    public required string Cell { get; init; }

    /// <summary>Task or group; null for the whole run.</summary>
    public string? Task { get; init; }

    /// <summary>Metric and filter.</summary>
    public string? Metric { get; init; }

    public required GateLimit Limit { get; init; }

    /// <summary>As in the rule: a value, points, or a ratio.</summary>
    public required double Allowed { get; init; }

    /// <summary>
    /// The interval of the two runs as they are, in the unit of <see cref="Allowed"/>, where a noise file makes it wider; null without one.
    /// </summary>
    public Interval? WithoutNoise { get; init; }

    /// <summary>Folder of the run that is compared with.</summary>
    public string? Baseline { get; init; }

    /// <summary>How the engine differs from the baseline's, which may explain a difference; null where it is the same.</summary>
    public string? EngineChange { get; init; }

    /// <summary>Which data differs from the baseline's, which may explain a difference; null where it is the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? DataChange { get; init; }

    /// <summary>How the judge differs from the baseline's, which may explain a difference; null where it is the same.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? JudgeChange { get; init; }

    /// <summary>In the unit of <see cref="Allowed"/>.</summary>
    public double? Measured { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    /// <summary>Percent that the interval covers: 95 for one rule, more for several.</summary>
    public double? Coverage { get; init; }

    public int? Rows { get; init; }

    /// <summary>Of these rows, those that errored and are judged as if they were lost; see <see cref="GateRule.Errored"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Errored { get; init; }

    /// <summary>Two-sided, raised for the number of rules (Holm); a regression is at or below 0.05.</summary>
    public double? P { get; init; }

    public required GateVerdict Verdict { get; init; }

    /// <summary>Why it is inconclusive, what would decide, and what may explain it.</summary>
    public string? Remark { get; init; }

    /// <summary>What this night says to later ones; null outside of a night.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NightEvidence? Evidence { get; init; }

    /// <summary>Of the errored rows, those that errored in the baseline and are judged as if they had been right there.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int ErroredInBaseline { get; init; }

    [JsonIgnore]
    internal LossTest? Test { get; init; }

    /// <summary>The nights that must confirm a regression; null outside of a night.</summary>
    [JsonIgnore]
    internal NightsTest? Nights { get; init; }

    /// <summary>Tasks that the rows belong to: several for a group whose difference is judged.</summary>
    [JsonIgnore]
    internal int Tasks { get; init; } = 1;

    /// <summary>Rows that the task has in all.</summary>
    [JsonIgnore]
    internal int? Available { get; init; }

    /// <summary>What is really allowed, as <see cref="LossTest"/> counts.</summary>
    [JsonIgnore]
    internal double Threshold => Limit switch
    {
        GateLimit.Min => -Allowed,
        GateLimit.MaxDrop => Allowed / 100,
        _ => Math.Log(Allowed),
    };

    /// <summary>From what <see cref="LossTest"/> counts to the unit of the rule.</summary>
    internal double Unit(double value) => Limit switch
    {
        GateLimit.Min => -value,
        GateLimit.MaxDrop => 100 * value,
        _ => Math.Exp(value),
    };

    /// <summary>As <see cref="Unit(double)"/>, for limits that keep the order.</summary>
    internal Interval Unit(Interval interval) => new(Unit(interval.Low), Unit(interval.High));

    /// <summary>"drop at most 1 point" and the like.</summary>
    public string Rule() => Limit switch
    {
        GateLimit.Min => Invariant($"at least {Allowed}"),
        GateLimit.MaxDrop => Invariant($"drop at most {Allowed} points"),
        GateLimit.MaxSlowdown => Invariant($"time at most {Allowed} x"),
        _ => Invariant($"memory at most {Allowed} x"),
    };
}
