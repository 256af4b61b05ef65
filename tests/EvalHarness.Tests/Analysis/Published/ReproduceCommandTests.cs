using System.Globalization;
using System.Text.Json.Nodes;
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
    private string Registry(string quick, string macro) => _folder.Write("scores.yaml", $$"""
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
          - {model: tiny, benchmark: arena, value: 1000.0, source: own, why: it is a game}
          - {model: great-closed, benchmark: quick_gsm8k, value: 99.5, closed: true, source: own,
             setting: {shots: 0, chain_of_thought: true} }
        """);

    private Task<CommandLineResult> RunAsync(string registry, params string[] more) => CommandLine.RunAsync(
        [
            "reproduce", "--model", Model, "--as", "tiny", "--registry", registry, "--datasets", Datasets,
            "--no-ladder", "--output", more.Contains("--limit") ? measured.Folder.Path : _folder["runs"], .. more,
        ]);

    [Fact]
    public async Task Reproduce_OwnMeasuredScore_IsNotRefuted_AgreesWithinAWideMargin_FarOffDiffers()
    {
        JsonNode first = JsonNode.Parse(
            (await RunAsync(Registry("50", "50"), "--task", "quick_gsm8k", "--task", "quick_mmlu", "--json")).Output)!;
        string Points(int score, double off = 0) =>
            ((double)first[score]!["measured"]! + off).ToString("0.0", CultureInfo.InvariantCulture);
        CommandLineResult notRefuted = await RunAsync(Registry(Points(0), Points(1)));
        Assert.Equal((int)ExitCode.Success, notRefuted.ExitCode);
        Assert.Equal(2, notRefuted.Output.Split("| not refuted: ").Length - 1);
        Assert.Equal(2, notRefuted.Output.Split("| cannot be compared").Length - 1);
        Assert.Contains("- needs the task mmlu_pro, which is not built in; the files", notRefuted.Output, StringComparison.Ordinal);
        Assert.Contains("- it is a game\n", notRefuted.Output, StringComparison.Ordinal);
        Assert.Contains(
            "left open by the source, chosen here: answer: generated; chat template: not applied; system prompt: none; maximum tokens:",
            notRefuted.Output,
            StringComparison.Ordinal);

        CommandLineResult agrees = await RunAsync(Registry(Points(0), Points(1)), "--margin", "40");
        Assert.Equal((int)ExitCode.Success, agrees.ExitCode);
        Assert.Equal(2, agrees.Output.Split("| agrees within 40 points").Length - 1);

        CommandLineResult differs = await RunAsync(Registry(Points(0, off: -45), Points(1)));
        Assert.Equal((int)ExitCode.NotReproduced, differs.ExitCode);
        Assert.Contains("| DIFFERS by 45.0 points", differs.Output, StringComparison.Ordinal);
        Assert.Contains("- known to move it: Own measurement: 12.5", differs.Output, StringComparison.Ordinal);
        Assert.Contains("sampling greedy instead of open, quantization int2 instead of none", differs.Output, StringComparison.Ordinal);
        // Nothing was computed again.
        Assert.Equal("", differs.Error);
    }

    /// <summary>A document that errs is in no score. The others are compared, and the exit code tells that some are missing.</summary>
    [Fact]
    public async Task Reproduce_SomeDocumentsErr_SaysSoAndGivesTheVerdict()
    {
        _folder.Write("tasks/padded.yaml", """
            include: _quick_mmlu_subject.yaml
            task: padded
            doc_to_text: "{{ 'many words ' * 900 if subject < 'b' else '' }}Question: {{question.strip()}}\nAnswer:"
            """);
        string registry = _folder.Write("own.yaml", """
            sources:
              - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
            protocols:
              - {id: padded, tasks: padded, num_fewshot: 0, metric: acc}
            scores:
              - {model: tiny, benchmark: padded, value: 93.0, source: own, protocol: padded}
            """);
        string[] more = ["--include-path", _folder["tasks"], "--enable-thinking", "false"];
        foreach (string way in (string[])["first", "again"])
        {
            CommandLineResult result = await RunAsync(registry, more);
            Assert.True(result.ExitCode == (int)ExitCode.SamplesErrored, $"{way}: {result.Error}");
            Assert.Contains("| not refuted: ", result.Output, StringComparison.Ordinal);
            Assert.Matches(
                @"\n- not as the source: 90 documents errored and are in no score, the first one: .*prompt too long: ", result.Output);
        }
    }

    /// <summary>A published score keeps its digits on the way to the table and to JSON, and they say how far it was rounded.</summary>
    [Theory]
    [InlineData("50", 0.5)]
    [InlineData("50.0", 0.05)]
    [InlineData("50.00", 0.005)]
    public async Task Reproduce_PublishedScore_KeepsItsDigits(string text, double rounding)
    {
        string[] arguments = ["--task", "quick_mmlu", "--limit", "20"];
        Assert.Contains($"| {text,9} |", (await RunAsync(Registry("1.0", text), arguments)).Output, StringComparison.Ordinal);
        string json = (await RunAsync(Registry("1.0", text), [.. arguments, "--json"])).Output;
        Assert.Contains($"\"value\": {text},", json, StringComparison.Ordinal);
        JsonNode one = JsonNode.Parse(json)![0]!, exact = JsonNode.Parse(
            (await RunAsync(Registry("1.0", "50.000000000"), [.. arguments, "--json"])).Output)![0]!;
        Assert.Equal(rounding, (double)exact["difference_low"]! - (double)one["difference_low"]!, rounding / 10);
    }

    [Fact]
    public async Task Reproduce_Json_HasTheDecision()
    {
        JsonNode one = JsonNode.Parse(
            (await RunAsync(Registry("1.0", "99.5"), "--task", "quick_mmlu", "--limit", "20", "--margin", "2.5", "--json")).Output)![0]!;
        Assert.Equal(("differs", 2.5), ((string)one["verdict"]!, (double)one["margin"]!));
        Assert.Equal((double)one["measured"]! - 99.5, (double)one["difference"]!, 9);
        Assert.InRange((double)one["difference"]!, (double)one["difference_low"]!, (double)one["difference_high"]!);
        Assert.Equal(-(double)one["difference_low"]!, (double)one["could_hide"]!);
        Assert.InRange((double)one["p_holm"]!, 0, 0.05);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("101")]
    [InlineData("NaN")]
    [InlineData("wide")]
    public async Task Reproduce_MarginOfNoPoints_IsRefused(string margin)
    {
        CommandLineResult result = await RunAsync(Registry("50", "50"), "--margin", margin);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.StartsWith($"error: --margin {margin}: expected points, above 0 and up to 100.", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1e1", "expected a number such as 85 or 84.95, found 1e1")]
    [InlineData("850", "the score of tiny on quick_gsm8k is 850; expected points from 0 to 100")]
    public async Task Reproduce_ScoreOfNoPoints_IsRefused(string value, string said)
    {
        CommandLineResult result = await RunAsync(Registry(value, "50"));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reproduce_Quantization_IsComparedWithItsOwnScore()
    {
        CommandLineResult result = await RunAsync(Registry("93", "93"), "--quantization", "int2", "--limit", "20");
        Assert.Equal((int)ExitCode.NotReproduced, result.ExitCode);
        Assert.Contains("only the first 20 documents of each task were run", result.Output, StringComparison.Ordinal);
        CommandLineResult other = await RunAsync(Registry("93", "93"), "--quantization", "int2", "--limit", "30");
        Assert.Contains("only the first 30 documents of each task were run", other.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reproduce_OnlyWhatNothingMeasures_CannotBeCompared() =>
        Assert.Equal((int)ExitCode.Incomparable, (await RunAsync(Registry("93", "93"), "--task", "arena")).ExitCode);

    [Theory]
    [InlineData("no score of it is known; known are tiny", "--as", "other")]
    [InlineData("no such score of tiny is known; known are quick_gsm8k, quick_mmlu", "--task", "other")]
    [InlineData("no such score of tiny is known; known are as released, int2", "--quantization", "int9")]
    public async Task Reproduce_Mistake_NamesWhatIsKnown(string said, string option, string value)
    {
        string[] arguments = option == "--as"
            ? ["reproduce", "--model", Model, "--as", value, "--registry", Registry("1", "1")]
            : ["reproduce", "--model", Model, "--as", "tiny", "--registry", Registry("1", "1"), option, value];
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gap_HasDistanceSizeAndPrice()
    {
        await RunAsync(Registry("93", "93"), "--task", "quick_gsm8k", "--limit", "20");
        string prices = _folder.Write("prices.yaml", "currency: EUR\nmodels: {tiny-int4: {per_hour: 0.5}}");
        string[] command = ["gap", Path.Combine(measured.Folder.Path, "gsm"), "--registry", _folder["scores.yaml"], "--prices", prices];
        JsonNode benchmark = JsonNode.Parse((await CommandLine.SucceedAsync([.. command, "--json"])).Output)![0]!;
        JsonNode closed = benchmark["rows"]![0]!, own = benchmark["rows"]![1]!;
        Assert.Equal(("great-closed", false, 99.5), ((string)closed["model"]!, (bool)closed["measured"]!, (double)closed["value"]!));
        Assert.Equal("tiny-int4", (string)own["model"]!);
        Assert.Equal("99.5", (string)closed["printed"]!);
        Assert.Equal(99.5 - (double)own["value"]!, (double)own["behind"]!, 9);
        Assert.InRange((double)own["behind"]!, (double)own["behind_low"]! + 1, (double)own["behind_high"]! - 0.5);
        Assert.StartsWith("Behind: points to the published score, with a 95%", (string)benchmark["note"]!, StringComparison.Ordinal);
        Assert.InRange((double)own["gigabytes"]!, 0.003, 0.0035);
        Assert.InRange((double)own["billions"]!, 0.002, 0.004);
        Assert.True((double)own["cost"]! > 0);
        JsonNode price = own["price"]!;
        Assert.Equal((double)own["cost"]! / 20 / (double)own["value"]! * 100, (double)price["per_right_answer"]!, 1e-9);
        Assert.Equal(
            (double)own["cost"]! / ((double)price["tokens"]!["prompt"]! + (double)price["tokens"]!["completion"]!) * 1e6,
            (double)price["per_million_tokens"]!, 1e-9);
        Assert.Null(closed["price"]);
        Assert.Equal((double)own["value"]! / (double)own["cost"]!, (double)own["per_cost"]!, 3);
        Assert.Contains(
            "shots 3, answer generated, chat template not applied, only 20 rows",
            (string)benchmark["differences"]![0]!,
            StringComparison.Ordinal);
        string table = (await CommandLine.SucceedAsync(command)).Output;
        Assert.Contains("great-closed", table, StringComparison.Ordinal);
        Assert.Matches(@"\| +Cost EUR \| +EUR per million tokens \| +EUR per right answer \|", table);
        Assert.Contains("\n- Cost: of the run's answers to this benchmark", table, StringComparison.Ordinal);
        Assert.Matches(@"\| +[0-9.]+ \[[0-9.]+, [0-9.]+\] \| +[0-9.]+ \[-?[0-9.]+, [0-9.]+\] \|", table);
    }

    /// <summary>Instruct models are measured with other tasks than the benchmark's own.</summary>
    [Fact]
    public async Task Gap_OtherTaskOfTheBenchmark_IsNamed()
    {
        await RunAsync(Registry("93", "93"), "--task", "quick_gsm8k", "--limit", "20");
        string registry = _folder.Write("game.yaml", File.ReadAllText(_folder["scores.yaml"]).Replace(
            "benchmark: quick_gsm8k", "benchmark: game", StringComparison.Ordinal));
        string gap = (await CommandLine.SucceedAsync("gap", Path.Combine(measured.Folder.Path, "gsm"), "--registry", registry)).Output;
        Assert.Contains("measured: task quick_gsm8k, shots 3, answer generated", gap, StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task Gap_Page_ShowsChartAndTable()
    {
        await RunAsync(Registry("93", "93"), "--task", "quick_gsm8k", "--limit", "20");
        await CommandLine.SucceedAsync(
            "gap", Path.Combine(measured.Folder.Path, "gsm"), "--registry", _folder["scores.yaml"], "--html", _folder["gap.html"],
            "--prices", _folder.Write("prices.yaml", "currency: EUR\nmodels: {other: {per_hour: 0.5}}"));
        (IPage page, List<string> complaints) = await chromium.OpenAsync(_folder["gap.html"]);
        string text = await page.Locator("main").InnerTextAsync();
        Assert.Contains("great-closed", text, StringComparison.Ordinal);
        Assert.Contains("Behind: points to the published score", text, StringComparison.Ordinal);
        Assert.Contains("EUR per right answer", text, StringComparison.Ordinal);
        Assert.Contains("No cost: tiny-int4: the price file has no price of it; it has other.", text, StringComparison.Ordinal);
        Assert.Matches(@"\[[0-9.]+, [0-9.]+\]\s+[0-9.]+ \[-?[0-9.]+, [0-9.]+\]", text);
        Assert.Equal(1, await page.Locator("svg g[aria-label=dot] circle").CountAsync());
        Assert.Empty(complaints);
    }

    public void Dispose() => _folder.Dispose();
}
