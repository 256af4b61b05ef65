using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Reports;

/// <summary>Comparisons with one base: what the models cost, what they score, and what the scores can say.</summary>
internal static class ComparisonTable
{
    /// <summary>For a terminal.</summary>
    /// <param name="comparisons">All with the same base.</param>
    /// <param name="brief">Groups and single tasks only.</param>
    public static string Render(IReadOnlyList<Comparison> comparisons, bool brief = false)
    {
        var text = new StringBuilder($"{Models(comparisons)}\n");
        foreach (Comparison comparison in comparisons)
        {
            text.Append(Title(comparisons, comparison))
                .Append(Scores(comparison.Scores.Where(s => !brief || s.Depth == 0)))
                .Append('\n');
        }

        return text.AppendJoin("", Notes(comparisons).Select(n => n + "\n")).ToString();
    }

    /// <summary>For a pull request: groups and single tasks in sight, the tasks of groups folded away.</summary>
    public static string RenderMarkdown(IReadOnlyList<Comparison> comparisons)
    {
        var text = new StringBuilder($"{Models(comparisons).ToMarkdown()}\n");
        foreach (Comparison comparison in comparisons)
        {
            text.Append(TextTable.Markdown(Title(comparisons, comparison)))
                .Append(TextTable.Folded(comparison.Scores, s => s.Depth, Scores));
        }

        return text.AppendJoin("", Notes(comparisons).Select(n => $"- {TextTable.Markdown(n)}\n")).ToString();
    }

    private static TextTable Models(IReadOnlyList<Comparison> comparisons)
    {
        var table = new TextTable(
            ("", false),
            ("Model", false),
            ("Device", false),
            ("Disk MB", true),
            ("Peak MiB", true),
            ("Prefill tokens/s", true),
            ("Decode tokens/s", true));
        (string, ComparedRun)[] runs = [("base", comparisons[0].Base), .. comparisons.Select(c => ("candidate", c.Candidate))];
        foreach ((string role, ComparedRun run) in runs)
        {
            table.Add(
                role,
                run.Model,
                run.Device,
                TextTable.Number(run.DiskBytes / 1e6, "0.0"),
                run.PeakMemory == 0 ? "n/a" : TextTable.Number(run.PeakMemory >> 20),
                TextTable.Number(run.Prefill, "0"),
                TextTable.Number(run.Decode, "0"));
        }

        return table;
    }

    private static string Title(IReadOnlyList<Comparison> comparisons, Comparison comparison) =>
        comparisons.Count == 1 ? "" : $"{comparison.Candidate.Model} against {comparison.Base.Model} ({comparison.Candidate.Run})\n\n";

    private static TextTable Scores(IEnumerable<ComparedScore> scores)
    {
        var table = new TextTable(
            ("Task", false),
            ("Metric", false),
            ("n", true),
            ("Base", true),
            ("Candidate", true),
            ("Difference", true),
            ("Lost", true),
            ("Won", true),
            ("p", true),
            ("p Holm", true),
            ("Would show", true),
            ("Same text", true));
        foreach (ComparedScore score in scores)
        {
            string difference = score.Difference.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);
            table.Add(
                new string(' ', 2 * score.Depth) + score.Task,
                $"{score.Metric},{score.Filter} {(score.HigherIsBetter ? "↑" : "↓")}",
                TextTable.Number(score.Count),
                Value(score.Base, score.BaseInterval),
                Value(score.Candidate, score.CandidateInterval),
                $"{difference} ± {TextTable.Number(score.StandardError, "0.0000")}",
                TextTable.Number(score.Flips?.RightToWrong),
                TextTable.Number(score.Flips?.WrongToRight),
                TextTable.Number(score.Flips?.P, "0.0000"),
                TextTable.Number(score.Flips?.AdjustedP, "0.0000"),
                TextTable.Number(score.SmallestVisible, "0.0000"),
                score.SameText is { } same ? TextTable.Number(100 * same, "0.0") + "%" : "n/a");
        }

        return table;
    }

    /// <summary>What the columns mean, and what was left out.</summary>
    internal static IEnumerable<string> Notes(IReadOnlyList<Comparison> comparisons)
    {
        int tested = comparisons.Max(c => c.Scores.Count(s => s.Flips is not null));
        int leftOut = comparisons.SelectMany(c => c.Scores).Select(s => s.LeftOut).DefaultIfEmpty(0).Max();
        yield return "Difference: candidate minus base on the same samples, ± its paired standard error (of groups clustered by task). " +
            "Lost, won: samples that went wrong, went right; p: exact McNemar test. " +
            "Would show: the smallest difference that so many samples show in four of five repetitions. [Intervals]: 95%.";
        if (tested > 1)
        {
            yield return FormattableString.Invariant(
                $"{tested} scores are tested: about {0.05 * tested:0.#} would fall below p = 0.05 by chance alone; ") +
                "p Holm takes that into account.";
        }

        if (leftOut > 0)
            yield return $"Up to {leftOut} samples of a score are left out, because one of the runs did not answer them.";
        if (comparisons.SelectMany(c => c.OnlyInOne).Distinct().ToList() is { Count: > 0 } alone)
            yield return $"In one run only: {string.Join(", ", alone)}.";
    }

    private static string Value(double value, Interval? interval) =>
        $"{TextTable.Number(value, "0.0000")} [{TextTable.Number(interval?.Low, "0.000")}, {TextTable.Number(interval?.High, "0.000")}]";
}
