using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Cli;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Receipts;

/// <summary>Models that are gone, have changed, or have other tokens than those of the base.</summary>
[Trait("Speed", "slow")]
public sealed class ReceiptModelTests(ReceiptRuns runs) : IClassFixture<ReceiptRuns>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A copy of the int4 model with a run of it.</summary>
    private async Task<string> CopyAsync(Action<string>? change = null)
    {
        Directory.CreateDirectory(_folder["model"]);
        foreach (string file in Directory.EnumerateFiles(ReceiptRuns.Model("int4")))
            File.Copy(file, Path.Combine(_folder["model"], Path.GetFileName(file)));
        change?.Invoke(_folder["model"]);
        await ReceiptRuns.RunAsync(_folder["model"], _folder["run"]);
        return _folder["run"];
    }

    [Fact]
    public async Task Receipt_ModelThatChanged_HasNoDivergenceAndSaysWhy()
    {
        string run = await CopyAsync();
        await File.AppendAllTextAsync(_folder["model/tokenizer_config.json"], "\n");
        await AssertNoDivergenceAsync(run, "a file of its model has changed since its run: tokenizer_config.json");
    }

    [Fact]
    public async Task Receipt_ModelThatIsGone_HasNoDivergenceAndSaysWhy()
    {
        string run = await CopyAsync();
        Directory.Delete(_folder["model"], recursive: true);
        await AssertNoDivergenceAsync(
            run, "its model folder is not there; a path that is not absolute counts from the folder where the run was started");
    }

    /// <summary>Recorded answers have scores and no distributions.</summary>
    [Fact]
    public async Task Receipt_ReplayedRun_HasNoDivergenceAndSaysWhy()
    {
        await ReceiptRuns.RunAsync($"replay:{runs["int4"]}/responses.jsonl", _folder["replayed"]);
        await AssertNoDivergenceAsync(
            _folder["replayed"], "was answered by replay, and distributions are computed by onnxruntime-genai alone");
    }

    private async Task AssertNoDivergenceAsync(string run, string why)
    {
        (string file, CommandLineResult printed) = await runs.MakeAsync(runs["fp32"], run, "--json");
        Receipt receipt = await ReceiptRuns.ReadFileAsync(file);
        Assert.Contains("warning: no distributions of ", printed.Error, StringComparison.Ordinal);
        Assert.Null(receipt.Candidates[0].Divergence);
        Assert.Contains(why, receipt.Candidates[0].WhyNoDivergence, StringComparison.Ordinal);
        Assert.Contains(receipt.Notes, n => n.Contains(why, StringComparison.Ordinal));
        Assert.NotEmpty(receipt.Candidates[0].Scores);
        // Other runs of the same models give the same, wherever they and the models lie.
        JsonObject text = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        Assert.Equal(run, (string)text["measured"]!["runs"]![1]!["run"]!);
        text.Remove("measured");
        Assert.DoesNotContain(JsonEncodedText.Encode(_folder.Path).Value, text.ToJsonString(), StringComparison.Ordinal);
        // The other candidate of the same receipt is compared all the same.
        Receipt both = await runs.ReadAsync(runs["fp32"], run, runs["int4"]);
        Assert.Null(both.Candidates[0].Divergence);
        Assert.NotNull(both.Candidates[1].Divergence);
    }

    /// <summary>The runtime may load what the reading of weights does not know.</summary>
    [Fact]
    public async Task Describe_GraphThatCannotBeRead_HasNoWeightsAndSaysWhy()
    {
        var run = FinishedRun.Read(RunFolder.Open(runs["int4"]));
        Directory.CreateDirectory(_folder["model"]);
        await File.WriteAllTextAsync(_folder["model/genai_config.json"], "{}");
        ReceiptRun described = new ReceiptModel(run, _folder["model"], Problem: null).Describe("tiny");
        Assert.Null(described.Weights);
        Assert.Contains("cannot be read", described.WhyNoWeights, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receipt_OtherTokens_IsRefused()
    {
        string run = await CopyAsync(model =>
        {
            string file = Path.Combine(model, "tokenizer.json");
            JsonNode tokenizer = JsonNode.Parse(File.ReadAllText(file))!;
            JsonArray merges = tokenizer["model"]!["merges"]!.AsArray();
            while (merges.Count > 40)
                merges.RemoveAt(merges.Count - 1);
            File.WriteAllText(file, tokenizer.ToJsonString());
        });
        CommandLineResult result = await CommandLine.RunAsync("receipt", runs["fp32"], run, "--output", _folder["receipt"]);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Matches("quick_gsm8k, document 0: the tokenizers of .* differ from token [0-9]+ on: [0-9]+ and [0-9]+", result.ErrorLine);
        Assert.False(File.Exists(_folder["receipt/receipt.json"]));
    }

    [Theory]
    [InlineData("expected BASE and one CANDIDATE or more")]
    [InlineData("expected BASE and one CANDIDATE or more", "BASE")]
    [InlineData("--documents 0: expected 1 or more", "BASE", "BASE", "--documents", "0")]
    public async Task Receipt_WrongArguments_AreOneLine(string expected, params string[] arguments)
    {
        CommandLineResult result = await CommandLine.RunAsync(
            ["receipt", .. arguments.Select(a => a == "BASE" ? runs["fp32"] : a), "--output", _folder["receipt"]]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(expected, result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
