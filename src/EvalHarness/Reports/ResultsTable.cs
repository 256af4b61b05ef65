using System.Globalization;
using System.Text.Json.Nodes;

namespace EvalHarness.Reports;

/// <summary>The table at the end of a run, from results.json alone, so that <c>show</c> prints the same.</summary>
public static class ResultsTable
{
    public static string Render(JsonObject results)
    {
        var table = new TextTable(
            ("Task", false), ("Version", true), ("Filter", false), ("Shots", true), ("Metric", false), ("Value", true), ("Stderr", true), ("n", true), ("Errored", true));
        foreach (JsonNode? row in results["evalharness"]!["rows"]!.AsArray())
        {
            string indent = new(' ', 2 * (int)row!["depth"]!);
            table.Add(
                indent + (string)row["alias"]!,
                row["version"]?.ToString() ?? "",
                (string)row["filter"]!,
                row["n_shot"]?.ToString() ?? "",
                $"{(string)row["metric"]!} {((bool)row["higher_is_better"]! ? "↑" : "↓")}",
                Number(row["value"]),
                "± " + Number(row["stderr"]),
                row["n"]!.ToString(),
                row["errored"]!.ToString());
        }

        return table + Notes(results) + WorkTable.Summary(results);
    }

    /// <summary>Where the number of the error is not lm-evaluation-harness's.</summary>
    private static string Notes(JsonObject results) => string.Concat(results["evalharness"]!["rows"]!.AsArray().Where(row => row!["stderr_reference"] is not null).Select(row =>
        $"\n{(string)row!["alias"]!} {(string)row["metric"]!}: the tasks weigh the same, and ± is the error of that mean; lm-evaluation-harness prints that of the pooled samples, {Number(row["stderr_reference"])}\n"));

    private static string Number(JsonNode? value) => value is null ? "n/a" : ((double)value).ToString("0.0000", CultureInfo.InvariantCulture);
}
