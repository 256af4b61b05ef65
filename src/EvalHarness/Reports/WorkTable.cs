using System.Globalization;
using System.Text.Json.Nodes;

namespace EvalHarness.Reports;

/// <summary>What a run cost, against the floor: two lines under the results, or a table by task.</summary>
public static class WorkTable
{
    /// <summary>Empty where no model ran.</summary>
    public static string Summary(JsonObject results)
    {
        var work = new Work(results["evalharness"]!);
        return work.Unique == 0 || work.Total == 0 ? "" : string.Create(
            CultureInfo.InvariantCulture,
            $"""

            prompt tokens: {work.Asked} asked, {work.Unique} unique, {work.Computed} computed ({work.OfFloor:0.00} x the floor), {work.Reused} reused; {work.Generated} generated
            time: {work.Total:0.0} s, {work.InModel:0.0}% of it in the model{(work.Workers > 1 ? $" ({work.Workers} workers)" : "")}; tokenizing {work.Tokenizing:0.0}, grading {work.Grading:0.0}, writing {work.Writing:0.0} s; peak memory {work.PeakMemory >> 20} MiB

            """);
    }

    public static string ByTask(JsonObject results)
    {
        var table = new TextTable(
            ("Task", false), ("Asked", true), ("Unique", true), ("Computed", true), ("x floor", true), ("Generated", true), ("Seconds", true), ("In model", true), ("Tokenizing", true), ("Grading", true), ("Writing", true));
        foreach ((string task, JsonNode? entry) in results["evalharness"]!["work"]!.AsObject())
        {
            var work = new Work(entry!);
            table.Add(
                task,
                TextTable.Number(work.Asked),
                TextTable.Number(work.Unique),
                TextTable.Number(work.Computed),
                work.Unique == 0 ? "n/a" : TextTable.Number(work.OfFloor, "0.00"),
                TextTable.Number(work.Generated),
                TextTable.Number(work.Total, "0.0"),
                TextTable.Number(work.InModel, "0.0") + "%",
                TextTable.Number(work.Tokenizing, "0.0"),
                TextTable.Number(work.Grading, "0.0"),
                TextTable.Number(work.Writing, "0.0"));
        }

        return table.ToString();
    }

    /// <summary>The entries "usage" and "seconds" of results.json.</summary>
    private sealed class Work(JsonNode entry)
    {
        internal long Asked => (long)entry["usage"]!["prompt_tokens_asked"]!;

        internal long Unique => (long)entry["usage"]!["prompt_tokens_unique"]!;

        internal long Computed => (long)entry["usage"]!["prompt_tokens_computed"]!;

        internal long Reused => (long)entry["usage"]!["prompt_tokens_reused"]!;

        internal long Generated => (long)entry["usage"]!["tokens_generated"]!;

        internal int Workers => (int)entry["usage"]!["workers"]!;

        internal double OfFloor => (double)Computed / Unique;

        internal double Total => (double)entry["seconds"]!["total"]!;

        /// <summary>Percent of the workers' time.</summary>
        internal double InModel => Total == 0 ? 0 : 100 * (double)entry["usage"]!["model_seconds"]! / Total / Workers;

        internal double Tokenizing => (double)entry["usage"]!["tokenizing_seconds"]!;

        internal double Grading => (double)entry["seconds"]!["grading"]!;

        internal double Writing => (double)entry["seconds"]!["writing"]!;

        internal long PeakMemory => (long)entry["seconds"]!["peak_memory"]!;
    }
}
