using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Data;

/// <summary>Runs over shards that were once read wrongly or refused, kept beside the repository with what is right.</summary>
public sealed class ReportedShardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private Task<CommandLineResult> RunAsync(string report, string task)
    {
        string folder = Path.Combine(Shared.Folder, "reports", report);
        return CommandLine.RunAsync(
            "run", "--model", $"replay:{Path.Combine(folder, "replay.jsonl")}", "--output", _folder[task], "--quiet",
            "--datasets", Path.Combine(folder, "ds"), "--include-path", Path.Combine(folder, "tasks"), "--tasks", task);
    }

    private JsonNode Manifest(string task) => JsonNode.Parse(File.ReadAllText(Path.Combine(_folder[task], "manifest.json")))!;

    [SharedFact]
    public async Task Run_NullsInLists_ChoicesKeepTheirPlaces()
    {
        CommandLineResult result = await RunAsync("null-in-list", "nl4");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        JsonNode results = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(_folder["nl4"], "results.json")))!;
        Assert.Equal(1.0, (double)results["results"]!["nl4"]!["exact_match,none"]!);
        CommandLineResult shown = await CommandLine.RunAsync("show", _folder["nl4"], "--task", "nl4", "--doc", "0");
        Assert.Contains("blue", shown.Output, StringComparison.Ordinal);
    }

    /// <summary>These answers are no part of the report: the prompts are right where they are asked for.</summary>
    [SharedTheory]
    [InlineData("nl2", "q1 0 passages")]
    [InlineData("nl3", "(None)")]
    [InlineData("sq", "unanswerable")]
    public async Task Run_EmptyListsAndNullMembers_PromptsRender(string task, string prompt)
    {
        CommandLineResult result = await RunAsync("null-in-list", task);
        Assert.NotEqual((int)ExitCode.Bug, result.ExitCode);
        Assert.DoesNotContain("length of None", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("has no member", result.Error, StringComparison.Ordinal);
        Assert.Contains(prompt, result.Error + result.Output, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Run_ListsInDataPagesOfTheSecondVersion_AreReadAndTheManifestSaysHow()
    {
        CommandLineResult result = await RunAsync("parquet-v2-lists", "v2d");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith(
            "DuckDB, because column ", (string)Manifest("v2d")["datasets"]![0]!["shards"]![0]!["reader"]!, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Run_LargeUnsignedNumberInAnUnusedColumn_DoesNoHarm()
    {
        CommandLineResult result = await RunAsync("uint64-column", "u64_unused");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    public void Dispose() => _folder.Dispose();
}
