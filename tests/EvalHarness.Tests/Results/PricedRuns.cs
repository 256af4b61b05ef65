using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>Runs of <see cref="TinyData"/> whose answers are replayed with counts of tokens, as runs of an endpoint have them.</summary>
internal sealed class PricedRuns : IDisposable
{
    internal TemporaryFolder Folder { get; } = new();

    /// <summary>Each of the six answers has 1000 prompt tokens, of which 400 were cached, and 50 completion tokens.</summary>
    /// <param name="name">Of the run's folder; its model is called "replay-" and this name.</param>
    /// <param name="right">How many of the six answers are right.</param>
    /// <param name="counted">Whether the answers have counts.</param>
    /// <param name="tasks">TASK,TASK...; only "tiny" and "twin", which asks the same, are there.</param>
    /// <param name="more">More arguments.</param>
    internal async Task<string> RunAsync(string name, int right, bool counted = true, string tasks = "tiny", params string[] more)
    {
        TinyData.Fill(Folder);
        Folder.Write("tasks/twin.yaml", TinyData.Task.Replace("task: tiny", "task: twin", StringComparison.Ordinal));
        Folder.Write($"{name}.jsonl", string.Join('\n', Enumerable.Range(0, 6).Select(i => Line(i, i < right, counted))));
        await CommandLine.SucceedAsync(
            [
                "run", "--model", $"replay:{Folder[$"{name}.jsonl"]}", "--tasks", tasks, "--include-path", Folder["tasks"],
                "--datasets", Folder["data"], "--output", Folder[name], "--quiet", .. more,
            ]);
        return Folder[name];
    }

    private static string Line(int i, bool right, bool counted)
    {
        var line = new Dictionary<string, object> { ["context"] = $"Q: What is {i} + {i}?\nA:", ["response"] = right ? $"{2 * i}" : "no" };
        if (counted)
            (line["prompt_tokens"], line["cached_tokens"], line["completion_tokens"]) = (1000, 400, 50);
        return JsonSerializer.Serialize(line);
    }

    /// <summary>Sets what results.json says of the time of a run's task, which no test can choose.</summary>
    internal static void SetSeconds(string run, string task, double seconds)
    {
        string file = Path.Combine(run, "results.json");
        JsonNode results = JsonNode.Parse(File.ReadAllText(file))!;
        results["evalharness"]!["work"]![task]!["seconds"]!["total"] = seconds;
        File.WriteAllText(file, results.ToJsonString());
    }

    internal string Prices(params string[] models) =>
        Folder.Write("prices.yaml", $"currency: USD\nmodels:\n{string.Concat(models.Select(m => $"  {m}\n"))}");

    public void Dispose() => Folder.Dispose();
}
