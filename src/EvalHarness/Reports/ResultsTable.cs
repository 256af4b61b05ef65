using System.Text.Json.Nodes;

namespace EvalHarness.Reports;

/// <summary>The table at the end of a run, from results.json alone, so that <c>show</c> prints the same.</summary>
public static class ResultsTable
{
    /// <summary>For a terminal.</summary>
    public static string Render(JsonObject results) => Table(Rows(results)) + string.Concat(Notes(results).Select(n => $"\n{n}\n")) + WorkTable.Summary(results);

    /// <summary>For a pull request: groups and single tasks in sight, the tasks of groups folded away.</summary>
    public static string RenderMarkdown(JsonObject results) =>
        TextTable.Folded(Rows(results).ToList(), row => (int)row["depth"]!, Table)
        + string.Concat(Notes(results).Concat(WorkTable.Summary(results).Split('\n', StringSplitOptions.RemoveEmptyEntries)).Select(n => $"- {TextTable.Markdown(n)}\n"));

    private static IEnumerable<JsonNode> Rows(JsonObject results) => results["evalharness"]!["rows"]!.AsArray().Select(row => row!);

    private static TextTable Table(IEnumerable<JsonNode> rows)
    {
        var table = new TextTable(
            ("Task", false), ("Version", true), ("Filter", false), ("Shots", true), ("Metric", false), ("Value", true), ("Stderr", true), ("n", true), ("Errored", true));
        foreach (JsonNode row in rows)
        {
            string indent = new(' ', 2 * (int)row["depth"]!);
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

        return table;
    }

    /// <summary>Where the number of the error is not lm-evaluation-harness's.</summary>
    internal static List<string> Notes(JsonObject results) => [.. Rows(results).Where(row => row["stderr_reference"] is not null).Select(row =>
        $"{(string)row["alias"]!} {(string)row["metric"]!}: the tasks weigh the same, and ± is the error of that mean; lm-evaluation-harness prints that of the pooled samples, {Number(row["stderr_reference"])}")];

    private static string Number(JsonNode? value) => TextTable.Number((double?)value, "0.0000");
}
