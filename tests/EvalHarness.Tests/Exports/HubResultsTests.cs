using EvalHarness.Exports;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Exports;

/// <summary>Entries for the hub, of runs over a few rows that lie where a registered benchmark's do.</summary>
public sealed class HubResultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private async Task<ExportSummary> ExportAsync(Evaluator evaluator, params string[] more)
    {
        TinyData.Fill(_folder, TinyData.Task.Replace("org/tiny", "openai/gsm8k", StringComparison.Ordinal));
        Directory.CreateDirectory(_folder["data/openai"]);
        Directory.Move(_folder["data/org/tiny"], _folder["data/openai/gsm8k"]);
        await CommandLine.SucceedAsync([.. TinyData.Run(_folder, "--model-id", "org/model", "--quiet"), .. more]);
        return await RunExport.WriteAsync(
            [FinishedRun.Read(RunFolder.Open(_folder["run"]))], _folder["out"], evaluator, TimeProvider.System, CancellationToken.None);
    }

    [Fact]
    public async Task Entry_OfAWholeBenchmark_HasItsIdsAndAPercentage()
    {
        ExportSummary summary = await ExportAsync(new Evaluator { Organization = "Test", SourceUrl = "https://example.org/run" });
        string file = Assert.Single(summary.HubFiles);
        Assert.Equal(_folder["out/hub/org/model/.eval_results/gsm8k.yaml"], file);
        Assert.Empty(summary.LeftOut);
        string day = FinishedRun.Read(RunFolder.Open(_folder["run"])).Manifest.Sessions[0].Started.UtcDateTime.ToString("yyyy-MM-dd", null);
        string[] lines = await File.ReadAllLinesAsync(file);
        Assert.Equal(
            [
                "- dataset:",
                "    id: openai/gsm8k",
                "    task_id: gsm8k",
                "  value: 83.3333333333",
                $"  date: {day}",
                "  source:",
                "    url: https://example.org/run",
                "    name: Test",
            ],
            lines.Take(8).Select(line => line.Replace("'", "", StringComparison.Ordinal)));
        Assert.Contains("task tiny; exact_match,none; 0 shots; no chat template", string.Join(' ', lines[8..]), StringComparison.Ordinal);
        Assert.Contains("95% interval", string.Join(' ', lines[8..]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_WithoutASource_HasNone() =>
        Assert.DoesNotContain(
            "source",
            await File.ReadAllTextAsync(Assert.Single((await ExportAsync(new Evaluator { Organization = "Test" })).HubFiles)),
            StringComparison.Ordinal);

    /// <summary>The hub shows the number alone, and it would be taken for one of the whole benchmark.</summary>
    [Fact]
    public async Task Entry_OfSomeDocuments_IsLeftOutAndSaid()
    {
        ExportSummary summary = await ExportAsync(new Evaluator { Organization = "Test" }, "--limit", "4");
        Assert.Empty(summary.HubFiles);
        Assert.Contains("4 of 6 documents were evaluated", Assert.Single(summary.LeftOut), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--relationship third_party", "--relationship needs --organization")]
    [InlineData("--organization Test --relationship friend", "expected first_party, third_party, collaborative, other")]
    public async Task Receipt_OptionsThatSayNothing_AreRefused(string options, string said)
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet"));
        CommandLineResult result = await CommandLine.RunAsync(["receipt", _folder["run"], _folder["run"], .. options.Split(' ')]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
