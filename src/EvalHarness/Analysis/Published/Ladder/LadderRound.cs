namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>Settings that were changed one at a time, each from the same setting.</summary>
/// <param name="Changed">What was changed before; null for the measured run.</param>
/// <param name="Gap">The published score minus the one before the change, 1 for 100 points.</param>
/// <param name="Trials">What was tried.</param>
/// <param name="Left">What was not.</param>
internal sealed record LadderRound(
    LadderRung? Changed, double Gap, IReadOnlyList<RungTrial> Trials, IReadOnlyList<LadderRung> Left)
{
    /// <summary>
    /// The setting that explains most: one that may explain all, the nearest to the gap first, or else a part, the largest first. Null
    /// where none surely moves the score towards the published one without going further.
    /// </summary>
    internal RungTrial? Best => Of(RungVerdict.Explains).MinBy(t => Math.Abs(t.Towards - Math.Abs(Gap)))
        ?? Of(RungVerdict.ExplainsPart).MaxBy(t => t.Towards);

    internal IEnumerable<RungTrial> Of(RungVerdict verdict) => Trials.Where(t => t.Verdict == verdict);
}
