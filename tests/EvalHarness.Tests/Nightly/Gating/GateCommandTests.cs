using System.Text.Json.Nodes;
using System.Xml.Linq;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly.Gating;

/// <summary><c>gate</c> and <c>noise</c> on runs of the small task.</summary>
[Collection(nameof(StepSummary))]
public sealed class GateCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>A run that answers the first <paramref name="right"/> of six questions.</summary>
    private async Task<string> RunAsync(string name, int right)
    {
        TinyData.Fill(_folder);
        string answers = TinyData.WriteAnswers(_folder, $"{name}.jsonl", i => i < right ? $"{2 * i}" : "no");
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{answers}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--output", _folder[name], "--quiet");
        return _folder[name];
    }

    private async Task<CommandLineResult> GateAsync(string rules, int before, int after, params string[] more) =>
        await CommandLine.RunAsync(
        [
            "gate", "--rules", _folder.Write("gate.yaml", rules), await RunAsync("before", before), await RunAsync("after", after),
            .. more,
        ]);

    [Theory]
    [InlineData("rules: [{task: tiny, max_drop: 1}]", 6, 0, 11, "REGRESSION")]
    [InlineData("rules: [{task: tiny, max_drop: 1}]", 6, 6, 12, "about")]
    [InlineData("rules: [{task: tiny, max_drop: 1}]\ninconclusive: fail", 6, 6, 12, "about")]
    [InlineData("rules: [{task: tiny, max_drop: 60}]", 6, 6, 0, "fine")]
    [InlineData("rules: [{min: 0.9}]", 6, 0, 11, "at least 0.9")]
    [InlineData("rules: [{min: 0.1}]", 6, 6, 0, "fine")]
    [InlineData("rules: [{task: tiny, max_drop: 0}]", 6, 6, 12, "gate: undecided; of 1 checks 0 fine")]
    [InlineData("rules: [{task: tiny, max_drop: 0}, {min: 0.1}]", 6, 6, 0, "inconclusive, which these rules let pass; of 2 checks 1 fine")]
    [InlineData("rules: [{task: tiny, max_drop: 0}]", 6, 6, 12, "no number of rows decides")]
    [InlineData("rules: [{max_memory_growth: 1.5, max_slowdown: 2}]", 6, 6, 0, "no baseline yet")]
    public async Task Gate_ExitCodeSaysWhatItFound(string rules, int before, int after, int exitCode, string said)
    {
        CommandLineResult result = await GateAsync(rules, before, after);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    /// <summary>
    /// Errored rows were forgotten: the rows that answered looked as before, and the gate was fine. They are judged by the worst case,
    /// unless the rule leaves them out.
    /// </summary>
    [Theory]
    [InlineData("max_drop: 10", 11, "REGRESSION")]
    [InlineData("min: 0.8", 11, "REGRESSION")]
    [InlineData("max_drop: 80, errored: ignore", 0, "gate: fine")]
    [InlineData("min: 0.01, errored: ignore", 0, "gate: fine")]
    public async Task Gate_ErroredRows_AreJudgedByTheWorstCase(string rule, int exitCode, string said)
    {
        string before = await RunAsync("before", 6);
        string answers = TinyData.WriteAnswers(_folder, "after.jsonl", i => i < 1 ? "0" : null);
        await CommandLine.RunAsync(
            "run", "--model", $"replay:{answers}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--output", _folder["after"], "--quiet");
        CommandLineResult result = await CommandLine.RunAsync(
            "gate", "--rules", _folder.Write("gate.yaml", $"rules: [{{task: tiny, {rule}}}]"), before, _folder["after"]);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
        Assert.Equal(exitCode, result.ExitCode);
        bool isSaid = result.Output.Contains("5 of 6 rows errored and are judged by the worst case", StringComparison.Ordinal);
        Assert.Equal(exitCode != 0, isSaid);
        // The table of the run shows what the errored rows could make.
        string shown = (await CommandLine.SucceedAsync("show", _folder["after"])).Output;
        Assert.Contains("With errored", shown, StringComparison.Ordinal);
        Assert.Contains("[0.030, 1.000]", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rules: [{task: other, max_drop: 1}]", "fits nothing in these runs")]
    [InlineData("rules: [{task: tiny}]", "says nothing; expected min, max_drop")]
    [InlineData("rules: [{min: 0.5}]\nbaseline: {last_good: true}", "is for a nightly plan")]
    [InlineData("rules: [{min: 0.5}]\nnoise: [nothing.json]", "nothing.json: is no noise file")]
    public async Task Gate_Mistake_IsOneLine(string rules, string said)
    {
        CommandLineResult result = await GateAsync(rules, 6, 6);
        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gate_JUnitFileMarkdownAndStepSummary_SayTheSame()
    {
        string summary = _folder["summary.md"], junit = _folder["gate.xml"];
        Environment.SetEnvironmentVariable(StepSummary.Variable, summary);
        CommandLineResult result = await GateAsync(
            "rules: [{task: tiny, max_drop: 1, min: 0.5}, {max_slowdown: 2}]", 6, 0, "--junit", junit, "--markdown");
        Environment.SetEnvironmentVariable(StepSummary.Variable, null);
        Assert.Equal(11, result.ExitCode);
        Assert.Equal(result.Output + "\n", await File.ReadAllTextAsync(summary));
        XElement suite = XDocument.Load(junit).Root!.Elements("testsuite").Single();
        string[] counts = ["tests", "failures", "skipped", "errors"];
        Assert.Equal(["3", "2", "1", "0"], counts.Select(c => suite.Attribute(c)!.Value));
        Assert.Equal(3, suite.Elements("testcase").Count());
        Assert.Contains(
            "drop at most 1 points",
            suite.Elements("testcase").ElementAt(1).Element("failure")!.Attribute("message")!.Value,
            StringComparison.Ordinal);
        Assert.All(suite.Elements("testcase"), c => Assert.NotEmpty(c.Attribute("classname")!.Value));
        // The task's seconds stand at its first check, so that the sum is the time of the run's tasks.
        Assert.Equal("0.000", suite.Elements("testcase").ElementAt(1).Attribute("time")!.Value);
        Assert.Equal(suite.Attribute("time")!.Value, suite.Elements("testcase").First().Attribute("time")!.Value);
    }

    [Fact]
    public async Task Gate_Json_HasIntervalAndVerdict()
    {
        JsonNode report = JsonNode.Parse((await GateAsync("rules: [{task: tiny, max_drop: 1}]", 6, 0, "--json")).Output)!;
        JsonNode check = report["checks"]![0]!;
        Assert.Equal(
            ("regression", "regression", "max_drop", 6),
            ((string)report["verdict"]!, (string)check["verdict"]!, (string)check["limit"]!, (int)check["rows"]!));
        Assert.Equal(100, (double)check["measured"]!, 6);
        Assert.InRange((double)check["low"]!, 1, 99);
    }

    /// <summary>Where a score differs, the gate says that the engine's version has changed; where none differs, it does not.</summary>
    [Theory]
    [InlineData(1, 0, "REGRESSION")]
    [InlineData(1, 5, "inconclusive")]
    [InlineData(90, 6, null)]
    public async Task Gate_EngineOfAnotherVersion_IsSaidBesideADifference(int maxDrop, int after, string? verdict)
    {
        foreach ((string name, int right, string version) in ((string, int, string)[])[("before", 6, "0.15.2"), ("after", after, "0.18.0")])
        {
            string manifest = Path.Combine(await RunAsync(name, right), "manifest.json");
            JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!;
            json["model"]!["versions"]!["Microsoft.ML.OnnxRuntimeGenAI"] = version;
            await File.WriteAllTextAsync(manifest, json.ToJsonString());
        }

        string rules = _folder.Write("gate.yaml", $"rules: [{{task: tiny, max_drop: {maxDrop}}}]");
        CommandLineResult result = await CommandLine.RunAsync(
            ["gate", "--rules", rules, _folder["before"], _folder["after"], "--junit", _folder["gate.xml"]]);
        string said = "the engine changed: Microsoft.ML.OnnxRuntimeGenAI 0.15.2 → 0.18.0";
        Assert.True(verdict is not null || result.Output.Contains("gate: fine", StringComparison.Ordinal), result.Output);
        bool isSaid = result.Output.Split('\n')
            .Any(l => l.Contains(said, StringComparison.Ordinal) && l.Contains(verdict!, StringComparison.Ordinal));
        Assert.Equal(verdict is not null, isSaid);
        Assert.Equal(verdict is not null, (await File.ReadAllTextAsync(_folder["gate.xml"])).Contains(said, StringComparison.Ordinal));
    }

    /// <summary>Copies a run and gives the copy other times and another peak of memory.</summary>
    private RunFolder Cost(string run, string name, double seconds, double megabytes)
    {
        Directory.CreateDirectory(_folder[name]);
        File.Copy(Path.Combine(run, "manifest.json"), _folder[$"{name}/manifest.json"]);
        JsonNode results = JsonNode.Parse(File.ReadAllText(Path.Combine(run, "results.json")))!;
        JsonNode usage = results["evalharness"]!["usage"]!;
        (usage["prompt_tokens_computed"], usage["prefill_seconds"], usage["tokens_generated"], usage["decode_seconds"]) =
            (1_000, seconds, 500, seconds);
        results["evalharness"]!["seconds"]!["peak_memory"] = (long)(megabytes * 1e6);
        _folder.Write($"{name}/results.json", results.ToJsonString());
        return new RunFolder(_folder[name]);
    }

    [Theory]
    [InlineData(10, 100, nameof(GateVerdict.Fine), nameof(GateVerdict.Fine))]
    [InlineData(10.3, 100, nameof(GateVerdict.Fine), nameof(GateVerdict.Fine))]
    [InlineData(30, 300, nameof(GateVerdict.Regression), nameof(GateVerdict.Regression))]
    [InlineData(13, 126, nameof(GateVerdict.Inconclusive), nameof(GateVerdict.Regression))]
    public async Task Gate_SpeedAndMemory_AreJudgedByTheSpreadOfNights(
        double seconds, double megabytes, string speed, string memory)
    {
        string run = await RunAsync("run", 6);
        // Times lie 5% apart from night to night, memory 0.1%.
        RunFolder[] nights = [.. Enumerable.Range(0, 7).Select(
            i => Cost(run, $"night{i}", 10 * (1 + (0.05 * ((i % 3) - 1))), 100 * (1 + (0.001 * ((i % 3) - 1)))))];
        GateRules rules = new() { Rules = [new GateRule { MaxSlowdown = 1.25, MaxMemoryGrowth = 1.25 }] };
        RunFolder tonight = Cost(run, "tonight", seconds, megabytes);
        GateReport median = await JudgeAsync(new("median", tonight, nights));
        GateReport last = await JudgeAsync(new("last", tonight, nights[1..2]) { Earlier = nights });
        // With one earlier night the ratio decides, and the table says that too few nights are known.
        GateReport alone = await JudgeAsync(new("alone", tonight, nights[1..2]));
        // A busy machine must not count as a regression of the model.
        GateReport busy = await JudgeAsync(new("busy", tonight, nights, "others were busy"));
        Assert.Multiple(
            () => Assert.Equal([speed, memory], median.Checks.Select(c => $"{c.Verdict}")),
            () => Assert.Equal(seconds / 10, median.Checks[0].Measured!.Value, 2),
            () => Assert.Equal([speed, memory], last.Checks.Select(c => $"{c.Verdict}")),
            () => Assert.Equal(seconds / 10, last.Checks[0].Measured!.Value, 2),
            () => Assert.Equal(seconds > 12.5 ? GateVerdict.Regression : GateVerdict.Fine, alone.Checks[0].Verdict),
            () => Assert.Equal("too few nights to know how far they lie apart", alone.Checks[0].Remark),
            () => Assert.NotEqual(GateVerdict.Regression, busy.Checks[0].Verdict),
            () => Assert.Equal(memory, $"{busy.Checks[1].Verdict}"));

        Task<GateReport> JudgeAsync(GateCell cell) => GateReport.JudgeAsync(rules, [cell], CancellationToken.None);
    }

    [SharedFact]
    public async Task Noise_SameModelTwice_CountsWhatChanged()
    {
        TinyData.Fill(_folder);
        string[] arguments =
        [
            "noise", "--model", Shared.Model("int4"), "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--batch-sizes", "1,2", "--workers", "1", "--runs", "1", "--output", _folder["noise"], "--json",
        ];
        JsonNode noise = JsonNode.Parse((await CommandLine.SucceedAsync(arguments)).Output)!;
        JsonNode score = noise["scores"]![0]!;
        Assert.Equal(
            ("tiny", 6, 0.0, 0),
            ((string)score["task"]!, (int)score["rows"]!, (double)score["largest_difference"]!, (int)score["largest_flips"]!));
        Assert.Equal((0.0, 64), ((double)score["changes"]!, ((string)score["definition"]!).Length));
        Assert.Equal(("stories260k-int4", "cpu"), ((string)noise["model"]!, (string)noise["device"]!));
        Assert.Equal(2, noise["variations"]!.AsArray().Count);
        // A second start computes nothing and prints the same.
        Assert.Equal(noise.ToJsonString(), JsonNode.Parse((await CommandLine.SucceedAsync(arguments)).Output)!.ToJsonString());
    }

    /// <summary>Threads could not be varied, and prefix reuse only be left out of all runs.</summary>
    [SharedFact]
    public async Task Noise_ThreadsAndPrefixReuse_AreVariations()
    {
        TinyData.Fill(_folder);
        string[] arguments =
        [
            "noise", "--model", Shared.Model("int4"), "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--batch-sizes", "1", "--workers", "1", "--output", _folder["noise"], "--json",
        ];
        JsonNode noise = JsonNode.Parse(
            (await CommandLine.SucceedAsync([.. arguments, "--threads", "1,2", "--no-prefix-reuse", "false,true"])).Output)!;
        Assert.Equal(
            [
                "cpu-batch1-workers1-threads1-1", "cpu-batch1-workers1-threads1-no-prefix-reuse-1",
                "cpu-batch1-workers1-threads2-1", "cpu-batch1-workers1-threads2-no-prefix-reuse-1",
            ],
            noise["variations"]!.AsArray().Select(v => (string)v!));
        Assert.Equal(4, noise["scores"]![0]!["run_scores"]!.AsArray().Count);
        RunOptions alone = new RunFolder(_folder["noise/cpu-batch1-workers1-threads2-no-prefix-reuse-1"]).ReadManifest().Options;
        Assert.Equal((2, true), (alone.Threads, alone.NoPrefixReuse));
        CommandLineResult wrong = await CommandLine.RunAsync([.. arguments, "--no-prefix-reuse", "maybe"]);
        Assert.Equal(
            (2, "error: --no-prefix-reuse maybe: expected true or false, or both with a comma between"),
            (wrong.ExitCode, wrong.ErrorLine));
    }

    public void Dispose() => _folder.Dispose();
}

/// <summary>Tests that set the variable by which GitHub Actions asks for a summary; they do not run side by side.</summary>
[CollectionDefinition(nameof(StepSummary), DisableParallelization = true)]
public sealed class StepSummary
{
    internal const string Variable = "GITHUB_STEP_SUMMARY";
}
