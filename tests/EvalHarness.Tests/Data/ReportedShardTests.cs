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

    /// <summary>The reports have no answers to these prompts, so that every document errs; the prompts are what counts.</summary>
    private async Task<string> ShowAsync(string report, string task, int document)
    {
        CommandLineResult result = await RunAsync(report, task);
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains($"no recorded answer for {task}, document 0", result.Error, StringComparison.Ordinal);
        return (await CommandLine.RunAsync("show", _folder[task], "--task", task, "--doc", $"{document}")).Output;
    }

    [SharedTheory]
    [InlineData("nl2", 0, "q0 1 passages")]
    [InlineData("nl2", 1, "q1 0 passages")]
    [InlineData("nl3", 0, "(None)")]
    [InlineData("sq", 1, "q1 {'text': [], 'answer_start': []} 0 unanswerable")]
    public async Task Run_EmptyListsAndNullMembers_PromptsRender(string task, int document, string prompt) =>
        Assert.Contains($"{prompt}", await ShowAsync("null-in-list", task, document), StringComparison.Ordinal);

    [SharedFact]
    public async Task Run_ListsInDataPagesOfTheSecondVersion_AreReadAndTheManifestSaysHow()
    {
        Assert.Contains("Movie? ['Alpha', 'Beta']", await ShowAsync("parquet-v2-lists", "v2d", 1), StringComparison.Ordinal);
        Assert.StartsWith(
            "DuckDB, because column ", (string)Manifest("v2d")["datasets"]![0]!["shards"]![0]!["reader"]!, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Run_LargeUnsignedNumberInAnUnusedColumn_DoesNoHarm() => Assert.Contains(
        "\"u64\": 9223372036854775813", await ShowAsync("uint64-column", "u64_unused", 1), StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
