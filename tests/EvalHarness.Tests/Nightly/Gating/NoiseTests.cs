using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly.Gating;

/// <summary>Noise files as the gate uses them, on replayed runs of a task of some hundred rows.</summary>
[Collection(nameof(StepSummary))]
public sealed class NoiseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A run over rows of which <paramref name="wrong"/> are answered wrongly.</summary>
    private async Task<string> RunAsync(string name, int rows, Func<int, bool> wrong, string task = TinyData.Task)
    {
        TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(0, rows).Select(TinyData.MakeRow));
        TinyData.WriteShard(_folder["data"], "train-00000-of-00001.parquet", Enumerable.Range(1000, 3).Select(TinyData.MakeRow));
        _folder.Write("tasks/tiny.yaml", task);
        string answers = _folder.Write($"{name}/model.jsonl", string.Join('\n', Enumerable.Range(0, rows).Select(i => JsonSerializer
            .Serialize(new { context = $"Q: What is {i} + {i}?\nA:", response = wrong(i) ? "no" : $"{2 * i}" }))));
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{answers}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--output", _folder[$"{name}/run"], "--quiet");
        return _folder[$"{name}/run"];
    }

    /// <summary>The noise file of two runs of the same model, with changes to its text.</summary>
    private async Task<string> NoiseAsync(int rows, int changed, Action<JsonNode>? change = null)
    {
        string[] runs =
        [
            await RunAsync("first", rows, _ => false),
            await RunAsync("second", rows, i => i < changed),
        ];
        NoiseFloor floor = await NoiseMeasurement.OfAsync(
            [.. runs.Select(r => FinishedRun.Read(RunFolder.Open(r)))], ["first", "second"], CancellationToken.None);
        JsonNode json = JsonNode.Parse(JsonSerializer.Serialize(floor, EvalHarness.Files.ResultsJson.Indented))!;
        change?.Invoke(json);
        return _folder.Write("noise.json", json.ToJsonString());
    }

    private async Task<CommandLineResult> GateAsync(string noise, string before, string after, string rule = "max_drop: 1") =>
        await CommandLine.RunAsync(
            "gate", "--rules", _folder.Write("gate.yaml", $"rules: [{{task: tiny, {rule}}}]\nnoise: ['{noise}']"), before, after);

    [Fact]
    public async Task File_CountsItsRowsAndTheirChanges()
    {
        var floor = NoiseFloor.Read(await NoiseAsync(120, 3));
        NoiseScore score = floor.Scores.Single(s => s.Task == "tiny");
        Assert.Equal(("replay-model", "none"), (floor.Model, floor.Device));
        Assert.Equal((120, 3.0, 0.025), (score.Rows, score.SquaredChanges, score.LargestDifference));
        Assert.Equal(64, score.Definition!.Length);
        // statsmodels: proportion_confint(3, 120, method="beta").
        Assert.Equal(0.0713232, score.LargestRate!.Value, 1e-6);
    }

    /// <summary>A file of few rows made a loss of 6 points on 400 rows "fine".</summary>
    [Fact]
    public async Task LossOfSixPointsOnFourHundredRows_NoiseOfTwentyRows_IsRefused()
    {
        string noise = await NoiseAsync(20, 2);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 50 < 3);
        CommandLineResult result = await GateAsync(noise, before, after);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(
            "noise.json: has 20 rows of tiny, too few to say how often rows change; expected 100 or more", result.ErrorLine,
            StringComparison.Ordinal);
    }

    /// <summary>Rows that change as often as in a large file explain 3 points of 400 rows, and never 6.</summary>
    [Theory]
    [InlineData(3, 11, "REGRESSION")]
    [InlineData(2, 11, "REGRESSION")]
    public async Task LossOfManyRows_NoiseThatDoesNotExplainIt_IsARegression(int lostOfFifty, int exitCode, string verdict)
    {
        string noise = await NoiseAsync(100, 2);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 50 < lostOfFifty);
        CommandLineResult result = await GateAsync(noise, before, after);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(verdict, result.Output, StringComparison.Ordinal);
        // The limit of 2 in 100 is 7%, so 400 rows lie up to 1.96 * sqrt(0.0704 / 400) = 2.6 points apart.
        Assert.Contains("drop at most 1 points (noise 2.6)", result.Output, StringComparison.Ordinal);
    }

    /// <summary>A drop within the noise is neither a regression nor fine.</summary>
    [Fact]
    public async Task LossThatTheSameModelCanGiveTwice_IsInconclusive()
    {
        string noise = await NoiseAsync(100, 20);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 100 < 4);
        CommandLineResult result = await GateAsync(noise, before, after);
        Assert.Equal((int)ExitCode.Inconclusive, result.ExitCode);
        Assert.Contains("gate: undecided", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "two runs of the same model over 400 rows lie up to 5.29 points apart (noise)", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("REGRESSION", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Noise widens nothing that is allowed: what the rule alone does not call fine, no noise file does.</summary>
    [Fact]
    public async Task LossAboveTheMargin_WithNoise_IsNeverFine()
    {
        string noise = await NoiseAsync(100, 60);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 100 < 2);
        CommandLineResult result = await GateAsync(noise, before, after, "max_drop: 1.5");
        Assert.Contains("of 1 checks 0 fine", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model", "other", "noise.json: is the noise of model other on none; expected that of a run that the gate judges: "
        + "replay-model on none")]
    [InlineData("device", "cuda", "noise.json: is the noise of model replay-model on cuda; expected")]
    [InlineData("task", "arc", "noise.json: is the noise of arc; expected tasks of")]
    [InlineData("definition", "0123456789abcdef", "noise.json: is the noise of another version of tiny, definition 0123456789ab; expected")]
    public async Task FileThatDoesNotFit_IsRefused(string key, string value, string said)
    {
        string noise = await NoiseAsync(100, 0, json => (key is "model" or "device" ? json : json["scores"]![0]!)[key] = value);
        string run = await RunAsync("run", 100, _ => false);
        CommandLineResult result = await GateAsync(noise, run, run);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A file of two devices was ignored without a word.</summary>
    [Fact]
    public async Task FileOfTwoDevices_FitsARunOnOneOfThem()
    {
        string noise = await NoiseAsync(100, 20, json => json["device"] = "cuda,none");
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 100 < 4);
        CommandLineResult result = await GateAsync(noise, before, after);
        Assert.Contains("(noise 5.29)", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Files of earlier versions had the largest difference and not the number of rows that changed.</summary>
    [Fact]
    public async Task FileWithoutCounts_IsRefused()
    {
        string noise = await NoiseAsync(100, 0, json => json["scores"]![0]!.AsObject().Remove("squared_changes"));
        string run = await RunAsync("run", 100, _ => false);
        CommandLineResult result = await GateAsync(noise, run, run);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("does not say how many rows changed", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A plan's night of hours must not begin with a file that fits none of its runs.</summary>
    [Fact]
    public async Task Plan_FileOfAnotherModel_IsRefusedBeforeTheNight()
    {
        string noise = await NoiseAsync(100, 0, json => json["model"] = "other");
        string plan = _folder.Write("plan.yaml", $$"""
            models: [{model: 'replay:{{_folder["first/model.jsonl"]}}', name: replay}]
            tasks: [{tasks: tiny}]
            options: {include_path: ['{{_folder["tasks"]}}'], datasets: '{{_folder["data"]}}'}
            gate: {rules: [{task: tiny, min: 0.5}], noise: ['{{noise}}']}

            """);
        CommandLineResult result = await CommandLine.RunAsync("nightly", plan, "--output", _folder["nights"]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("is the noise of model other on none; expected", result.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["nights"]) && Directory.EnumerateDirectories(_folder["nights"]).Any());
        string fitting = File.ReadAllText(noise).Replace("\"other\"", "\"replay-model\"", StringComparison.Ordinal);
        _folder.Write("noise.json", fitting);
        await CommandLine.SucceedAsync("nightly", plan, "--output", _folder["nights"]);
    }

    public void Dispose() => _folder.Dispose();
}
