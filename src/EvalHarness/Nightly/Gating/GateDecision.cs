using System.Globalization;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>Decides measured checks, all of a night together.</summary>
internal static class GateDecision
{
    /// <summary>Level of each side: intervals are 95% for a single rule.</summary>
    internal const double Level = 0.025;

    private const string Unconfirmed =
        "alone this night would be a regression; with all nights since the baseline it may still be answers that flip from night to night";

    /// <summary>
    /// Holm's steps: of k alarms the clearest is held to a k-th of the level, the next one to a (k-1)-th, until one does not reach it.
    /// </summary>
    internal static List<GateCheck> Decide(IReadOnlyList<GateCheck> checks)
    {
        List<GateCheck> decided = [.. checks];
        double Above(int i) => checks[i].Test!.Above(checks[i].Threshold);
        int[] order = [.. Enumerable.Range(0, checks.Count).Where(i => checks[i].Test is not null).OrderBy(Above)];
        IReadOnlyList<double> adjusted = Holm.Adjust([.. order.Select(i => Math.Min(1, 2 * Above(i)))]);
        bool rejecting = true;
        double level = Level;
        for (int rank = 0; rank < order.Length; rank++)
        {
            GateCheck check = checks[order[rank]];
            level = rejecting ? Level / (order.Length - rank) : level;
            rejecting &= check.Test!.Above(check.Threshold) <= level;
            decided[order[rank]] = Decide(check, level, adjusted[rank], rejecting);
        }

        return decided;
    }

    private static GateCheck Decide(GateCheck check, double level, double p, bool rejected)
    {
        Interval interval = check.Test!.Interval(level);
        bool confirmed = check.Nights?.Confirms(check.Threshold, level) ?? true;
        GateVerdict verdict = rejected && confirmed ? GateVerdict.Regression
            : interval.High <= check.Threshold && check.Test.Below(check.Threshold) <= level ? GateVerdict.Fine
            : GateVerdict.Inconclusive;
        bool doubtful = check.Remark is not null && verdict == GateVerdict.Regression;
        double low = check.Unit(interval.Low), high = check.Unit(interval.High);
        return check with
        {
            Measured = check.Unit(check.Test.Estimate),
            Low = Math.Min(low, high),
            High = Math.Max(low, high),
            WithoutNoise = check.Test is NoisyTest { Runs: var runs } ? check.Unit(runs.Interval(level)) : null,
            Coverage = 100 * (1 - (2 * level)),
            P = p,
            Verdict = doubtful ? GateVerdict.Inconclusive : verdict,
            Remark = rejected && !confirmed ? Unconfirmed
                : verdict == GateVerdict.Inconclusive ? Advice(check, level)
                : doubtful ? check.Remark
                : null,
        };
    }

    private static string Advice(GateCheck check, double level)
    {
        if (check.Rows is not { } rows)
            return "more nights would decide";
        double needed = rows * check.Test!.Decisive(check.Threshold, level);
        if (needed > 1e9)
        {
            return check.Test is NoisyTest
                ? "the noise of the device alone can make that, so no number of rows decides; measure it with more rows and "
                    + "configurations, or allow more"
                : "what was measured is what is just allowed: no number of rows decides";
        }

        string text = needed.ToString("#,0", CultureInfo.InvariantCulture);
        if (check.Tasks > 1)
        {
            // Tasks differ, so more rows of the same tasks would not help.
            string tasks = (needed / rows * check.Tasks).ToString("#,0", CultureInfo.InvariantCulture);
            return $"about {tasks} tasks like these {check.Tasks} would decide";
        }

        if (check.Available is not { } available || needed <= available)
            return $"about {text} rows would decide";
        string more = available > rows ? "run all of them" : "repeat sampled answers";
        return $"about {text} rows would decide; the task has {available}: {more}, or allow more";
    }
}
