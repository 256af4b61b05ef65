using EvalHarness.Nightly.Gating;

namespace EvalHarness.Reports;

/// <summary>A gate's checks for a terminal and for a page.</summary>
internal static class GateTable
{
    public static string Render(GateReport report) => $"{Table(report)}{Verdict(report)}\n";

    public static string RenderMarkdown(GateReport report) => $"{Table(report).ToMarkdown()}\n{TextTable.Markdown(Verdict(report))}\n";

    internal static string Word(GateVerdict verdict) => verdict switch
    {
        GateVerdict.Fine => "fine",
        GateVerdict.Regression => "REGRESSION",
        GateVerdict.Inconclusive => "inconclusive",
        GateVerdict.Undecided => "undecided",
        _ => "no baseline yet",
    };

    private static TextTable Table(GateReport report)
    {
        var table = new TextTable(
            ("Run", false),
            ("Task", false),
            ("Metric", false),
            ("Allowed", false),
            ("Measured", true),
            ("Interval", true),
            ("n", true),
            ("p Holm", true),
            ("Verdict", false),
            ("Remark", false));
        foreach (GateCheck check in report.Checks)
        {
            string format = check.Limit == GateLimit.Min ? "0.0000" : "0.00";
            table.Add(
                check.Cell,
                check.Task ?? "all",
                check.Metric ?? check.Limit switch
                {
                    GateLimit.MaxSlowdown => "time",
                    GateLimit.MaxMemoryGrowth => "memory",
                    _ => "the first",
                },
                check.Rule(),
                TextTable.Number(check.Measured, format),
                Interval(check, format),
                check.Rows is { } rows ? TextTable.Number(rows) : "",
                check.P is { } p ? TextTable.Number(p, "0.0000") : "",
                Word(check.Verdict),
                check.Remark ?? "");
        }

        return table;
    }

    private static string Interval(GateCheck check, string format)
    {
        if (check.Low is null)
            return "";
        string low = TextTable.Number(check.Low, format), high = TextTable.Number(check.High, format);
        return $"[{low}, {high}] {TextTable.Number(check.Coverage, "0.#")}%";
    }

    private static string Verdict(GateReport report)
    {
        int Count(GateVerdict verdict) => report.Checks.Count(c => c.Verdict == verdict);
        string passes = report is { Verdict: GateVerdict.Inconclusive, ExitCode: ExitCode.Success } ? ", which these rules let pass" : "";
        return $"gate: {Word(report.Verdict)}{passes}; of {report.Checks.Count} checks {Count(GateVerdict.Fine)} fine, " +
            $"{Count(GateVerdict.Regression)} regressions, {Count(GateVerdict.Inconclusive)} inconclusive, " +
            $"{Count(GateVerdict.NoBaseline)} without a baseline";
    }
}
