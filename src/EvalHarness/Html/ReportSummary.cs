using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Html;

/// <summary>The numbers of the page: what <c>src/ReportPage/src/summary.js</c> and <c>charts.js</c> read.</summary>
internal static class ReportSummary
{
    internal static JsonObject Build(IReadOnlyList<RunSamples> runs, IReadOnlyList<Comparison> comparisons, ReportSamples samples, DateTimeOffset made)
    {
        string[] labels = Labels(runs);
        var scores = new List<JsonNode?>();
        foreach (JsonObject row in runs.SelectMany(r => r.Rows).DistinctBy(Key))
            scores.Add(Score(row, runs, comparisons, samples));
        return new JsonObject
        {
            ["page"] = "report",
            ["title"] = labels is [var only] ? only : $"{string.Join(", ", labels.Skip(1))} against {labels[0]}",
            ["made"] = made.ToString("yyyy-MM-dd HH:mm 'UTC'", null),
            ["version"] = runs[0].Manifest.Versions.GetValueOrDefault("EvalHarness", ""),
            ["runs"] = new JsonArray([.. runs.Select((run, i) => Run(run, labels[i]))]),
            ["scores"] = new JsonArray([.. scores]),
            ["notes"] = new JsonArray([.. Notes(runs, comparisons).Select(n => (JsonNode?)n)]),
        };
    }

    /// <summary>The models' names; the runs' too where two have one name.</summary>
    private static string[] Labels(IReadOnlyList<RunSamples> runs)
    {
        string[] models = [.. runs.Select(r => r.Manifest.Model.ModelName)];
        return models.Distinct().Count() == runs.Count ? models : [.. runs.Select(r => $"{r.Manifest.Model.ModelName} ({r.Name})")];
    }

    private static IEnumerable<string> Notes(IReadOnlyList<RunSamples> runs, IReadOnlyList<Comparison> comparisons) =>
        comparisons.Count > 0 ? ComparisonTable.Notes(comparisons) : [.. ResultsTable.Notes(runs[0].Results), .. WorkTable.Summary(runs[0].Results).Split('\n', StringSplitOptions.RemoveEmptyEntries), "[Intervals]: 95%."];

    private static JsonObject Run(RunSamples run, string label)
    {
        var cost = ComparedRun.Of(run);
        return new JsonObject
        {
            ["label"] = label,
            ["name"] = run.Name,
            ["device"] = cost.Device,
            ["disk"] = cost.DiskBytes,
            ["peak"] = cost.PeakMemory,
            ["prefill"] = cost.Prefill,
            ["decode"] = cost.Decode,
            ["seconds"] = (double)run.Results["evalharness"]!["seconds"]!["total"]!,
            ["errored"] = run.Results["evalharness"]!["errored"]!.AsObject().Sum(e => (int)e.Value!),
            ["manifest"] = JsonSerializer.SerializeToNode(run.Manifest, ResultsJson.Line),
        };
    }

    private static (string Name, string Metric, string Filter) Key(JsonObject row) => ((string)row["name"]!, (string)row["metric"]!, (string)row["filter"]!);

    private static JsonObject Score(JsonObject row, IReadOnlyList<RunSamples> runs, IReadOnlyList<Comparison> comparisons, ReportSamples samples)
    {
        (string name, string metric, string filter) = Key(row);
        return new JsonObject
        {
            ["task"] = name,
            ["alias"] = (string)row["alias"]!,
            ["tasks"] = new JsonArray([.. runs.SelectMany(r => r.Leaves(name)).Distinct().Select(t => (JsonNode?)t)]),
            ["depth"] = (int)row["depth"]!,
            ["group"] = runs.Any(r => r.Leaves(name) is not [var only] || only != name),
            ["metric"] = metric,
            ["filter"] = filter,
            ["higher"] = (bool)row["higher_is_better"]!,
            ["values"] = new JsonArray([.. runs.Select((run, i) => Value(run, run.Rows.FirstOrDefault(r => Key(r) == (name, metric, filter)), samples.Scores(i, run.Leaves(name), $"{metric},{filter}")))]),
            ["changes"] = new JsonArray([.. comparisons.Select(c => Change(c.Scores.FirstOrDefault(s => (s.Task, s.Metric, s.Filter) == (name, metric, filter))))]),
        };
    }

    private static JsonObject? Value(RunSamples run, JsonObject? row, IReadOnlyList<double> scores)
    {
        if (row is null)
            return null;
        double? value = (double?)row["value"], error = (double?)row["stderr"];
        Interval? interval = value is { } v ? Interval.Of(v, scores, error) : null;
        return new JsonObject { ["value"] = value, ["low"] = interval?.Low, ["high"] = interval?.High, ["n"] = (int)row["n"]!, ["errored"] = (int)row["errored"]! };
    }

    private static JsonObject? Change(ComparedScore? score) => score is null ? null : new JsonObject
    {
        ["difference"] = score.Difference,
        ["error"] = score.StandardError,
        ["lost"] = score.Flips?.RightToWrong,
        ["won"] = score.Flips?.WrongToRight,
        ["p"] = score.Flips?.P,
        ["pHolm"] = score.Flips?.AdjustedP,
        ["visible"] = score.SmallestVisible,
        ["same"] = score.SameText,
    };
}
