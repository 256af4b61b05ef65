using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Reports;

/// <summary>Comparisons with one base: what the models cost, what they score, and what the scores can say.</summary>
internal static class ComparisonTable
{
    /// <summary>What prices beside each other are of, as notes say it.</summary>
    internal const string PricedTasks = "the tasks that all these runs have";

    private const int TasksNamed = 5;

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
        ComparedRun[] runs = Runs(comparisons);
        var prices = new PriceColumns(runs.Select(r => r.Price));
        var table = new TextTable(
        [
            ("", false),
            ("Model", false),
            ("Device", false),
            ("Disk MB", true),
            ("Peak MiB", true),
            ("Prefill tokens/s", true),
            ("Decode tokens/s", true),
            .. prices.Headers,
        ]);
        foreach ((int i, ComparedRun run) in runs.Index())
        {
            table.Add(
            [
                i == 0 ? "base" : "candidate",
                run.Model,
                run.Device,
                TextTable.Number(run.DiskBytes / 1e6, "0.0"),
                TextTable.Number(run.PeakMemory >> 20),
                TextTable.Number(run.Prefill, "0"),
                TextTable.Number(run.Decode, "0"),
                .. prices.Cells(run.Price),
            ]);
        }

        return table;
    }

    private static ComparedRun[] Runs(IReadOnlyList<Comparison> comparisons) =>
        [comparisons[0].Base, .. comparisons.Select(c => c.Candidate)];

    private static string Title(IReadOnlyList<Comparison> comparisons, Comparison comparison) =>
        comparisons.Count == 1 ? "" : $"{comparison.Candidate.Model} against {comparison.Base.Model} ({comparison.Candidate.Run})\n\n";

    private static TextTable Scores(IEnumerable<ComparedScore> scores)
    {
        ComparedScore[] all = [.. scores];
        bool errored = all.Any(s => s.Errored > 0);
        (string, bool)[] bounds = errored ? [("With errored", true)] : [];
        var table = new TextTable(
        [
            ("Task", false),
            ("Metric", false),
            ("n", true),
            ("Base", true),
            ("Candidate", true),
            ("Difference", true),
            .. bounds,
            ("Lost", true),
            ("Won", true),
            ("p", true),
            ("p Holm", true),
            ("Detectable", true),
            ("Same text", true),
        ]);
        foreach (ComparedScore score in all)
        {
            table.Add(
            [
                new string(' ', 2 * score.Depth) + score.Task,
                $"{score.Metric},{score.Filter} {(score.HigherIsBetter ? "↑" : "↓")}",
                TextTable.Number(score.Count),
                Value(score.Base, score.BaseInterval),
                Value(score.Candidate, score.CandidateInterval),
                Difference(score),
                .. errored ? [score.Errored == 0 ? "" : Bounds(score.WithErrored)] : (string[])[],
                TextTable.Number(score.Flips?.RightToWrong),
                TextTable.Number(score.Flips?.WrongToRight),
                TextTable.Number(score.P, "0.0000"),
                TextTable.Number(score.AdjustedP, "0.0000"),
                TextTable.Number(score.Detectable, "0.0000"),
                score.SameText is { } same ? TextTable.Number(100 * same, "0.0") + "%" : "n/a",
            ]);
        }

        return table;
    }

    /// <summary>The difference with its standard error and interval. A group of few tasks has no standard error that says much.</summary>
    private static string Difference(ComparedScore score)
    {
        string difference = score.Difference.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture);
        string error = score.TooFewTasks ? $"only {score.Tasks} tasks" : $"± {TextTable.Number(score.StandardError, "0.0000")}";
        return $"{difference} {error} {Bounds(score.Interval)}";
    }

    /// <summary>What the columns mean, and what was left out.</summary>
    internal static IEnumerable<string> Notes(IReadOnlyList<Comparison> comparisons)
    {
        ComparedScore[] scores = [.. comparisons.SelectMany(c => c.Scores)];
        int tested = scores.Count(s => s is { P: not null, IsGroup: false });
        int errored = scores.Select(s => s.Errored).DefaultIfEmpty(0).Max();
        int missing = scores.Select(s => s.LeftOut - s.Errored).DefaultIfEmpty(0).Max();
        yield return "Difference: candidate minus base on the same samples, ± its standard error. " +
            "Lost, won: samples that went wrong, went right; p: of no difference, by the same test as the interval. " +
            "Detectable: the smallest difference that such a comparison finds in at least four of five repetitions. [Intervals]: 95%.";
        if (scores.Any(s => s is { IsGroup: true, Tasks: > 1 }))
        {
            yield return "A group's difference varies from task to task, and ±, interval and p are of that: " +
                "they say what other such tasks would give." +
                (scores.Any(s => s.TooFewTasks) ? " Fewer than 5 tasks can hardly say it; look at the tasks themselves." : "");
        }

        foreach (Comparison comparison in comparisons)
        {
            string who = comparisons.Count == 1 ? "" : $"{comparison.Candidate.Model}: ";
            foreach (string line in GenerationNotes.Of(comparison.Generation))
                yield return who + line;
        }

        foreach (string line in comparisons.Select(ForgottenTasks.Line).OfType<string>())
            yield return line;
        if (tested > 1)
        {
            yield return FormattableString.Invariant(
                $"{tested} scores are tested: about {0.05 * tested:0.#} would fall below p = 0.05 by chance alone; ") +
                "p Holm takes that into account.";
        }

        if (errored > 0)
        {
            yield return $"Up to {errored} samples of a score errored in one of the runs and are left out. " +
                "With errored: the interval if each of them could be lost, and each could be won.";
        }

        if (missing > 0)
            yield return $"Up to {missing} samples of a score are left out, because one of the runs did not ask them.";
        if (comparisons.SelectMany(c => c.OtherTemplates).Distinct().ToList() is { Count: > 0 } chats)
        {
            yield return $"Compared by their messages: {Named(chats)}. The runs asked the same conversations, "
                + "and wrote them in different chat templates.";
        }

        foreach (Comparison comparison in comparisons.Where(c => c.JudgeChange is not null))
            yield return $"{comparison.Candidate.Model}: {comparison.JudgeChange}; a difference of graded tasks may be that of the judges.";
        if (comparisons.SelectMany(c => c.OnlyInOne).Distinct().ToList() is { Count: > 0 } alone)
            yield return $"In one run only: {string.Join(", ", alone)}.";
        foreach (string note in RunPrice.Notes(Runs(comparisons).Select(r => r.Price), PricedTasks))
            yield return note;
    }

    private static string Named(List<string> tasks) =>
        string.Join(", ", tasks.Take(TasksNamed)) + (tasks.Count > TasksNamed ? $" and {tasks.Count - TasksNamed} more tasks" : "");

    private static string Bounds(Interval? interval) =>
        interval is { } bounds ? $"[{Signed(bounds.Low)}, {Signed(bounds.High)}]" : "n/a";

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);

    private static string Value(double value, Interval? interval) =>
        $"{TextTable.Number(value, "0.0000")} [{TextTable.Number(interval?.Low, "0.000")}, {TextTable.Number(interval?.High, "0.000")}]";
}
