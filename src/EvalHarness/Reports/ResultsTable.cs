using EvalHarness.Results;

namespace EvalHarness.Reports;

/// <summary>The table at the end of a run, from results.json alone, so that <c>show</c> prints the same.</summary>
internal static class ResultsTable
{
    /// <summary>For a terminal.</summary>
    public static string Render(RunReport report) =>
        (report.Harness.PredictOnly ? "" : Table(report.Rows))
        + string.Concat(Notes(report).Select(n => $"\n{n}\n"))
        + WorkTable.Summary(report);

    /// <summary>For a pull request: groups and single tasks in sight, the tasks of groups folded away.</summary>
    public static string RenderMarkdown(RunReport report)
    {
        string[] work = WorkTable.Summary(report).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<string> notes = Notes(report).Concat(work).Select(n => $"- {TextTable.Markdown(n)}\n");
        return TextTable.Folded(report.Rows, row => row.Depth, Table) + string.Concat(notes);
    }

    private static TextTable Table(IEnumerable<ScoreRow> rows)
    {
        var table = new TextTable(
            ("Task", false),
            ("Version", true),
            ("Filter", false),
            ("Shots", true),
            ("Metric", false),
            ("Value", true),
            ("Stderr", true),
            ("n", true),
            ("Errored", true));
        foreach (ScoreRow row in rows)
        {
            table.Add(
                new string(' ', 2 * row.Depth) + row.Alias,
                row.Version.ToString(),
                row.Filter,
                $"{row.NumFewShot}",
                $"{row.Metric} {(row.HigherIsBetter ? "↑" : "↓")}",
                Number(row.Value),
                "± " + Number(row.StandardError),
                $"{row.Count}",
                $"{row.Errored}");
        }

        return table;
    }

    /// <summary>
    /// Which shards are not the pinned ones, whether the runtime's tokenizer made the ids, and where the standard error is not the number
    /// that lm-evaluation-harness prints.
    /// </summary>
    internal static IEnumerable<string> Notes(RunReport report) =>
    [
        .. report.Harness.PredictOnly
            ? [$"{HarnessReport.NotGraded}: there are no metrics"]
            : (string[])[],
        .. report.Harness.UnpinnedShards,
        .. Tokenizer(report),
        .. report.Rows
            .Where(row => row.ReferenceStandardError is not null)
            .Select(row =>
                $"{row.Alias} {row.Metric}: the tasks weigh the same, and ± is the error of that mean; " +
                $"lm-evaluation-harness prints that of the pooled samples, {Number(row.ReferenceStandardError)}"),
    ];

    private static string[] Tokenizer(RunReport report) => report.Harness.Tokenizer == "genai"
        ? ["tokenizer: genai, the runtime's own; its ids and texts may differ from those of the model's maker"]
        : [];

    private static string Number(double? value) => TextTable.Number(value, "0.0000");
}
