using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>What is known of a rung's part in a gap. "Surely" is what the interval of its effect says.</summary>
internal enum RungVerdict
{
    /// <summary>It surely moves the score towards the published one, and perhaps by the whole gap.</summary>
    Explains,

    /// <summary>It surely moves the score towards the published one, and surely by less than the gap.</summary>
    ExplainsPart,

    /// <summary>It surely moves the score further than the gap.</summary>
    Overshoots,

    /// <summary>It surely moves the score away from the published one.</summary>
    MovesAway,

    /// <summary>It may move the score or not, and surely by less than the gap.</summary>
    NotTheWholeCause,

    /// <summary>It may do nothing, and may explain the gap: the rows did not suffice.</summary>
    Open,

    /// <summary>It was not tried, or could not be.</summary>
    NotTried,
}

/// <summary>Says what an interval means for a gap.</summary>
internal static class RungVerdicts
{
    /// <param name="towards">The interval of the effect, positive towards the published score.</param>
    /// <param name="gap">How far the published score lies from the measured one, above 0.</param>
    internal static RungVerdict Of(Interval towards, double gap) =>
        towards.Low > gap ? RungVerdict.Overshoots
        : towards.Low > 0 ? towards.High < gap ? RungVerdict.ExplainsPart : RungVerdict.Explains
        : towards.High < 0 ? RungVerdict.MovesAway
        : towards.High < gap ? RungVerdict.NotTheWholeCause
        : RungVerdict.Open;
}
