using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>Prices by the hour and by the token, as <c>compare --prices</c> shows them beside each other.</summary>
public sealed class PriceTests : IDisposable
{
    private const string Endpoint = "replay-endpoint: {per_million_input: 2, per_million_cached_input: 0.5, per_million_output: 10}";
    private const string OneKind = "m: expected per_hour for a machine, or per_million_input and per_million_output";
    private const string Machine = "replay-machine: {per_hour: 1.8}";

    private readonly PricedRuns _runs = new();

    private static async Task<(JsonNode Base, JsonNode Candidate)> PricesAsync(string left, string right, string prices)
    {
        string output = (await CommandLine.SucceedAsync("compare", left, right, "--prices", prices, "--json")).Output;
        JsonNode comparison = JsonNode.Parse(output)![0]!;
        return (comparison["base"]!["price"]!, comparison["candidate"]!["price"]!);
    }

    private static string Text(string notes) => notes.ReplaceLineEndings("\n");

    [Fact]
    public async Task Compare_MachineAndEndpoint_StandInOneTable()
    {
        string machine = await _runs.RunAsync("machine", right: 6), endpoint = await _runs.RunAsync("endpoint", right: 4);
        PricedRuns.SetSeconds(machine, "tiny", 30);
        string prices = _runs.Prices(Machine, Endpoint);
        (JsonNode hour, JsonNode token) = await PricesAsync(machine, endpoint, prices);

        // 30 of 3600 seconds at 1.8; 6 prompts of 1000 tokens and 6 completions of 50.
        Assert.Equal(0.015, (double)hour["cost"]!, 1e-12);
        Assert.Equal(0.015 / 6300 * 1e6, (double)hour["per_million_tokens"]!, 1e-9);
        Assert.Equal(0.0025, (double)hour["per_right_answer"]!, 1e-12);

        // 3600 tokens at 2, 2400 cached ones at 0.5 and 300 at 10 per million.
        Assert.Equal(0.0072 + 0.0012 + 0.003, (double)token["cost"]!, 1e-12);
        Assert.Equal(0.0114 / 6300 * 1e6, (double)token["per_million_tokens"]!, 1e-9);
        Assert.Equal(0.00285, (double)token["per_right_answer"]!, 1e-12);

        string[] lines = (await CommandLine.SucceedAsync("compare", machine, endpoint, "--prices", prices)).Output.Split('\n');
        Assert.EndsWith(
            "| Prompt tokens | Completion tokens | Cost USD | USD per million tokens | USD per right answer |", lines[0],
            StringComparison.Ordinal);
        Assert.EndsWith(
            "|          6000 |               300 |   0.0150 |                   2.38 |              0.00250 |", lines[2],
            StringComparison.Ordinal);
        Assert.EndsWith(
            "|          6000 |               300 |   0.0114 |                   1.81 |              0.00285 |", lines[3],
            StringComparison.Ordinal);
        string markdown = (await CommandLine.SucceedAsync("compare", machine, endpoint, "--prices", prices, "--markdown")).Output;
        Assert.Contains("| 6000 | 300 | 0.0114 | 1.81 | 0.00285 |", markdown, StringComparison.Ordinal);
        Assert.Contains("- Cost: of the run's answers to the tasks that all these runs have", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_WithoutPrices_ShowsNone()
    {
        string left = await _runs.RunAsync("machine", right: 6), right = await _runs.RunAsync("endpoint", right: 4);
        CommandLineResult table = await CommandLine.SucceedAsync("compare", left, right);
        Assert.DoesNotContain("tokens |", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Cost", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("price", (await CommandLine.SucceedAsync("compare", left, right, "--json")).Output, StringComparison.Ordinal);
    }

    /// <summary>Cached tokens without a price of their own cost what others do.</summary>
    [Fact]
    public async Task Price_NoneOfCachedTokens_IsThatOfPrompts()
    {
        string run = await _runs.RunAsync("endpoint", right: 4);
        string prices = _runs.Prices("replay-endpoint: {per_million_input: 2, per_million_output: 10}");
        Assert.Equal(0.015, (double)(await PricesAsync(run, run, prices)).Base["cost"]!, 1e-12);
    }

    /// <summary>Only what both runs were asked is priced.</summary>
    [Fact]
    public async Task Compare_TaskOfOneRunOnly_IsNotPriced()
    {
        string both = await _runs.RunAsync("machine", right: 6, tasks: "tiny,twin"), one = await _runs.RunAsync("endpoint", right: 4);
        PricedRuns.SetSeconds(both, "tiny", 30);
        PricedRuns.SetSeconds(both, "twin", 3000);
        (JsonNode left, _) = await PricesAsync(both, one, _runs.Prices(Machine, Endpoint));
        Assert.Equal(0.015, (double)left["cost"]!, 1e-12);
        Assert.Equal((6000, 6.0), ((int)left["tokens"]!["prompt"]!, (double)left["right_answers"]!));
    }

    [Fact]
    public async Task Compare_ModelNotInTheFile_SaysSo()
    {
        string left = await _runs.RunAsync("machine", right: 6), right = await _runs.RunAsync("endpoint", right: 4);
        string prices = _runs.Prices(Endpoint);
        (JsonNode machine, JsonNode endpoint) = await PricesAsync(left, right, prices);
        Assert.Null(machine["cost"]);
        Assert.NotNull(endpoint["cost"]);
        string text = (await CommandLine.SucceedAsync("compare", left, right, "--prices", prices)).Output;
        Assert.Contains("|      n/a |                    n/a |                  n/a |", text, StringComparison.Ordinal);
        Assert.Contains(
            "\nNo cost: replay-machine: the price file has no price of it; it has replay-endpoint.\n", Text(text),
            StringComparison.Ordinal);
    }

    /// <summary>A run that is continued after it has answered three questions, and took half an hour for them.</summary>
    private async Task<string> ResumedAsync(Action<JsonNode> firstSession)
    {
        string run = await _runs.RunAsync("endpoint", right: 4);
        string journal = Path.Combine(run, "responses.jsonl"), manifest = Path.Combine(run, "manifest.json");
        string[] lines = File.ReadAllLines(journal);
        File.WriteAllLines(journal, lines.Take(3));
        File.Delete(Path.Combine(run, "results.json"));
        JsonNode written = JsonNode.Parse(File.ReadAllText(manifest))!;
        written["sessions"]![0]!["work"]!["tasks"]!["tiny"]!["seconds"]!["total"] = 1800.0;
        firstSession(written["sessions"]![0]!);
        File.WriteAllText(manifest, written.ToJsonString());
        await CommandLine.SucceedAsync("run", "--resume", run, "--quiet");
        return run;
    }

    private static double SecondsOf(JsonNode work) => (double)work["tiny"]!["seconds"]!["total"]!;

    /// <summary>Tokens and time are those of all starts.</summary>
    [Fact]
    public async Task Compare_ResumedRun_HasAPriceByTheTokenAndByTheHour()
    {
        string run = await ResumedAsync(_ => { });
        Assert.Equal(0.0114, (double)(await PricesAsync(run, run, _runs.Prices(Endpoint))).Base["cost"]!, 1e-12);
        string prices = _runs.Prices("replay-endpoint: {per_hour: 1.8}");
        (JsonNode price, _) = await PricesAsync(run, run, prices);
        JsonArray sessions = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "manifest.json")))!["sessions"]!.AsArray();
        JsonNode results = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "results.json")))!["evalharness"]!;
        double seconds = sessions.Sum(s => SecondsOf(s!["work"]!["tasks"]!));
        Assert.InRange(seconds, 1800.0001, 3600);
        Assert.Equal(seconds, SecondsOf(results["work"]!), 1e-9);
        Assert.Equal(1.8 * seconds / 3600, (double)price["cost"]!, 1e-12);
        Assert.Equal(1.8 * seconds / 3600 / 4, (double)price["per_right_answer"]!, 1e-12);
        Assert.Null(price["unknown"]);
        Assert.Null(price["at_least"]);
    }

    /// <summary>Only a start of a version that did not keep its time makes the price unknown.</summary>
    [Fact]
    public async Task Compare_ResumedRunOfAnEarlierVersion_HasNoPriceByTheHour()
    {
        string run = await ResumedAsync(session =>
        {
            session.AsObject().Remove("work");
            session["started"] = "2026-05-12T01:02:03+00:00";
        });
        Assert.Equal(0.0114, (double)(await PricesAsync(run, run, _runs.Prices(Endpoint))).Base["cost"]!, 1e-12);
        (JsonNode price, _) = await PricesAsync(run, run, _runs.Prices("replay-endpoint: {per_hour: 1.8}"));
        Assert.Null(price["cost"]);
        Assert.Null(price["per_million_tokens"]);
        Assert.EndsWith(
            "nothing says how long the start of 2026-05-12 01:02:03 UTC took: the version that made it did not keep that",
            (string)price["unknown"]!,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_RunThatWasCutOff_SaysThatThePriceCanBeMore()
    {
        string run = await ResumedAsync(session =>
        {
            session.AsObject().Remove("end");
            session.AsObject().Remove("ended");
        });
        string prices = _runs.Prices("replay-endpoint: {per_hour: 1.8}");
        Assert.InRange((double)(await PricesAsync(run, run, prices)).Base["cost"]!, 0.9, 1.8);
        Assert.Contains(
            $"\nAt least: replay-endpoint ({run}): a start of its run did not end by itself, and up to 5 seconds of it are not counted.\n",
            Text((await CommandLine.SucceedAsync("compare", run, run, "--prices", prices)).Output),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_NoCountOfTokens_HasNoPriceByTheToken()
    {
        string run = await _runs.RunAsync("endpoint", right: 4, counted: false);
        (JsonNode price, _) = await PricesAsync(run, run, _runs.Prices(Endpoint));
        Assert.Null(price["cost"]);
        Assert.Contains("its run counted no tokens", (string)price["unknown"]!, StringComparison.Ordinal);
    }

    /// <summary>The files and the memory of a model that an endpoint runs are not those of this machine.</summary>
    [Fact]
    public async Task Compare_ModelWithoutFiles_HasNoSize()
    {
        string left = await _runs.RunAsync("machine", right: 6), right = await _runs.RunAsync("endpoint", right: 4);
        string manifest = Path.Combine(right, "manifest.json");
        JsonNode written = JsonNode.Parse(File.ReadAllText(manifest))!;
        written["model"]!["files"] = new JsonArray();
        File.WriteAllText(manifest, written.ToJsonString());
        string[] lines = (await CommandLine.SucceedAsync("compare", left, right)).Output.Split('\n');
        Assert.Matches(@"^\| base +\| replay-machine +\| none +\| +0\.0 \| +[1-9][0-9]* \|", lines[2]);
        Assert.Matches(@"^\| candidate +\| replay-endpoint +\| none +\| +n/a \| +n/a \|", lines[3]);
    }

    [Fact]
    public async Task Compare_NoRightAnswer_HasNoPricePerRightAnswer()
    {
        string left = await _runs.RunAsync("machine", right: 6), right = await _runs.RunAsync("endpoint", right: 0);
        (_, JsonNode price) = await PricesAsync(left, right, _runs.Prices(Machine, Endpoint));
        Assert.Equal((0.0114, 0.0), ((double)price["cost"]!, (double)price["right_answers"]!));
        Assert.Null(price["per_right_answer"]);
        string text = (await CommandLine.SucceedAsync("compare", left, right, "--prices", _runs.Folder["prices.yaml"])).Output;
        Assert.Contains("No price per right answer: replay-endpoint, because no answer was right", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m: {per_hour: 1, per_million_input: 2, per_million_output: 3}", OneKind)]
    [InlineData("m: {per_million_input: 2}", OneKind)]
    [InlineData("m: {per_hour: 1, per_million_cached_input: 1}", OneKind)]
    [InlineData("m: {}", OneKind)]
    [InlineData("m: {per_hour: -1}", "per_hour")]
    [InlineData("m: {per_million_input: 1, per_million_output: -0.5}", "per_million_output")]
    [InlineData("m: {per_hour: .inf}", "expected a number, found .inf")]
    [InlineData("m: {per_second: 1}", "per_second")]
    public async Task PriceFile_NoPriceOrTwo_IsRefused(string model, string said)
    {
        string run = await _runs.RunAsync("endpoint", right: 4);
        string prices = _runs.Prices(model);
        string[][] commands = [["compare", run, run], ["report", run], ["gap", run]];
        foreach (string[] command in commands)
        {
            CommandLineResult result = await CommandLine.RunAsync([.. command, "--prices", prices]);
            Assert.Equal((int)ExitCode.Usage, result.ExitCode);
            Assert.StartsWith($"error: {prices}", result.ErrorLine, StringComparison.Ordinal);
            Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _runs.Dispose();
}
