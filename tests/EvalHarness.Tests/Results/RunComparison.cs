using System.Text.Json.Nodes;
using EvalHarness.Files;

namespace EvalHarness.Tests.Results;

/// <summary>Compares two run folders in everything except their timings.</summary>
internal static class RunComparison
{
    internal static void AssertEqual(string expected, string actual)
    {
        Assert.Equal(Results(expected), Results(actual));
        string[] tasks = [.. Directory.GetFiles(Path.Combine(expected, "samples")).Select(f => Path.GetFileName(f)!).Order()];
        Assert.Equal(tasks, Directory.GetFiles(Path.Combine(actual, "samples")).Select(f => Path.GetFileName(f)!).Order());
        Assert.All(tasks, task => Assert.Equal(Rows(Path.Combine(expected, "samples", task)), Rows(Path.Combine(actual, "samples", task))));
    }

    private static string Results(string run)
    {
        var results = (JsonObject)JsonNode.Parse(File.ReadAllText(Path.Combine(run, "results.json")))!;
        foreach (string key in (string[])["date", "total_evaluation_time_seconds"])
            results.Remove(key);
        results["evalharness"]!.AsObject().Remove("seconds");
        // A resumed run has no usage for the answers that it found finished.
        results["evalharness"]!.AsObject().Remove("usage");
        results["evalharness"]!.AsObject().Remove("work");
        return results.ToJsonString();
    }

    private static string Rows(string file)
    {
        using FileStream stream = File.OpenRead(file);
        IList<Dictionary<string, object>> rows =
            Parquet.Serialization.ParquetSerializer.DeserializeUntypedAsync(stream).GetAwaiter().GetResult().Data;
        foreach (Dictionary<string, object> row in rows)
            row.Remove("milliseconds");
        return string.Join('\n', rows.Select(row => Documents(row)));
    }

    private static string Documents(Dictionary<string, object> row) =>
        EvalHarness.Data.Document.ToNode(EvalHarness.Data.PlainValue.From(row))!.ToJsonString(ResultsJson.Line);
}
