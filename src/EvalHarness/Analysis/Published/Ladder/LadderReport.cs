using static System.FormattableString;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>The settings of a round of a ladder.</summary>
/// <param name="After">What was changed before, in words; null for the first round.</param>
/// <param name="Gap">The published score minus the one before the round's changes, in points.</param>
/// <param name="Rungs">The settings that were tried.</param>
/// <param name="NotTried">Settings that were not tried, with the reason.</param>
internal sealed record RoundReport(
    string? After, double Gap, IReadOnlyList<RungReport> Rungs, IReadOnlyList<RungReport> NotTried);

/// <summary>Why a measured score differs from a published one, as far as settings explain it. Points are hundredths of the score.</summary>
internal sealed record LadderReport
{
    /// <summary>The published score, as "BENCHMARK VALUE (QUANTIZATION, SOURCE)".</summary>
    public required string Score { get; init; }

    /// <summary>The published score minus the measured one, in points.</summary>
    public required double Gap { get; init; }

    /// <summary>The interval of the gap, 95%, which has the noise of both scores.</summary>
    public required double GapLow { get; init; }

    public required double GapHigh { get; init; }

    /// <summary>Documents asked for all ladders of the measured run, each as often as it was.</summary>
    public int Rows { get; init; }

    /// <summary>The documents of the measured run, below which <see cref="Rows"/> stays.</summary>
    public required int FullRun { get; init; }

    /// <summary>The setting that explains most, with its change; null where none surely explains anything.</summary>
    public string? Cause { get; init; }

    /// <summary>The one of the second round that explains most of what the first left; null where there is none.</summary>
    public string? SecondCause { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public string Sentence { get; init; } = "the search has not ended; start the same command again to go on with it";

    public IReadOnlyList<RoundReport> Rounds { get; init; } = [];

    /// <summary>The folder that has the runs.</summary>
    public required string Folder { get; init; }

    /// <summary>These figures with what a search found.</summary>
    /// <param name="rounds">One or two.</param>
    /// <param name="runs">The runs that they used.</param>
    internal LadderReport With(IReadOnlyList<LadderRound> rounds, LadderRuns runs)
    {
        double gap = rounds[0].Gap;
        return this with
        {
            Rows = runs.Asked,
            Cause = rounds[0].Best is { } first ? RungReport.Named(first.Rung) : null,
            SecondCause = rounds.Count > 1 && rounds[1].Best is { } second ? RungReport.Named(second.Rung) : null,
            Sentence = Explain(rounds),
            Rounds =
            [
                .. rounds.Select(r => new RoundReport(
                    r.Changed is null ? null : RungReport.Named(r.Changed),
                    100 * r.Gap,
                    [.. r.Trials.Select(t => RungReport.Of(t, r.Gap, gap))],
                    [.. r.Left.Select(RungReport.Of)])),
            ],
        };
    }

    private static string Explain(IReadOnlyList<LadderRound> rounds)
    {
        string of = Invariant($"{100 * Math.Abs(rounds[0].Gap):0.0} points");
        if (rounds[0].Best is not { } best)
            return Unexplained(rounds[0], of);
        string first = $"{RungReport.Named(best.Rung)} explains {RungReport.Points(best)} of {of}";
        if (rounds.Count == 1)
            return first + Rivals(rounds[0], best);
        first += Parts(rounds[0], [best.Rung.Name, rounds[1].Best?.Rung.Name]);
        string left = Invariant($"{100 * Math.Abs(rounds[1].Gap):0.0} that are left");
        return rounds[1].Best is { } second
            ? $"{first}, and after it {RungReport.Named(second.Rung)} explains {RungReport.Points(second)} of the {left}"
                + Rivals(rounds[1], second)
            : $"{first}; {Unexplained(rounds[1], $"the {left}")}";
    }

    /// <summary>Other settings that may explain as much: the rows cannot tell which of them the source had.</summary>
    private static string Rivals(LadderRound round, RungTrial best)
    {
        string[] others =
            [.. round.Of(RungVerdict.Explains).Where(t => t != best).Select(t => $"{RungReport.Named(t.Rung)} {RungReport.Points(t)}")];
        return others.Length == 0 ? "" : $"; so may, alone: {string.Join(", ", others)}";
    }

    /// <summary>Settings that surely explain a part as well, but for those that are named already.</summary>
    private static string Parts(LadderRound round, string?[] named)
    {
        string[] others =
        [
            .. round.Of(RungVerdict.ExplainsPart)
                .Where(t => !named.Contains(t.Rung.Name))
                .Select(t => $"{RungReport.Named(t.Rung)} {RungReport.Points(t)}"),
        ];
        return others.Length == 0 ? "" : $" (alone, a part is also explained by {string.Join(", ", others)})";
    }

    private static string Unexplained(LadderRound round, string of)
    {
        int tried = round.Trials.Count(t => t.Compared > 0);
        string[] open = [.. round.Of(RungVerdict.Open).Select(t => RungReport.Named(t.Rung))];
        string[] further =
            [.. round.Of(RungVerdict.Overshoots).Select(t => $"{RungReport.Named(t.Rung)} goes further: {RungReport.Points(t)} points")];
        string found = tried == 0 ? "no setting could be tried"
            : tried == 1 ? $"the one setting that was tried does not surely explain any of {of}"
            : $"none of the {tried} settings that were tried surely explains any of {of}";
        return string.Join("; ",
        [
            found,
            .. further,
            .. open.Length == 0 ? [] : (string[])[$"the rows leave open: {string.Join(", ", open)}"],
        ]);
    }
}
