using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Reports;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Scripts;

/// <summary><c>./run-eval.sh quickstart</c>, in a folder that has nothing: the embedded model has learned, and int4 costs something.</summary>
public sealed class QuickstartTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private (int ExitCode, string Output, string Error) Quickstart()
    {
        using Process process = Process.Start(new ProcessStartInfo(Path.Combine(Shared.Repository, "run-eval.sh"), ["quickstart"]) { WorkingDirectory = _folder.Path, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    [Fact]
    public async Task Quickstart_ScoresComparesAndReports()
    {
        (int exitCode, string output, string error) = Quickstart();
        Assert.True(exitCode == 0, error);
        Assert.Contains("only inside the sandbox", error, StringComparison.Ordinal);
        string report = Path.Combine(_folder.Path, output.TrimEnd().Split('\n')[^1]["report: ".Length..]);
        string folder = Path.GetDirectoryName(report)!;
        JsonNode full = Results(folder, "fp32");
        Assert.InRange((double)full["quick_mmlu"]!["acc,none"]!, 0.60, 1);
        Assert.InRange((double)full["quick_gsm8k"]!["exact_match,strict-match"]!, 0.60, 1);
        Assert.InRange((double)full["quick_humaneval"]!["pass@1,create_test"]!, 0.50, 1);
        Assert.NotEqual(full["quick_mmlu"]!["acc,none"]!.ToJsonString(), Results(folder, "int4")["quick_mmlu"]!["acc,none"]!.ToJsonString());
        Assert.Contains("tiny-int4 against tiny-fp32", output, StringComparison.Ordinal);
        if (Chromium.Executable is null)
            return;
        (IPage page, List<string> complaints) = await chromium.OpenAsync(report);
        Assert.Equal("790 of 790 samples, 1 to 50", await page.Locator("#count").InnerTextAsync());
        Assert.Empty(complaints);
    }

    private static JsonNode Results(string folder, string variant) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder, $"tiny-{variant}", "results.json")))!["results"]!;

    public void Dispose() => _folder.Dispose();
}
