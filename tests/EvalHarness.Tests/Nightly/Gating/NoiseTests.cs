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
    private Task<string> NoiseAsync(int rows, int changed, Action<JsonNode>? change = null) => NoiseAsync(rows, [0, changed], change);

    /// <summary>The noise file of runs of the same model of which each has another number of its first rows wrong.</summary>
    private async Task<string> NoiseAsync(int rows, int[] wrong, Action<JsonNode>? change = null)
    {
        var runs = new List<FinishedRun>();
        foreach ((int i, int count) in wrong.Index())
            runs.Add(FinishedRun.Read(RunFolder.Open(await RunAsync(i == 0 ? "first" : $"noise{i}", rows, row => row < count))));
        NoiseFloor floor = await NoiseMeasurement.OfAsync(runs, [.. runs.Select(r => r.Name)], 1, CancellationToken.None);
        JsonNode json = JsonNode.Parse(JsonSerializer.Serialize(floor, EvalHarness.Files.ResultsJson.Indented))!;
        change?.Invoke(json);
        return _folder.Write("noise.json", json.ToJsonString());
    }

    /// <summary>Rows of other scores than right and wrong move by less than one, and by more than the square of that.</summary>
    [Fact]
    public void ScoresBetweenZeroAndOne_ChangeByTheirDifferences()
    {
        double[][] rows = [.. Enumerable.Range(0, 200).Select(i => new double[] { 0.5, 0.6, 0.5, 0.6 })];
        var changes = NoiseMeasurement.RowChanges.Of(rows, repeats: 2);
        Assert.Equal((200, 20, 1), (changes.Rows, changes.Largest!.Value, changes.Mean!.Value), Near);
        Assert.Equal([0.5, 0.6, 0.5, 0.6], changes.RunScores!.Select(s => Math.Round(s, 9)));
        var score = new NoiseScore(
            "task", "f1", "none", 200, 0.1, Changes: changes.Largest, RunScores: changes.RunScores, MeanSquaredChanges: changes.Mean);
        Assert.InRange(score.Reach(1)!.Value, 0.1, 0.16);

        static bool Near((int, double, double) a, (int, double, double) b) =>
            a.Item1 == b.Item1 && Math.Abs(a.Item2 - b.Item2) + Math.Abs(a.Item3 - b.Item3) < 1e-9;
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
        Assert.Equal((120, 3.0, 0.025), (score.Rows, score.Changes, score.LargestDifference));
        Assert.Equal((3.0, 1), (score.MeanSquaredChanges, floor.Repeats));
        Assert.Equal([1, 0.975], score.RunScores!);
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

    /// <summary>Eight runs that are the same leave what one row of a hundred could do: 1.96 points to each side.</summary>
    [Theory]
    [InlineData(3, "without the noise of the device the interval would be [4.06, 8.77]")]
    [InlineData(2, "without the noise of the device the interval would be [2.48, 6.40]")]
    public async Task LossOfManyRows_DeviceWithoutNoise_IsARegression(int lostOfFifty, string said)
    {
        string noise = await NoiseAsync(100, new int[8]);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 50 < lostOfFifty);
        CommandLineResult result = await GateAsync(noise, before, after);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.Contains("REGRESSION", result.Output, StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Regression, result.ExitCode);
    }

    /// <summary>
    /// Runs of which some have four rows of a hundred wrong lie four points apart all at once, and so do twice as far apart. The width of a
    /// single pair, for rows that change each for itself, was 3.1 points, so that a loss of four was called a regression.
    /// </summary>
    [Theory]
    [InlineData(4, 12, "without the noise of the device the interval would be [2.48, 6.40], a regression")]
    [InlineData(12, 11, "REGRESSION")]
    public async Task LossThatTheSameModelCanGiveTwice_IsNoRegression(int lostOfHundred, int exitCode, string said)
    {
        string noise = await NoiseAsync(100, [0, 4, 4, 0, 0, 4, 0, 4]);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 100 < lostOfHundred);
        CommandLineResult result = await GateAsync(noise, before, after);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    /// <summary>A gain of the same size is no reason to call the gate fine: both ends of the interval move.</summary>
    [Fact]
    public async Task NothingLost_OnADeviceThatGivesFourPointsTwice_IsNotFine()
    {
        string before = await RunAsync("before", 400, _ => false);
        string without = _folder.Write("gate.yaml", "rules: [{task: tiny, max_drop: 3}]");
        Assert.Equal((int)ExitCode.Success, (await CommandLine.RunAsync("gate", "--rules", without, before, before)).ExitCode);
        CommandLineResult result = await GateAsync(await NoiseAsync(100, [0, 4, 4, 0, 0, 4, 0, 4]), before, before, "max_drop: 3");
        Assert.Equal((int)ExitCode.Inconclusive, result.ExitCode);
        Assert.Contains(
            "the noise of the device alone can make that, so no number of rows decides", result.Output, StringComparison.Ordinal);
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
        Assert.Contains("without the noise of the device", result.Output, StringComparison.Ordinal);
    }

    /// <summary>Files of earlier versions had the changes of the pair that differs most, and not the score of each run.</summary>
    [Theory]
    [InlineData("run_scores")]
    [InlineData("changes")]
    public async Task FileOfAnEarlierVersion_IsRefused(string missing)
    {
        string noise = await NoiseAsync(100, 0, json => json["scores"]![0]!.AsObject().Remove(missing));
        string run = await RunAsync("run", 100, _ => false);
        CommandLineResult result = await GateAsync(noise, run, run);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(
            "does not say what each run scored and how many rows changed, of a score from 0 to 1; expected", result.ErrorLine,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// A file that cannot be used ended a night after all its runs, without a summary. It makes the drops inconclusive that it is for, says
    /// why, and leaves everything else.
    /// </summary>
    [Theory]
    [InlineData("definition", "is the noise of another version of tiny, definition 0123456789ab; expected")]
    [InlineData("rows", "has 20 rows of tiny, too few to say how often rows change; expected 100 or more")]
    [InlineData("run_scores", "does not say what each run scored")]
    [InlineData("file", "is no noise file")]
    public async Task NightThatIsOver_FileThatCannotBeUsed_KeepsWhatWasComputed(string what, string said)
    {
        string noise = await NoiseAsync(100, 0, json =>
        {
            JsonObject score = json["scores"]![0]!.AsObject();
            score[what] = what switch
            {
                "definition" => "0123456789abcdef",
                "rows" => 20,
                _ => null,
            };
        });
        if (what == "file")
            File.Delete(noise);
        RunFolder before = RunFolder.Open(await RunAsync("before", 400, _ => false));
        RunFolder after = RunFolder.Open(await RunAsync("after", 400, i => i % 50 < 3));
        var rules = new GateRules
        {
            Rules = [new GateRule { Task = "tiny", MaxDrop = 1, Min = 0.99 }],
            Noise = [noise],
        };
        GateReport report = await GateReport.JudgeAsync(rules, [new GateCell("cell", after, [before])], CancellationToken.None);
        GateCheck min = report.Checks.Single(c => c.Limit == GateLimit.Min), drop = report.Checks.Single(c => c.Limit == GateLimit.MaxDrop);
        Assert.Equal((GateVerdict.Regression, GateVerdict.Inconclusive), (min.Verdict, drop.Verdict));
        Assert.Equal(6, drop.Measured!.Value, 6);
        Assert.Contains(said, drop.Remark, StringComparison.Ordinal);
    }

    /// <summary>A run that was stopped once its interval was known is judged with the noise that the run knows nothing of.</summary>
    [Theory]
    [InlineData(0, GateVerdict.Regression, 1.45)]
    [InlineData(4, GateVerdict.Inconclusive, -2.88)]
    public async Task RunThatDecideStopped_IsJudgedWithTheNoise(int wrong, object verdict, double low)
    {
        // The end lies sqrt(2.5² + 0.49²) = 2.55 points below the estimate without noise (1.96 of 400 rows); with it sqrt(2.5² + 6.41²), as
        // statsmodels: proportion_confint(16, 400, method="beta") ends at 6.41%.
        string noise = await NoiseAsync(400, [0, 4 * wrong, 4 * wrong, 0, 0, 4 * wrong, 0, 4 * wrong]);
        string before = await RunAsync("before", 400, _ => false), after = await RunAsync("after", 400, i => i % 50 < 2);
        string results = Path.Combine(after, "results.json");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(results))!;
        json["evalharness"]!["decisions"] = JsonNode.Parse("""
            [{"name": "tiny", "tasks": ["tiny"], "metric": "exact_match,none", "against": "before", "allowed": 1, "verdict": "regression",
              "loss": 4, "low": 1.5, "high": 6.5, "coverage": 95, "rows": 200, "available": 400}]
            """);
        await File.WriteAllTextAsync(results, json.ToJsonString());
        var rules = new GateRules
        {
            Rules = [new GateRule { Task = "tiny", Decide = 1 }],
            Noise = [noise],
        };
        GateCell cell = new("cell", RunFolder.Open(after), [RunFolder.Open(before)]);
        GateCheck check = (await GateReport.JudgeAsync(rules, [cell], CancellationToken.None)).Checks.Single();
        Assert.Equal(verdict, check.Verdict);
        Assert.Equal(low, check.Low!.Value, 0.01);
        Assert.Equal((1.5, 6.5), (check.WithoutNoise!.Value.Low, check.WithoutNoise.Value.High));
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

    /// <summary>A night need not run for hours to find out that its noise file is of another version of a task.</summary>
    [Fact]
    public async Task Night_FileOfAnotherVersionOfATask_IsRefusedBeforeTheFirstRun()
    {
        string noise = await NoiseAsync(100, 0, json => json["scores"]![0]!["definition"] = "0123456789abcdef");
        string plan = _folder.Write("plan.yaml", $$"""
            models: [{model: 'replay:{{_folder["first/model.jsonl"]}}', name: replay}]
            tasks: [{tasks: tiny}]
            options: {include_path: ['{{_folder["tasks"]}}'], datasets: '{{_folder["data"]}}'}
            gate: {baseline: {first: true}, noise: ['{{noise}}'], rules: [{max_drop: 50}]}
            """);
        CommandLineResult result = await CommandLine.RunAsync("nightly", plan, "--output", _folder["nights"]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("is the noise of another version of tiny", result.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["nights"]));
    }

    public void Dispose() => _folder.Dispose();
}
