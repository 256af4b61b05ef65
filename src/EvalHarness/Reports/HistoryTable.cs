using System.Globalization;
using EvalHarness.Analysis.History;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Reports;

/// <summary>Runs over time, for a terminal.</summary>
internal static class HistoryTable
{
    /// <summary>A line per run and score, then the steps.</summary>
    public static string Render(IReadOnlyList<HistorySeries> series)
    {
        var table = new TextTable(
            ("Started", false),
            ("Model", false),
            ("Device", false),
            ("Task", false),
            ("Metric", false),
            ("Value", true),
            ("n", true),
            ("Decode tokens/s", true),
            ("Peak MiB", true),
            ("Run", false),
            ("Changed", false));
        foreach (HistorySeries one in series)
        {
            foreach ((int i, (HistoryEntry run, HistoryScore score)) in one.Points.Index())
            {
                table.Add(
                    run.Started.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
                    run.Model,
                    run.Device,
                    score.Task,
                    $"{score.Metric},{score.Filter}",
                    Value(score),
                    TextTable.Number(score.Count),
                    TextTable.Number(run.Decode, "0"),
                    run.PeakMemory == 0 ? "n/a" : TextTable.Number(run.PeakMemory >> 20),
                    run.Run,
                    string.Join("; ", one.Marks.Where(m => m.At == i).Select(m => m.What)));
            }
        }

        static string Name(HistorySeries one) => $"{one.Model} on {one.Device}, {one.Task} {one.Metric},{one.Filter}";
        string steps = string.Concat(series.SelectMany(s => s.Steps.Select(step => $"{Name(s)}: {step.What}\n")).Distinct());
        return $"{table}{(steps.Length == 0 ? "" : $"\nSteps:\n{steps}")}";
    }

    private static string Value(HistoryScore score)
    {
        string value = TextTable.Number(score.Value, "0.0000") + Bounds(score.Interval);
        return score.Errored == 0 ? value : $"{value}, {score.Errored} errored{Bounds(score.WithErrored)}";
    }

    private static string Bounds(Interval? interval) =>
        interval is { } bounds ? FormattableString.Invariant($" [{bounds.Low:0.000}, {bounds.High:0.000}]") : "";
}
