using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Analysis.Receipts;
using EvalHarness.Tests.Cli;
using Json.Schema;

namespace EvalHarness.Tests.Analysis.Receipts;

/// <summary>Receipts of the embedded model's int4 against its fp32.</summary>
[Trait("Speed", "slow")]
public sealed class ReceiptTests(ReceiptRuns runs) : IClassFixture<ReceiptRuns>
{
    private static readonly string SchemaFile = Path.Combine(Shared.Repository, "docs", "receipt.schema.json");

    [Fact]
    public async Task Schema_InTheRepository_IsWhatTheProgramPrints() =>
        Assert.Equal((await CommandLine.SucceedAsync("receipt", "--schema")).Output, await File.ReadAllTextAsync(SchemaFile));

    /// <summary>The schema refuses a receipt with a key too many, one too few, or a value of another kind.</summary>
    [Fact]
    public async Task Receipt_FitsTheSchema_AndOthersDoNot()
    {
        var schema = JsonSchema.FromText(await File.ReadAllTextAsync(SchemaFile));
        (string file, CommandLineResult printed) = await runs.MakeAsync(runs["fp32"], runs["int4"], "--json", "--prices", Prices());
        string text = await File.ReadAllTextAsync(file);
        Assert.Equal(text, printed.Output);
        Assert.True(Fits(schema, JsonNode.Parse(text)!, out string problems), problems);
        foreach (Action<JsonNode> damage in (Action<JsonNode>[])
            [
                r => r["more"] = 1,
                r => r["base"]!.AsObject().Remove("identity"),
                r => r.AsObject().Remove("format_version"),
                r => r["candidates"]![0]!["scores"]![0]!.AsObject().Remove("flipped"),
                r => r["candidates"]![0]!["divergence"]!["all"]!["median"] = "small",
                r => r["candidates"]![0]!["scores"]![0]!["recovery_interval"] = null,
            ])
        {
            JsonNode damaged = JsonNode.Parse(text)!;
            damage(damaged);
            Assert.False(Fits(schema, damaged, out _));
        }
    }

    private string Prices()
    {
        string file = runs["prices.yaml"];
        File.WriteAllText(file, "currency: USD\nmodels:\n  tiny-fp32: {per_hour: 2}\n  tiny-int4: {per_hour: 1}\n");
        return file;
    }

    private static bool Fits(JsonSchema schema, JsonNode receipt, out string problems)
    {
        EvaluationResults found = schema.Evaluate(
            JsonSerializer.SerializeToElement(receipt), new EvaluationOptions { OutputFormat = OutputFormat.List });
        problems = string.Join('\n', (found.Details ?? [])
            .Where(d => d.Errors is not null)
            .Select(d => $"{d.InstanceLocation}: {string.Join(", ", d.Errors!)}"));
        return found.IsValid;
    }

    /// <summary>The same runs give the same receipt, and so do other runs of the same models, but for what was measured.</summary>
    [Fact]
    public async Task Receipt_MadeAgain_IsEqualButForWhatWasMeasured()
    {
        await ReceiptRuns.RunAsync(ReceiptRuns.Model("fp32"), runs["again/fp32"]);
        await ReceiptRuns.RunAsync(ReceiptRuns.Model("int4"), runs["again/int4"]);
        string first = await WithoutMeasuredAsync(runs["fp32"], runs["int4"]);
        Assert.DoesNotContain("\"git\"", first, StringComparison.Ordinal);
        Assert.Equal(first, await WithoutMeasuredAsync(runs["fp32"], runs["int4"]));
        Assert.Equal(first, await WithoutMeasuredAsync(runs["again/fp32"], runs["again/int4"]));
    }

    private async Task<string> WithoutMeasuredAsync(params string[] arguments)
    {
        JsonObject receipt = JsonNode.Parse(await File.ReadAllTextAsync((await runs.MakeAsync(arguments)).File))!.AsObject();
        Assert.True(receipt.Remove("measured"));
        return receipt.ToJsonString();
    }

    [Fact]
    public async Task Divergence_OtherThreads_IsTheSame()
    {
        Receipt one = await runs.ReadAsync(runs["fp32"], runs["int4"], "--threads", "1");
        Receipt two = await runs.ReadAsync(runs["fp32"], runs["int4"], "--threads", "2");
        double[] first = [.. Divergences(one)], second = [.. Divergences(two)];
        Assert.True(first.Length > 10);
        Assert.All(first.Zip(second), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        Assert.Equal(one.Frozen!.Sha256, two.Frozen!.Sha256);
    }

    private static IEnumerable<double> Divergences(Receipt receipt)
    {
        ReceiptDivergence divergence = receipt.Candidates[0].Divergence!;
        IEnumerable<DivergenceFigures?> all =
        [
            divergence.All,
            .. divergence.ByTask.SelectMany(t => (DivergenceFigures?[])[t.Prompt, t.Answer]),
            .. divergence.ByPosition.Select(p => p.Figures),
        ];
        return all.OfType<DivergenceFigures>().Select(f => f.Divergence.Value);
    }

    /// <summary>Every token is in one part of one task, and at one position.</summary>
    [Fact]
    public async Task Divergence_TasksAndPositions_HaveTheSameTokens()
    {
        Receipt receipt = await runs.ReadAsync(runs["fp32"], runs["int4"], "--documents", "4");
        ReceiptDivergence divergence = receipt.Candidates[0].Divergence!;
        Assert.Equal(["quick_gsm8k", "quick_mmlu_reading", "quick_mmlu_addition"], divergence.ByTask.Select(t => t.Task));
        Assert.Equal(divergence.All.Tokens, divergence.ByTask.Sum(t => t.Prompt!.Tokens + t.Answer!.Tokens));
        Assert.Equal(divergence.All.Tokens, divergence.ByPosition.Sum(p => p.Figures.Tokens));
        Assert.All(receipt.Frozen!.Tasks, t => Assert.Equal(4, t.Documents));
        Assert.Equal(
            receipt.Frozen.Tasks.Sum(t => t.AnswerTokens), divergence.ByTask.Sum(t => t.Answer!.Tokens));
        Assert.True(divergence.All.Divergence.Value > 1e-4);
        // Too few tokens for errors, and the receipt says so.
        Assert.All(divergence.ByTask, t => Assert.Null(t.Prompt!.Divergence.Interval));
        Assert.All(
            divergence.ByTask,
            t => Assert.StartsWith("an interval needs 5 blocks", t.Prompt!.WhyNoInterval, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Receipt_OfARunFromItself_LosesNothing()
    {
        Receipt receipt = await runs.ReadAsync(runs["fp32"], runs["fp32"]);
        ReceiptCandidate candidate = receipt.Candidates[0];
        Assert.Equal((0.0, 1.0), (candidate.Divergence!.All.Largest, candidate.Divergence.All.SameTop.Value));
        Assert.NotEmpty(candidate.Scores);
        Assert.All(
            candidate.Scores.Where(s => s.Base > 0),
            s => Assert.Equal((1.0, 0, 0), (s.Recovery!.Value, s.Lost!.Value, s.Won!.Value)));
        Assert.Equal(receipt.Base.Identity, candidate.Run.Identity);
        Assert.Equal(("tiny-fp32 on cpu", "tiny-fp32 on cpu (2)"), (receipt.Base.Name, candidate.Run.Name));
    }
}
