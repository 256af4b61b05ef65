using System.Text.Json.Nodes;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Analysis.Receipts;

/// <summary>Receipts of replayed answers, which need no model.</summary>
public sealed class ReplayedReceiptTests : IDisposable
{
    private readonly PricedRuns _runs = new();

    private async Task<(Receipt Receipt, string Output)> ReceiptAsync(params string[] arguments)
    {
        CommandLineResult result = await CommandLine.SucceedAsync(["receipt", .. arguments, "--output", _runs.Folder["receipt"]]);
        return (await ReceiptRuns.ReadFileAsync(_runs.Folder["receipt/receipt.json"]), result.Output.ReplaceLineEndings("\n"));
    }

    /// <summary>Recordings without counts have 0 tokens for every completion, and their lengths are not known.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Growth_OfARunWithoutCounts_IsMissingAndSaysWhy(bool baseCounts)
    {
        string left = await _runs.RunAsync("left", right: 5, counted: baseCounts);
        string right = await _runs.RunAsync("right", right: 4, counted: !baseCounts);
        (Receipt receipt, string output) = await ReceiptAsync(left, right);
        ReceiptGrowth growth = Assert.Single(receipt.Candidates[0].Generation);
        Assert.Null(growth.Growth);
        Assert.Null(growth.GrowthInterval);
        Assert.Equal((baseCounts ? 50.0 : null, baseCounts ? (double?)null : 50.0), (growth.BaseTokens, growth.CandidateTokens));
        string who = baseCounts ? "candidate" : "base";
        Assert.Contains($"No growth of tiny: the run of the {who} counted no tokens.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Score_OfFewerCandidateDocuments_SaysHowManyWereNotAsked()
    {
        string left = await _runs.RunAsync("left", right: 5);
        string right = await _runs.RunAsync("right", right: 4, more: ["--limit", "4"]);
        (Receipt receipt, string output) = await ReceiptAsync(left, right);
        ReceiptScore score = receipt.Candidates[0].Scores[0];
        Assert.Equal((4, 2, 0), (score.Count, score.NotAsked, score.Errored));
        Assert.Contains(
            "Up to 2 samples of a score are left out, because one of the runs did not ask them.", output, StringComparison.Ordinal);
    }

    /// <summary>Such a group has no row of its own, so that its tasks are all that can be shown.</summary>
    [Fact]
    public async Task Table_OfAGroupWithoutAScore_HasItsTasks()
    {
        _runs.Folder.Write("tasks/both.yaml", "group: both\ntask: [tiny, twin]\n");
        string run = await _runs.RunAsync("run", right: 5, tasks: "both");
        (Receipt receipt, string output) = await ReceiptAsync(run, run);
        Assert.Equal([("tiny", 0), ("twin", 0)], receipt.Candidates[0].Scores.Select(s => (s.Task, s.Depth)));
        Assert.Contains("\n| tiny ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("The tasks of groups are in", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Table_OfPrices_SaysWhatTheyMeanAndWhyOneIsMissing()
    {
        string left = await _runs.RunAsync("left", right: 5), right = await _runs.RunAsync("right", right: 0);
        (Receipt receipt, string output) = await ReceiptAsync(left, right, "--prices", _runs.Prices("replay-left: {per_hour: 1}"));
        Assert.Contains("\nCost: of the run's answers to the tasks that all these runs have", output, StringComparison.Ordinal);
        Assert.Contains("\nNo cost: replay-right: the price file has no price of it", output, StringComparison.Ordinal);
        Assert.Equal(2, receipt.Measured.Notes.Count);
        Assert.Contains("No seconds per right answer of replay-right: no answer was right.", output, StringComparison.Ordinal);
    }

    /// <summary>The time of a start that an earlier version made is in no sum.</summary>
    [Fact]
    public async Task Seconds_OfAResumedRunOfAnEarlierVersion_AreNotKnown()
    {
        string run = await _runs.RunAsync("run", right: 5);
        string file = Path.Combine(run, "manifest.json");
        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        JsonArray sessions = manifest["sessions"]!.AsArray();
        JsonNode first = sessions[0]!.DeepClone();
        first.AsObject().Remove("work");
        sessions.Insert(0, first);
        await File.WriteAllTextAsync(file, manifest.ToJsonString());
        MeasuredRun measured = (await ReceiptAsync(run, run)).Receipt.Measured.Runs[0];
        Assert.Null(measured.Seconds);
        Assert.Null(measured.SecondsPerRightAnswer);
        Assert.StartsWith(
            "its run was resumed, and nothing says how long", measured.WhyNoSecondsPerRightAnswer, StringComparison.Ordinal);
    }

    /// <summary>Text out of others' files may hold what moves a terminal's cursor.</summary>
    [Fact]
    public async Task Output_OfAModelWithControlCharacters_ShowsThem()
    {
        string run = await _runs.RunAsync("run", right: 5);
        string file = Path.Combine(run, "manifest.json");
        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        manifest["model"]!["model_name"] = "evil\u001b[2J";
        await File.WriteAllTextAsync(file, manifest.ToJsonString());
        Assert.DoesNotContain('\u001b', (await ReceiptAsync(run, run)).Output);
    }

    [Fact]
    public async Task Run_WithAnAdapter_HasItsHashAndBytes()
    {
        Manifest manifest = new RunFolder(await _runs.RunAsync("run", right: 5)).ReadManifest();
        EngineDescription model = manifest.Model with
        {
            Files = [new ModelFile("model.onnx", 100, "a")],
            Adapter = new ModelFile("law.onnx_adapter", 10, "b"),
        };
        var run = ReceiptRun.Of(manifest with { Model = model }, "base+law");
        Assert.Equal((110, "b"), (run.DiskBytes, run.Adapter?.Sha256));
    }

    [Fact]
    public void Names_OfRunsOfOneModel_AreTheirOwn()
    {
        static EngineDescription Model(string name, string device) => new()
        {
            Engine = "e",
            ModelPath = name,
            ModelName = name,
            Device = device,
            Files = [],
        };
        Assert.Equal(
            ["fp32", "int4 on cpu", "int4 on cuda", "int4 on cpu (2)"],
            ReceiptRun.NamesOf([Model("fp32", "cpu"), Model("int4", "cpu"), Model("int4", "cuda"), Model("int4", "cpu")]));
    }

    /// <summary>acc_mutual_info also scores each choice after no question, which is no answer to it.</summary>
    [Fact]
    public void Choices_ThatAreScoredTwice_AreCountedOnce()
    {
        var row = new SampleRow { Contexts = ["Q", "Q", "", ""], Continuations = [" a", " b", " a", " b"] };
        Assert.Equal(2, row.ChoiceCount);
        Assert.Equal(4, (row with { Contexts = ["Q", "Q", "R", "R"] }).ChoiceCount);
    }

    public void Dispose() => _runs.Dispose();
}
