using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Reports;
using EvalHarness.Tests.Sandbox;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Scripts;

/// <summary><c>quickstart</c>, in a folder that has nothing: the embedded model has learned, and int4 costs something.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(BuiltProgram))]
public sealed class QuickstartTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Whether programs can be run; where they cannot, the quickstart leaves the task with functions out.</summary>
    private static bool HasSandbox => TestBackends.All.Count > 0;

    private static int Samples => HasSandbox ? 790 : 690;

    [Fact]
    public async Task Bash_Quickstart_ScoresComparesAndReports()
    {
        (string folder, string report, string output) = Run(Shell.Bash);
        JsonNode full = Results(folder, "fp32");
        Assert.InRange((double)full["quick_mmlu"]!["acc,none"]!, 0.60, 1);
        Assert.InRange((double)full["quick_gsm8k"]!["exact_match,strict-match"]!, 0.60, 1);
        if (HasSandbox)
            Assert.InRange((double)full["quick_humaneval"]!["pass@1,create_test"]!, 0.50, 1);
        Assert.Contains("tiny-int4 against tiny-fp32", output, StringComparison.Ordinal);
        JsonNode compared = JsonNode.Parse((await CommandLine.SucceedAsync(
            "compare", Path.Combine(folder, "tiny-fp32"), Path.Combine(folder, "tiny-int4"), "--json")).Output)![0]!;
        JsonNode problems = compared["scores"]!.AsArray().First(s => (string)s!["task"]! == "quick_gsm8k")!;
        Assert.InRange((double)problems["same_text"]!, 0.5, 0.999);
        Assert.NotEmpty(problems["flips"]!["documents"]!.AsArray());
        if (Chromium.Executable is null)
            return;
        (IPage page, List<string> complaints) = await chromium.OpenAsync(report);
        Assert.Equal($"{Samples} of {Samples} samples, 1 to 50", await page.Locator("#count").InnerTextAsync());
        Assert.Empty(complaints);
    }

    /// <summary>The quickstart gives the same numbers in PowerShell.</summary>
    [PowerShellFact]
    public void PowerShell_Quickstart_ScoresComparesAndReports()
    {
        (string folder, string report, string output) = Run(Shell.PowerShell);
        Assert.InRange((double)Results(folder, "int4")["quick_gsm8k"]!["exact_match,strict-match"]!, 0.60, 1);
        Assert.Contains("tiny-int4 against tiny-fp32", output, StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", File.ReadAllText(report), StringComparison.OrdinalIgnoreCase);
    }

    private (string Folder, string Report, string Output) Run(Shell shell)
    {
        (int exitCode, string output, string error) = shell.Run(
            $"& {shell.Quote(Path.Combine(Shared.Repository, shell.Script))} quickstart"[(shell == Shell.Bash ? 2 : 0)..], _folder.Path);
        Assert.True(exitCode == 0, error);
        Assert.Contains(HasSandbox ? "only inside the sandbox" : "quick_humaneval is left out: ", error, StringComparison.Ordinal);
        string report = Path.Combine(_folder.Path, output.TrimEnd().Split('\n')[^1]["report: ".Length..]);
        return (Path.GetDirectoryName(report)!, report, output);
    }

    /// <summary>Four bits change the distributions by far more than eight do, and by more than chance.</summary>
    [Fact]
    public async Task Divergence_OfFourBits_IsMeasurable()
    {
        (double eight, double eightError) = await DivergenceAsync("int8");
        (double four, double fourError) = await DivergenceAsync("int4");
        Assert.True(four - (5 * fourError) > 5 * (eight + eightError), $"int4 {four} ± {fourError}, int8 {eight} ± {eightError}");
    }

    private static async Task<(double Value, double Error)> DivergenceAsync(string variant)
    {
        string models = Path.Combine(Shared.Repository, "src", "TinyModel", "models");
        CommandLineResult result = await CommandLine.SucceedAsync(
            "divergence", "--base", Path.Combine(models, "tiny-fp32"), "--candidate", Path.Combine(models, $"tiny-{variant}"),
            "--tasks", "quick_gsm8k", "--datasets", Path.Combine(Shared.Repository, "datasets"),
            "--context", "256", "--chunks", "20", "--json");
        JsonNode report = JsonNode.Parse(result.Output)!["divergence"]!;
        return ((double)report["value"]!, (double)report["standard_error"]!);
    }

    private static JsonNode Results(string folder, string variant) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(folder, $"tiny-{variant}", "results.json")))!["results"]!;

    public void Dispose() => _folder.Dispose();
}
