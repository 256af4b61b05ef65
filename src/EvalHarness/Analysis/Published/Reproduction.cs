using EvalHarness.Analysis.Published.Ladder;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Published;

/// <summary>A published score, and the run that measured it again.</summary>
/// <param name="Published">The score.</param>
/// <param name="Run">The finished run of its protocol; null where there is none.</param>
/// <param name="Problem">Why there is no run.</param>
internal sealed record ReproductionAttempt(PublishedScore Published, RunFolder? Run, string? Problem = null);

/// <summary>A published score beside the measured one.</summary>
internal sealed record Reproduction
{
    public required PublishedScore Published { get; init; }

    public required ReproductionVerdict Verdict { get; init; }

    /// <summary>Points; null where nothing was measured.</summary>
    public double? Measured { get; init; }

    /// <summary>The interval of the measured score, 95%.</summary>
    public double? Low { get; init; }

    public double? High { get; init; }

    public int? Rows { get; init; }

    /// <summary>The measured score minus the published one, in points.</summary>
    public double? Difference { get; init; }

    /// <summary>
    /// The interval of the difference, 95%, in points. It has the noise of both scores and the rounding of the published one.
    /// </summary>
    public double? DifferenceLow { get; init; }

    public double? DifferenceHigh { get; init; }

    /// <summary>The p-value of no difference, raised for the number of scores that were compared (Holm).</summary>
    public double? PHolm { get; init; }

    /// <summary>The difference in points within which scores agree.</summary>
    public double? Margin { get; init; }

    /// <summary>The largest difference in the interval, in points.</summary>
    public double? CouldHide { get; init; }

    /// <summary>Folder of the run.</summary>
    public string? Run { get; init; }

    /// <summary>Settings that the source leaves open, and what was chosen.</summary>
    public IReadOnlyList<string> Open { get; init; } = [];

    /// <summary>In what the run differs from what the source did.</summary>
    public IReadOnlyList<string> Departures { get; init; } = [];

    /// <summary>Where the scores differ, what is known to change this score; where they cannot be compared, why.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Why the scores differ, as far as settings explain it; null where they do not, or nobody looked.</summary>
    public LadderReport? Ladder { get; init; }

    /// <summary>Compares all scores together, each in the order of the attempts.</summary>
    /// <param name="registry">The registry that has the scores.</param>
    /// <param name="attempts">The scores with their runs.</param>
    /// <param name="margin">The difference in points that does not matter, above 0.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a run is damaged.</exception>
    public static IReadOnlyList<Reproduction> Of(PublishedScores registry, IReadOnlyList<ReproductionAttempt> attempts, double margin)
    {
        Measurement[] measurements = [.. attempts.Select(a => Measure(registry, a))];
        Measurement[] compared = [.. measurements.Where(m => m.Score is not null)];
        IReadOnlyList<ReproductionDecision> decisions =
            ReproductionDecision.Of([.. compared.Select(m => m.Score!.Minus(m.Published.Value))], margin);
        var reproductions = compared.Zip(decisions).ToDictionary(c => c.First, c => Of(registry, c.First, c.Second, margin));
        return [.. measurements.Select(m => reproductions.GetValueOrDefault(m) ?? new Reproduction
        {
            Published = m.Published,
            Verdict = ReproductionVerdict.Incomparable,
            Run = m.Run?.Name,
            Departures = m.Run is null ? [] : [.. ReproductionNotes.Errored(m.Run, registry.ProtocolOf(m.Published)!)],
            Remarks = [m.Problem!],
        })];
    }

    private static Measurement Measure(PublishedScores registry, ReproductionAttempt attempt)
    {
        if (attempt.Run is null)
            return new Measurement(attempt.Published, null, null, attempt.Problem);
        var run = FinishedRun.Read(attempt.Run);
        PublishedProtocol protocol = registry.ProtocolOf(attempt.Published)!;
        MeasuredScore? score = MeasuredScore.Of(run.Report, protocol, attempt.Published.Setting.Average, out string? problem);
        return new Measurement(attempt.Published, run, score, problem);
    }

    private static Reproduction Of(PublishedScores registry, Measurement one, ReproductionDecision decision, double margin)
    {
        PublishedProtocol protocol = registry.ProtocolOf(one.Published)!;
        return new Reproduction
        {
            Published = one.Published,
            Verdict = decision.Verdict,
            Measured = one.Score!.Value * 100,
            Low = one.Score.Interval.Low * 100,
            High = one.Score.Interval.High * 100,
            Rows = one.Score.Count,
            Difference = decision.Difference,
            DifferenceLow = decision.Interval.Low,
            DifferenceHigh = decision.Interval.High,
            PHolm = decision.P,
            Margin = margin,
            CouldHide = decision.CouldHide,
            Run = one.Run!.Name,
            Open = [.. ReproductionNotes.LeftOpen(one.Published, protocol, one.Run, one.Score)],
            Departures =
            [
                .. ReproductionNotes.Departures(one.Published, protocol, one.Run.Report.Config(one.Run.Tasks.FirstOrDefault() ?? "")),
                .. ReproductionNotes.OfTheRun(one.Run.Manifest.Options, protocol),
                .. ReproductionNotes.Errored(one.Run, protocol),
            ],
            Remarks = decision.Verdict == ReproductionVerdict.Differs
                ? [.. ReproductionNotes.KnownEffects(registry, one.Published)]
                : [],
        };
    }

    private sealed record Measurement(PublishedScore Published, FinishedRun? Run, MeasuredScore? Score, string? Problem);
}
