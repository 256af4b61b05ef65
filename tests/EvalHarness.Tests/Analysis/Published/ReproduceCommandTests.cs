using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.Published;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Reports;
using Microsoft.Playwright;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary><c>reproduce</c> and <c>gap</c> on the embedded model.</summary>
[Trait("Speed", "slow")]
public sealed class ReproduceCommandTests(Chromium chromium, ReproduceCommandTests.Measured measured)
    : IClassFixture<Chromium>, IClassFixture<ReproduceCommandTests.Measured>, IDisposable
{
    /// <summary>Runs over the first 20 documents, made by the first test that needs them and found finished by the others.</summary>
    public sealed class Measured : IDisposable
    {
        internal TemporaryFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }

    private static readonly string Model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");
    private static readonly string Datasets = Path.Combine(Shared.Repository, "datasets");

    private readonly TemporaryFolder _folder = new();

    /// <summary>Scores of the embedded model, of a closed one, and of one that nothing here measures.</summary>
    private string Registry(double quick, double macro) => _folder.Write("scores.yaml", string.Create(CultureInfo.InvariantCulture, $$"""
        sources:
          - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
        protocols:
          - {id: gsm, tasks: quick_gsm8k, num_fewshot: 3, metric: exact_match, filter: strict-match}
          - {id: mmlu, tasks: quick_mmlu, num_fewshot: 0, metric: acc}
          - {id: elsewhere, tasks: mmlu_pro, num_fewshot: 5, metric: exact_match, departures: [another wording]}
        scores:
          - {model: tiny, benchmark: quick_gsm8k, value: {{quick}}, source: own, primary: true, protocol: gsm, setting: {shots: 3} }
          - {model: tiny, benchmark: quick_gsm8k, value: 12.5, quantization: int2, source: own, protocol: gsm,
             setting: {shots: 3, sampling: greedy} }
          - {model: tiny, benchmark: quick_mmlu, value: {{macro}}, source: own, protocol: mmlu, setting: {average: macro} }
          - {model: tiny, benchmark: mmlu_pro, value: 10.0, source: own, protocol: elsewhere}
          - {model: tiny, benchmark: arena, value: 1000.0, source: own}
          - {model: great-closed, benchmark: quick_gsm8k, value: 99.5, closed: true, source: own,
             setting: {shots: 0, chain_of_thought: true} }
        """));

    private Task<CommandLineResult> RunAsync(string registry, params string[] more) => CommandLine.RunAsync(
        [
            "reproduce", "--model", Model, "--as", "tiny", "--registry", registry, "--datasets", Datasets,
            "--output", more.Contains("--limit") ? measured.Folder.Path : _folder["runs"], .. more,
        ]);

    [Fact]
    public async Task Reproduce_OwnMeasuredScore_Agrees_FivePointsOff_SaysSo()
    {
        JsonNode first = JsonNode.Parse(
            (await RunAsync(Registry(50, 50), "--task", "quick_gsm8k", "--task", "quick_mmlu", "--json")).Output)!;
        double quick = Math.Round((double)first[0]!["measured"]!, 1), macro = Math.Round((double)first[1]!["measured"]!, 1);
        CommandLineResult agrees = await RunAsync(Registry(quick, macro));
        Assert.Equal((int)ExitCode.Success, agrees.ExitCode);
        Assert.Equal(2, agrees.Output.Split("| agrees").Length - 1);
        Assert.Equal(2, agrees.Output.Split("| cannot be compared").Length - 1);
        Assert.Contains("- needs the task mmlu_pro, which is not built in", agrees.Output, StringComparison.Ordinal);
        Assert.Contains("- no task here does the same", agrees.Output, StringComparison.Ordinal);
        Assert.Contains(
            "left open by the source, chosen here: answer: generated; chat template: not applied; system prompt: none; maximum tokens:",
            agrees.Output,
            StringComparison.Ordinal);

        CommandLineResult differs = await RunAsync(Registry(quick - 5, macro));
        Assert.Equal((int)ExitCode.NotReproduced, differs.ExitCode);
        Assert.Contains("points more than the interval explains", differs.Output, StringComparison.Ordinal);
        Assert.Contains("- known to move it: Own measurement: 12.5", differs.Output, StringComparison.Ordinal);
        Assert.Contains("sampling greedy instead of open, quantization int2 instead of none", differs.Output, StringComparison.Ordinal);
        // Nothing was computed again.
        Assert.Equal("", differs.Error);
    }

    [Fact]
    public async Task Reproduce_Quantization_IsComparedWithItsOwnScore()
    {
        CommandLineResult result = await RunAsync(Registry(93, 93), "--quantization", "int2", "--limit", "20");
        Assert.Equal((int)ExitCode.NotReproduced, result.ExitCode);
        Assert.Contains("only the first 20 documents of each task were run", result.Output, StringComparison.Ordinal);
        CommandLineResult other = await RunAsync(Registry(93, 93), "--quantization", "int2", "--limit", "30");
        Assert.Contains("only the first 30 documents of each task were run", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reproduce_OnlyWhatNothingMeasures_CannotBeCompared() =>
        Assert.Equal((int)ExitCode.Incomparable, (await RunAsync(Registry(93, 93), "--task", "arena")).ExitCode);

    [Theory]
    [InlineData("no score of it is known; known are tiny", "--as", "other")]
    [InlineData("no such score of tiny is known; known are quick_gsm8k, quick_mmlu", "--task", "other")]
    [InlineData("no such score of tiny is known; known are as released, int2", "--quantization", "int9")]
    public async Task Reproduce_Mistake_NamesWhatIsKnown(string said, string option, string value)
    {
        string[] arguments = option == "--as"
            ? ["reproduce", "--model", Model, "--as", value, "--registry", Registry(1, 1)]
            : ["reproduce", "--model", Model, "--as", "tiny", "--registry", Registry(1, 1), option, value];
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gap_HasDistanceSizeAndPrice()
    {
        await RunAsync(Registry(93, 93), "--task", "quick_gsm8k", "--limit", "20");
        string prices = _folder.Write("prices.yaml", "currency: EUR\nmodels: {tiny-int4: {per_hour: 0.5}}");
        string[] command = ["gap", Path.Combine(measured.Folder.Path, "gsm"), "--registry", _folder["scores.yaml"], "--prices", prices];
        JsonNode benchmark = JsonNode.Parse((await CommandLine.SucceedAsync([.. command, "--json"])).Output)![0]!;
        JsonNode closed = benchmark["rows"]![0]!, own = benchmark["rows"]![1]!;
        Assert.Equal(("great-closed", false, 99.5), ((string)closed["model"]!, (bool)closed["measured"]!, (double)closed["value"]!));
        Assert.Equal("tiny-int4", (string)own["model"]!);
        Assert.Equal(99.5 - (double)own["value"]!, (double)own["behind"]!, 9);
        Assert.InRange((double)own["gigabytes"]!, 0.003, 0.0035);
        Assert.InRange((double)own["billions"]!, 0.002, 0.004);
        Assert.True((double)own["cost"]! > 0);
        Assert.Equal((double)own["value"]! / (double)own["cost"]!, (double)own["per_cost"]!, 3);
        Assert.Contains(
            "shots 3, answer generated, chat template not applied, only 20 rows",
            (string)benchmark["differences"]![0]!,
            StringComparison.Ordinal);
        Assert.Contains("great-closed", (await CommandLine.SucceedAsync(command)).Output, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Gap_Page_ShowsChartAndTable()
    {
        await RunAsync(Registry(93, 93), "--task", "quick_gsm8k", "--limit", "20");
        await CommandLine.SucceedAsync(
            "gap", Path.Combine(measured.Folder.Path, "gsm"), "--registry", _folder["scores.yaml"], "--html", _folder["gap.html"]);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(_folder["gap.html"]);
        Assert.Contains("great-closed", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(1, await page.Locator("svg g[aria-label=dot] circle").CountAsync());
        Assert.Empty(complaints);
    }

    [Fact]
    public void Registry_IsWholeAndSaysWhatItKnows()
    {
        PublishedScores known = PublishedScores.Known;
        Assert.All(known.Scores, s => Assert.InRange(s.Value, 1, 100));
        Assert.All(known.Scores, s => Assert.Equal(s.Model, s.Model.ToLowerInvariant()));
        Assert.All(known.Sources, s => Assert.StartsWith("https://", s.Address, StringComparison.Ordinal));
        Assert.All(known.Sources, s => Assert.Contains(known.Scores, score => score.Source == s.Id));
        Assert.All(known.Protocols, p => Assert.Contains(known.Scores, s => s.Protocol == p.Id));
        Assert.Equal(
            known.Scores.Count,
            known.Scores.DistinctBy(s => (s.Model, s.Benchmark, s.Quantization, s.Source, Setting: s.Setting.ToString())).Count());
        Assert.Equal([66.7, 65.6], known.Scores.Where(s => s.Model == "llama-3.1-8b" && s.Benchmark == "mmlu").Select(s => s.Value));
    }

    public void Dispose() => _folder.Dispose();
}
