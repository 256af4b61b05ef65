using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published.Ladder;

/// <summary>The settings to try after a setting, by what is known of its documents.</summary>
/// <param name="setting">What is changed already.</param>
/// <param name="series">What is known of its documents.</param>
internal delegate IReadOnlyList<LadderRung> LadderChoice(LadderSetting setting, LadderSeries series);

/// <summary>
/// Says which setting explains how much of the gap between a measured score and a published one. Settings are changed one at a time, each
/// on the same documents in the same random order. The setting that looks most like the cause gets more of them, as long as its interval
/// holds both no effect and the gap, or is wide.
/// </summary>
/// <remarks>
/// All intervals of a ladder hold together, at whatever look each was left, with a probability of 95%: the settings of the first round
/// share 0.04 equally and those of the second 0.01 (Bonferroni), and <see cref="SequentialMean"/> lets one look as often as one likes.
/// </remarks>
/// <param name="runs">The measured run, and what is asked beside it.</param>
/// <param name="choice">Which settings are tried.</param>
internal sealed class LadderSearch(LadderRuns runs, LadderChoice choice)
{
    /// <summary>Documents of each setting at the first look, and at least so many: fewer cannot tell anything from nothing.</summary>
    private const int First = 32, Fewest = 12;

    /// <summary>The probabilities that an interval of the first round is wrong, and one of the second.</summary>
    private const double FirstLevel = 0.04, SecondLevel = 0.01;

    /// <param name="setting">The setting of the measured score, in the measured run.</param>
    /// <param name="gap">The published score minus the measured one, 1 for 100 points; not 0.</param>
    /// <param name="margin">What may be left unexplained, 1 for 100 points.</param>
    /// <param name="cancellationToken">Stops; the same search takes up the runs that it made.</param>
    internal async Task<IReadOnlyList<LadderRound>> FindAsync(
        LadderSetting setting, double gap, double margin, CancellationToken cancellationToken)
    {
        LadderRound first = await RoundAsync(runs.Measured, setting, null, gap, FirstLevel, cancellationToken).ConfigureAwait(false);
        if (first.Best is not { Verdict: RungVerdict.ExplainsPart } part || Math.Abs(gap) - part.Towards <= margin)
            return [first];
        double left = Math.Sign(gap) * (Math.Abs(gap) - part.Towards);
        LadderRound second = await RoundAsync(part.Series, part.Setting, part.Rung, left, SecondLevel, cancellationToken)
            .ConfigureAwait(false);
        return [first, second];
    }

    private async Task<LadderRound> RoundAsync(
        LadderSeries before,
        LadderSetting setting,
        LadderRung? changed,
        double gap,
        double level,
        CancellationToken cancellationToken)
    {
        LadderRung[] rungs = [.. choice(setting, before).Where(r => r.Name != changed?.Name)];
        LadderRung[] tried = [.. rungs.Where(r => r.NotTried is null)];
        RungTrial[] trials = [.. tried.Select(r => new RungTrial(r, runs, before, setting, gap, level / (2 * tried.Length)))];
        int paying = trials.Count(t => !t.IsFree), first = paying == 0 ? 0 : Math.Clamp(runs.Left / (2 * paying), Fewest, First);
        foreach (RungTrial trial in trials)
        {
            if (trial.IsFree || trial.Series.Known > 0 || runs.Left >= first)
                await trial.GrowAsync(runs, first, cancellationToken).ConfigureAwait(false);
        }

        while (Next(trials, Math.Abs(gap)) is { } next)
        {
            // Twice as many as before.
            int compared = next.Compared, cost = Math.Min(runs.Left, Math.Max(first, next.Series.Asked));
            await next.GrowAsync(runs, cost, cancellationToken).ConfigureAwait(false);
            if (next.Compared == compared && next.Failure is null)
                break;
        }

        // What costs nothing is compared on all that the others have made known meanwhile.
        foreach (RungTrial trial in trials.Where(t => t.IsFree))
            await trial.GrowAsync(runs, 0, cancellationToken).ConfigureAwait(false);
        return new LadderRound(changed, gap, trials, [.. rungs.Where(r => r.NotTried is not null)]);
    }

    /// <summary>The rung that gets more documents; null where none needs them, or there are too few.</summary>
    private RungTrial? Next(RungTrial[] trials, double gap)
    {
        RungTrial[] growing = [.. trials.Where(t => t is { CanGrow: true, Compared: > 0 } && !IsSettled(t, gap))];
        bool isFound = trials.Any(t => t.Verdict == RungVerdict.Explains && IsSettled(t, gap));
        // A second setting that may explain as much stays a rival of the one that was found.
        if (isFound)
            growing = [.. growing.Where(t => t.Towards >= gap / 2)];
        RungTrial? next = growing.OrderByDescending(t => Math.Min(t.Towards, gap)).ThenBy(t => t.Rows).FirstOrDefault();
        // What a first look has begun goes on with however few rows are left.
        return runs.Left > 0 ? next : null;
    }

    /// <summary>
    /// Whether more documents would not change what is said: it surely explains less than half of the gap, or more than all of it, or
    /// between half of it and twice as much, or what it explains is known to half of the gap.
    /// </summary>
    private static bool IsSettled(RungTrial trial, double gap)
    {
        Interval interval = trial.Interval;
        return interval.High < gap / 2
            || interval.Low > gap
            || (interval.Low > gap / 2 && interval.High < 2 * gap)
            || (interval.Low > 0 && interval.High - interval.Low <= gap / 2);
    }
}
