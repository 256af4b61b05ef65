using EvalHarness.Results;
using EvalHarness.Scoring.Metrics;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Reports;

/// <summary>The table at the end of a run, from results.json alone, so that <c>show</c> prints the same.</summary>
internal static class ResultsTable
{
    /// <summary>For a terminal.</summary>
    public static string Render(RunReport report) =>
        (report.Harness.Partial is { } partial ? $"{partial}\n\n" : "")
        + (report.Harness.PredictOnly ? "" : Table(report, report.Rows).ToString())
        + (JudgeTable.Table(report) is { } judge ? $"\n{judge}" : "")
        + string.Concat(Notes(report).Select(n => $"\n{n}\n"))
        + WorkTable.Summary(report);

    /// <summary>For a pull request: groups and single tasks in sight, the tasks of groups folded away.</summary>
    public static string RenderMarkdown(RunReport report)
    {
        string[] work = WorkTable.Summary(report).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> notes = Notes(report).Concat(work).Select(n => $"- {TextTable.Markdown(n)}\n");
        string partial = report.Harness.Partial is { } some ? $"**{some}**\n\n" : "";
        string judge = JudgeTable.Table(report) is { } card ? $"{card.ToMarkdown()}\n" : "";
        return partial + TextTable.Folded(report.Rows, row => row.Depth, rows => Table(report, rows)) + judge + string.Concat(notes);
    }

    private static TextTable Table(RunReport report, IEnumerable<ScoreRow> rows)
    {
        ScoreRow[] all = [.. rows];
        bool errored = all.Any(r => r.Errored > 0);
        (string, bool)[] bounds = errored ? [("With errored", true)] : [];
        var table = new TextTable(
        [
            ("Task", false),
            ("Version", true),
            ("Filter", false),
            ("Shots", true),
            ("Metric", false),
            ("Value", true),
            ("Stderr", true),
            ("95%", true),
            ("n", true),
            ("Errored", true),
            .. bounds,
        ]);
        foreach (ScoreRow row in all)
        {
            table.Add(
            [
                new string(' ', 2 * row.Depth) + row.Alias,
                row.Version.ToString(),
                row.Filter,
                $"{row.NumFewShot}",
                $"{row.Metric} {(row.HigherIsBetter ? "↑" : "↓")}",
                Number(row.Value),
                "± " + Number(row.StandardError),
                Between(row.Interval),
                $"{row.Count}",
                $"{row.Errored}",
                .. errored ? [row.Errored == 0 ? "" : Between(ScoreBounds.Of(report, row)?.Interval)] : (string[])[],
            ]);
        }

        return table;
    }

    private static string Between(Interval? interval) => interval is { } bounds
        ? $"[{TextTable.Number(bounds.Low, "0.000")}, {TextTable.Number(bounds.High, "0.000")}]"
        : "n/a";

    /// <summary>
    /// Which shards are not the pinned ones, whether the runtime's tokenizer made the ids, and where the standard error is not the number
    /// that lm-evaluation-harness prints, because the tasks weigh the same or because there are too many rows to draw.
    /// </summary>
    internal static IEnumerable<string> Notes(RunReport report) =>
    [
        .. report.Harness.PredictOnly
            ? [$"{HarnessReport.NotGraded}: there are no metrics"]
            : (string[])[],
        .. report.Harness.Decisions?.Select(DecisionText.Of) ?? [],
        .. JudgeTable.Notes(report),
        .. report.Harness.UnpinnedShards,
        .. Tokenizer(report),
        .. report.Harness.Generation.SelectMany(g => GenerationNotes.Of(g.Key, g.Value)),
        .. report.Rows.Any(r => r.Errored > 0)
            ? ["With errored: the interval if each errored sample could be wrong, and each could be right"]
            : (string[])[],
        .. report.Rows
            .Where(row => row.IsMeanOfTasks)
            .Select(row =>
                $"{row.Alias} {row.Metric}: the tasks weigh the same, and ± is the error of that mean; " +
                $"lm-evaluation-harness prints that of the pooled samples, {Number(row.ReferenceStandardError)}"),
        .. report.Rows.Select(Drawn).OfType<string>(),
    ];

    private static string? Drawn(ScoreRow row) => row.StandardErrorMethod switch
    {
        BootstrapMethod.BootstrapCounts =>
            $"{row.Alias} {row.Metric}: ± is from {row.StandardErrorDraws} draws of the counts of labels, not of its {row.Count} rows; "
                + "the distribution is the same, the digits are not those of lm-evaluation-harness",
        BootstrapMethod.BootstrapCapped =>
            $"{row.Alias} {row.Metric}: ± is from {row.StandardErrorDraws} draws of its {row.Count} rows, fewer than --bootstrap-iters; "
                + $"lm-evaluation-harness gives the same digits with bootstrap_iters={row.StandardErrorDraws}",
        _ => null,
    };

    private static string[] Tokenizer(RunReport report) => report.Harness.Tokenizer == "genai"
        ? ["tokenizer: genai, the runtime's own; its ids and texts may differ from those of the model's maker"]
        : [];

    private static string Number(double? value) => TextTable.Number(value, "0.0000");
}
