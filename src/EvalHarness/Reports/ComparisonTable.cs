using System.Globalization;
using EvalHarness.Comparing;
using EvalHarness.Metrics;

namespace EvalHarness.Reports;

/// <summary>A comparison in Markdown: what the models cost, what they score, and what the scores can say.</summary>
public static class ComparisonTable
{
    public static string Render(Comparison comparison)
    {
        var runs = new TextTable(("", false), ("Model", false), ("Device", false), ("Disk MB", true), ("Peak MiB", true), ("Prefill tokens/s", true), ("Decode tokens/s", true));
        foreach ((string role, ComparedRun run) in ((string, ComparedRun)[])[("base", comparison.Base), ("candidate", comparison.Candidate)])
            runs.Add(role, run.Model, run.Device, Text(run.DiskBytes / 1e6, "0.0"), run.PeakMemory == 0 ? "n/a" : Text(run.PeakMemory >> 20), Text(run.Prefill, "0"), Text(run.Decode, "0"));
        var scores = new TextTable(
            ("Task", false), ("Metric", false), ("n", true), ("Base", true), ("Candidate", true), ("Difference", true), ("Lost", true), ("Won", true), ("p", true), ("p Holm", true), ("Would show", true), ("Same text", true));
        foreach (ComparedScore score in comparison.Scores)
        {
            scores.Add(
                new string(' ', 2 * score.Depth) + score.Task,
                $"{score.Metric},{score.Filter} {(score.HigherIsBetter ? "↑" : "↓")}",
                Text(score.Count),
                Value(score.Base, score.BaseInterval),
                Value(score.Candidate, score.CandidateInterval),
                $"{score.Difference.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture)} ± {Text(score.StandardError, "0.0000")}",
                Text(score.Flips?.RightToWrong),
                Text(score.Flips?.WrongToRight),
                Text(score.Flips?.P, "0.0000"),
                Text(score.Flips?.AdjustedP, "0.0000"),
                Text(score.SmallestVisible, "0.0000"),
                score.SameText is { } same ? Text(100 * same, "0.0") + "%" : "n/a");
        }

        return $"{runs}\n{scores}\n{Notes(comparison)}";
    }

    private static string Notes(Comparison comparison)
    {
        int tested = comparison.Scores.Count(s => s.Flips is not null);
        int leftOut = comparison.Scores.Select(s => s.LeftOut).DefaultIfEmpty(0).Max();
        List<string> notes =
        [
            "Difference: candidate minus base on the same samples, ± its paired standard error (of groups clustered by task). Lost, won: samples that went wrong, went right; p: exact McNemar test. Would show: the smallest difference that so many samples show in four of five repetitions. [Intervals]: 95%.",
        ];
        if (tested > 1)
            notes.Add(string.Create(CultureInfo.InvariantCulture, $"{tested} scores are tested: about {0.05 * tested:0.#} would fall below p = 0.05 by chance alone; p Holm takes that into account."));
        if (leftOut > 0)
            notes.Add($"Up to {leftOut} samples of a score are left out, because one of the runs did not answer them.");
        if (comparison.OnlyInOne.Count > 0)
            notes.Add($"In one run only: {string.Join(", ", comparison.OnlyInOne)}.");
        return string.Concat(notes.Select(n => n + "\n"));
    }

    private static string Value(double value, Interval interval) => $"{Text(value, "0.0000")} [{Text(interval.Low, "0.000")}, {Text(interval.High, "0.000")}]";

    private static string Text(IFormattable? value, string? format = null) => value is null ? "n/a" : value.ToString(format, CultureInfo.InvariantCulture);
}
