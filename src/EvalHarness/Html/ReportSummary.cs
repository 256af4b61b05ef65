using System.Text.Json;
using System.Text.Json.Serialization;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Html;

/// <summary>The numbers of the page: what <c>src/ReportPage/src/summary.js</c> and <c>charts.js</c> read.</summary>
internal sealed record ReportSummary(
    string Page,
    string Title,
    string Made,
    string Version,
    IReadOnlyList<ReportRun> Runs,
    IReadOnlyList<ReportScore> Scores,
    IReadOnlyList<IReadOnlyList<string>> Judges,
    IEnumerable<string> Notes)
{
    internal static ReportSummary Of(
        IReadOnlyList<FinishedRun> runs, IReadOnlyList<Comparison> comparisons, IReadOnlyList<RunPrice>? prices, string made)
    {
        string[] labels = FinishedRun.Labels(runs);
        return new ReportSummary(
            "report",
            TitleOf(runs),
            made,
            runs[0].Manifest.Versions.GetValueOrDefault("EvalHarness", ""),
            [.. runs.Select((run, i) => ReportRun.Of(run, labels[i], prices?[i]))],
            [.. runs.SelectMany(r => r.Report.Rows).DistinctBy(Key).Select(row => Score(row, runs, comparisons))],
            JudgeRows(runs, labels),
            [
                .. comparisons.Count > 0 ? ComparisonTable.Notes(comparisons) : NotesOf(runs[0].Report),
                .. RunPrice.Notes(prices ?? [], runs.Count > 1 ? ComparisonTable.PricedTasks : "its tasks"),
            ]);
    }

    internal static string TitleOf(IReadOnlyList<FinishedRun> runs) =>
        FinishedRun.Labels(runs) is var labels && labels is [var only] ? only : $"{string.Join(", ", labels.Skip(1))} against {labels[0]}";

    /// <summary>The judges' cards of all runs below one header; nothing where no model graded.</summary>
    private static string[][] JudgeRows(IReadOnlyList<FinishedRun> runs, string[] labels)
    {
        string[][] rows =
        [
            .. runs.Zip(labels).SelectMany(run => JudgeTable.Rows(run.First.Report).Select(row => (string[])[run.Second, .. row])),
        ];
        return rows.Length == 0 ? [] : [["Run", .. JudgeTable.Header], .. rows];
    }

    private static IEnumerable<string> NotesOf(RunReport report) =>
    [
        .. ResultsTable.Notes(report),
        .. WorkTable.Summary(report).Split('\n', StringSplitOptions.RemoveEmptyEntries),
        "[Intervals]: 95%.",
    ];

    private static (string Name, string Key) Key(ScoreRow row) => (row.Name, row.Key);

    private static ReportScore Score(
        ScoreRow row, IReadOnlyList<FinishedRun> runs, IReadOnlyList<Comparison> comparisons) => new(
        row.Name,
        row.Alias,
        [.. runs.SelectMany(r => r.Report.Leaves(row.Name)).Distinct()],
        row.Depth,
        runs.Any(r => r.Report.Leaves(row.Name) is not [var only] || only != row.Name),
        row.Metric,
        row.Filter,
        row.HigherIsBetter,
        [.. runs.Select((run, i) => ReportValue.Of(
            run.Report, run.Report.Rows.FirstOrDefault(r => Key(r) == Key(row))))],
        [.. comparisons.Select(c => ReportChange.Of(
            c.Scores.FirstOrDefault(s => (s.Task, s.Metric, s.Filter) == (row.Name, row.Metric, row.Filter))))]);
}

/// <summary>
/// A run of the page. Disk and peak are bytes, null where the model is not on this machine; prefill and decode are tokens per second.
/// </summary>
internal sealed record ReportRun(
    string Label,
    string Name,
    string Device,
    long? Disk,
    long? Peak,
    double? Prefill,
    double? Decode,
    double Seconds,
    int Errored,
    RunPrice? Price,
    JsonElement Manifest)
{
    internal static ReportRun Of(FinishedRun run, string label, RunPrice? price)
    {
        var cost = ComparedRun.Of(run);
        return new ReportRun(
            label,
            run.Name,
            cost.Device,
            cost.DiskBytes,
            cost.PeakMemory,
            cost.Prefill,
            cost.Decode,
            run.Report.Harness.Seconds.Total,
            run.Report.Harness.Errored.Values.Sum(),
            price,
            JsonSerializer.SerializeToElement(run.Manifest, ResultsJson.Line));
    }
}

/// <summary>
/// A line of the page's table, with the tasks that it is made of. A value is null where its run has no such score, a change where the
/// score cannot be compared.
/// </summary>
internal sealed record ReportScore(
    string Task,
    string Alias,
    IReadOnlyList<string> Tasks,
    int Depth,
    bool Group,
    string Metric,
    string Filter,
    bool Higher,
    IReadOnlyList<ReportValue?> Values,
    IReadOnlyList<ReportChange?> Changes);

/// <summary>A score of a run with its 95% interval, and with the interval that its errored samples could make.</summary>
internal sealed record ReportValue(
    double? Value,
    double? Low,
    double? High,
    int N,
    int Errored,
    [property: JsonPropertyName("erroredLow")] double? ErroredLow,
    [property: JsonPropertyName("erroredHigh")] double? ErroredHigh)
{
    internal static ReportValue? Of(RunReport report, ScoreRow? row)
    {
        if (row is null)
            return null;
        Interval? interval = row.Interval, bounds = ScoreBounds.Of(report, row)?.Interval;
        return new ReportValue(row.Value, interval?.Low, interval?.High, row.Count, row.Errored, bounds?.Low, bounds?.High);
    }
}

/// <summary>
/// A candidate's score against the base's: low and high are the 95% interval of the difference, lost and won count the samples that went
/// wrong and right, detectable is the smallest difference that such a comparison finds in four of five repetitions, and same is the share
/// of completions that are the same text.
/// </summary>
internal sealed record ReportChange(
    double Difference,
    double? Low,
    double? High,
    [property: JsonPropertyName("fewTasks")] bool FewTasks,
    int? Lost,
    int? Won,
    double? P,
    [property: JsonPropertyName("pHolm")] double? PHolm,
    double? Detectable,
    double? Same)
{
    internal static ReportChange? Of(ComparedScore? score) => score is null ? null : new ReportChange(
        score.Difference,
        score.Interval?.Low,
        score.Interval?.High,
        score.TooFewTasks,
        score.Flips?.RightToWrong,
        score.Flips?.WrongToRight,
        score.P,
        score.AdjustedP,
        score.Detectable,
        score.SameText);
}
