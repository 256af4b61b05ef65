using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.History;

namespace EvalHarness.Reports;

/// <summary>Runs over time, for a terminal and for programs.</summary>
public static class HistoryTable
{
    /// <summary>A line per run and score, then the steps.</summary>
    public static string Render(IReadOnlyList<HistorySeries> series)
    {
        var table = new TextTable(("Started", false), ("Model", false), ("Device", false), ("Task", false), ("Metric", false), ("Value", true), ("n", true), ("Decode tokens/s", true), ("Peak MiB", true), ("Run", false), ("Changed", false));
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
                    score.Interval is { } interval ? string.Create(CultureInfo.InvariantCulture, $"{score.Value:0.0000} [{interval.Low:0.000}, {interval.High:0.000}]") : TextTable.Number(score.Value, "0.0000"),
                    TextTable.Number(score.Count),
                    TextTable.Number(run.Decode, "0"),
                    run.PeakMemory == 0 ? "n/a" : TextTable.Number(run.PeakMemory >> 20),
                    run.Run,
                    string.Join("; ", one.Marks.Where(m => m.At == i).Select(m => m.What)));
            }
        }

        string steps = string.Concat(series.SelectMany(s => s.Steps.Select(step => $"{s.Model} on {s.Device}, {s.Task} {s.Metric},{s.Filter}: {step.What}\n")).Distinct());
        return $"{table}{(steps.Length == 0 ? "" : $"\nSteps:\n{steps}")}";
    }

    public static JsonArray Json(IReadOnlyList<HistorySeries> series) => new([.. series.Select(s => (JsonNode?)new JsonObject
    {
        ["model"] = s.Model,
        ["device"] = s.Device,
        ["task"] = s.Task,
        ["metric"] = s.Metric,
        ["filter"] = s.Filter,
        ["higher_is_better"] = s.Points[^1].Score.HigherIsBetter,
        ["points"] = new JsonArray([.. s.Points.Select(p => (JsonNode?)new JsonObject
        {
            ["run"] = p.Run.Run,
            ["started"] = p.Run.Started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ["value"] = p.Score.Value,
            ["low"] = p.Score.Interval?.Low,
            ["high"] = p.Score.Interval?.High,
            ["n"] = p.Score.Count,
            ["prefill"] = p.Run.Prefill,
            ["decode"] = p.Run.Decode,
            ["peak_memory"] = p.Run.PeakMemory == 0 ? null : p.Run.PeakMemory,
        })]),
        ["marks"] = new JsonArray([.. s.Marks.GroupBy(m => m.At).Select(m => (JsonNode?)new JsonObject { ["at"] = m.Key, ["what"] = string.Join("; ", m.Select(x => x.What)) })]),
        ["steps"] = new JsonArray([.. s.Steps.Select(step => (JsonNode?)new JsonObject { ["at"] = step.At, ["measure"] = step.Measure, ["what"] = step.What })]),
    })]);
}
