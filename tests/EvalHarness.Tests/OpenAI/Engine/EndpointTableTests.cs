using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Reports;
using Microsoft.Playwright;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>A model behind an endpoint and one on this machine stand in one table, each with its price.</summary>
[Trait("Speed", "slow")]
public sealed class EndpointTableTests(Chromium chromium) : IClassFixture<Chromium>, IDisposable
{
    private const string Prices = """
        currency: EUR
        models:
          stories260k-int8: {per_hour: 1.8}
          stories260k: {per_million_input: 2, per_million_cached_input: 0.5, per_million_output: 10}
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private Task<CommandLineResult> RunAsync(string model, string output, params string[] more) => CommandLine.SucceedAsync(
    [
        "run", "--model", model, "--tasks", "mmlu", "--limit", "2", "--datasets", Shared.Hub, "--num-fewshot", "0", "--output",
        _folder[output], .. more,
    ]);

    [SharedFact]
    public async Task CompareGapAndReport_ShowBothWithTheirPrices()
    {
        await using ModelServer server = await ModelServer.StartAsync();
        await RunAsync(Shared.Model("int8"), "local");
        await RunAsync(server.Endpoint, "endpoint", "--tokenizer", Shared.Model("fp32"));
        string prices = _folder.Write("prices.yaml", Prices);
        string[] runs = [_folder["local"], _folder["endpoint"], "--prices", prices];

        JsonNode comparison = JsonNode.Parse((await CommandLine.SucceedAsync(["compare", .. runs, "--json"])).Output)![0]!;
        JsonNode gap = JsonNode.Parse((await CommandLine.SucceedAsync(["gap", .. runs, "--json"])).Output)!
            .AsArray().Single(b => (string)b!["name"]! == "mmlu")!;
        JsonNode[] rows = [.. gap["rows"]!.AsArray().Where(r => (bool)r!["measured"]!).Select(r => r!)];
        Assert.Contains(gap["rows"]!.AsArray(), r => !(bool)r!["measured"]!);
        foreach ((string side, string model) in new[] { ("base", "stories260k-int8"), ("candidate", "stories260k") })
        {
            JsonNode price = comparison[side]!["price"]!, row = rows.Single(r => (string)r["model"]! == model);
            Assert.True((double)price["per_million_tokens"]! > 0);
            Assert.True((double)price["per_right_answer"]! > 0);
            Assert.Equal((double)price["cost"]!, (double)row["cost"]!, 1e-12);
            Assert.Equal((double)price["per_right_answer"]!, (double)row["price"]!["per_right_answer"]!, 1e-12);
        }

        // 57 tasks with two questions of four choices; the server generates a token behind each, and charges for it.
        JsonNode tokens = comparison["candidate"]!["price"]!["tokens"]!;
        Assert.Equal(57 * 2 * 4, (int)tokens["completion"]!);
        Assert.Equal((int)comparison["base"]!["price"]!["tokens"]!["prompt"]!, (int)tokens["prompt"]!);
        double cost = (double)tokens["prompt"]! * 2e-6 + (double)tokens["completion"]! * 10e-6;
        Assert.Equal(cost, (double)comparison["candidate"]!["price"]!["cost"]!, 1e-9);

        string table = (await CommandLine.SucceedAsync(["gap", .. runs])).Output;
        Assert.Matches(@"\n\| stories260k-int8 +\|", table);
        Assert.Matches(@"\n\| stories260k +\|", table);
        Assert.Matches(@"\| +Cost EUR \| +EUR per million tokens \| +EUR per right answer \|", table);

        if (Chromium.Executable is null)
            return;
        await CommandLine.SucceedAsync(["report", .. runs, "--output", _folder["report.html"]]);
        (IPage page, List<string> complaints) = await chromium.OpenAsync(_folder["report.html"]);
        string text = await page.Locator("main").InnerTextAsync();
        Assert.Contains("EUR per right answer", text, StringComparison.Ordinal);
        Assert.Matches($"stories260k\\s[^\n]*{tokens["prompt"]}\\s+{tokens["completion"]}\\s", text);
        Assert.Empty(complaints);
    }
}
