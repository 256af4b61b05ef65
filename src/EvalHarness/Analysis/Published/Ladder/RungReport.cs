using System.Text.Json.Serialization;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>A setting that was changed, or was not, and what it explains. Points are hundredths of the score.</summary>
internal sealed record RungReport
{
    public required string Setting { get; init; }

    public string? From { get; init; }

    public string? To { get; init; }

    public required RungVerdict Verdict { get; init; }

    /// <summary>The score after the change minus the one before it, in points; null where nothing was compared.</summary>
    public double? Effect { get; init; }

    /// <summary>See <see cref="LadderSearch"/> for what the interval promises.</summary>
    public double? EffectLow { get; init; }

    public double? EffectHigh { get; init; }

    /// <summary>The share of the whole gap that the effect makes up; below 0 where it moves the score away.</summary>
    public double? Share { get; init; }

    public double? ShareLow { get; init; }

    public double? ShareHigh { get; init; }

    /// <summary>Documents that are compared with and without the change.</summary>
    public int Compared { get; init; }

    /// <summary>Documents that were asked for it. The others were known: the change cannot move them, or they were asked before.</summary>
    public int Rows { get; init; }

    /// <summary>Documents that only the changed run lost; they count as unmoved.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int Errored { get; init; }

    /// <summary>Why it was not tried, or not any further; null where it was.</summary>
    public string? Reason { get; init; }

    /// <summary>What it explains, in words.</summary>
    public required string Sentence { get; init; }

    internal static RungReport Of(LadderRung left) => new()
    {
        Setting = left.Name,
        Verdict = RungVerdict.NotTried,
        Reason = left.NotTried,
        Sentence = $"{left.Name}: not tried: {left.NotTried}",
    };

    /// <param name="trial">What was tried.</param>
    /// <param name="gap">The published score minus the one before the change, 1 for 100 points.</param>
    /// <param name="whole">The published score minus the measured one.</param>
    internal static RungReport Of(RungTrial trial, double gap, double whole)
    {
        var report = new RungReport
        {
            Setting = trial.Rung.Name,
            From = trial.Rung.From,
            To = trial.Rung.To,
            Verdict = trial.Verdict,
            Compared = trial.Compared,
            Rows = trial.Rows,
            Errored = trial.Errored,
            Reason = trial.Failure ?? (trial.Compared == 0 ? "too few rows are left" : null),
            Sentence = Explain(trial, Math.Abs(gap)),
        };
        if (trial.Verdict == RungVerdict.NotTried)
            return report;
        Interval towards = trial.Interval, effect = gap > 0 ? towards : new Interval(-towards.High, -towards.Low);
        return report with
        {
            // Nothing is never written as a negative zero.
            Effect = (100 * Math.Sign(gap) * trial.Towards) + 0.0,
            EffectLow = 100 * effect.Low,
            EffectHigh = 100 * effect.High,
            Share = trial.Towards / Math.Abs(whole),
            ShareLow = towards.Low / Math.Abs(whole),
            ShareHigh = towards.High / Math.Abs(whole),
        };
    }

    /// <summary>The setting with its change, in words.</summary>
    internal static string Named(LadderRung rung) => $"{rung.Name} ({rung.From} → {rung.To})";

    /// <summary>The points that a setting explains, with their interval.</summary>
    internal static string Points(RungTrial trial)
    {
        Interval interval = trial.Interval;
        return Invariant($"{100 * trial.Towards:0.0} [{100 * interval.Low:0.0}, {100 * interval.High:0.0}]");
    }

    private static string Explain(RungTrial trial, double gap)
    {
        string name = Named(trial.Rung), points = Points(trial), of = Invariant($"{100 * gap:0.0} points");
        return trial.Verdict switch
        {
            RungVerdict.Explains => $"{name} explains {points} of {of}",
            RungVerdict.ExplainsPart => $"{name} explains a part: {points} of {of}",
            RungVerdict.Overshoots => $"{name} moves the score by {points} points, further than the {of} to be explained",
            RungVerdict.MovesAway => $"{name} moves the score away from the published one, by {Away(trial)} points",
            RungVerdict.NotTheWholeCause => Invariant($"{name} explains at most {100 * trial.Interval.High:0.0} of {of}"),
            RungVerdict.Open => $"{name} is left open: {points} of {of}; more rows would tell",
            _ => $"{name}: not tried: {trial.Failure ?? "too few rows are left"}",
        };
    }

    private static string Away(RungTrial trial)
    {
        Interval interval = trial.Interval;
        return Invariant($"{-100 * trial.Towards:0.0} [{-100 * interval.High:0.0}, {-100 * interval.Low:0.0}]");
    }
}
