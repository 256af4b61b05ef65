using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly;

/// <summary>The gate of a night, from the plan to the exit code.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class NightGateTests : NightFolder
{
    [Fact]
    public async Task Night_Gate_ComparesWithTheLastGoodNight()
    {
        string plan = SmallPlan("gate:\n  baseline: {last_good: true}\n  rules: [{task: tiny, max_drop: 1}]");
        CommandLineResult first = await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Assert.Contains("no baseline yet", first.Output, StringComparison.Ordinal);
        Age(OnlyNight);
        // The model became worse; the plan did not change.
        TinyData.WriteAnswers(Folder, "answers.jsonl", _ => "no");
        CommandLineResult second = await CommandLine.RunAsync("nightly", plan, "--output", Nights);
        Assert.Equal((int)ExitCode.Regression, second.ExitCode);
        string today = Directory.GetDirectories(Nights).Single(f => !f.EndsWith("2026-01-01", StringComparison.Ordinal));
        Assert.Contains("REGRESSION", await File.ReadAllTextAsync(Path.Combine(today, "summary.md")), StringComparison.Ordinal);
        Assert.Contains(
            "2026-01-01",
            (string)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(today, "night.json")))!["gate"]!["checks"]![0]!["baseline"]!,
            StringComparison.Ordinal);
        // A night with a regression does not become the baseline of the next.
        Age(today, "2026-01-02");
        Assert.Equal((int)ExitCode.Regression, (await CommandLine.RunAsync("nightly", plan, "--output", Nights)).ExitCode);
    }

    /// <summary>
    /// A model that loses a little each night never loses enough in one. Only the first night was fine, so all are compared with it, and
    /// the loss is called.
    /// </summary>
    [Theory]
    [InlineData("{last_good: true}")]
    [InlineData("{median_of: 3}")]
    [InlineData("{first: true}")]
    public async Task Night_ModelThatBecomesWorseSlowly_IsComparedWithTheFirstNight(string baseline)
    {
        string plan = SmallPlan($"gate:\n  baseline: {baseline}\n  rules: [{{task: tiny, max_drop: 1}}]");
        TinyData.WriteAnswers(Folder, "answers.jsonl", i => $"{2 * i}");
        await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Age(OnlyNight);
        var exitCodes = new List<int>();
        for (int night = 1; night <= 5; night++)
        {
            TinyData.WriteAnswers(Folder, "answers.jsonl", i => i < night ? "no" : $"{2 * i}");
            exitCodes.Add((await CommandLine.RunAsync("nightly", plan, "--output", Nights)).ExitCode);
            string folder = Directory.GetDirectories(Nights).Single(f => !f.Contains("2026-01-", StringComparison.Ordinal));
            JsonNode check = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "night.json")))!["gate"]!["checks"]![0]!;
            Assert.Contains("2026-01-01", (string)check["baseline"]!, StringComparison.Ordinal);
            Age(folder, $"2026-01-{night + 1:00}");
        }

        // One lost row of six shows neither that too much was lost nor that it was not.
        Assert.Equal((int)ExitCode.Inconclusive, exitCodes[0]);
        Assert.Equal((int)ExitCode.Regression, exitCodes[^1]);
    }

    /// <summary>All right is not known to be at least 1, and no number of rows would tell.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("85")]
    public async Task Night_MinThatNothingReaches_IsJudged(string min)
    {
        TinyData.Fill(Folder);
        TinyData.WriteAnswers(Folder, "answers.jsonl", i => $"{2 * i}");
        CommandLineResult night = await NightAsync(SmallPlan($"gate: {{rules: [{{min: {min}}}]}}"));
        Assert.Equal((int)(min == "1" ? ExitCode.Inconclusive : ExitCode.Regression), night.ExitCode);
        Assert.Contains("no number of rows shows it", night.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", night.Output, StringComparison.Ordinal);
    }

    /// <summary>A score that changed with its data is not taken for a model that became worse without a word.</summary>
    [Fact]
    public async Task Night_DataThatChanged_IsNamedBesideTheRegression()
    {
        string plan = SmallPlan("gate: {baseline: {first: true}, rules: [{max_drop: 1}]}");
        await SucceedAsync(plan);
        Age(OnlyNight);
        TinyData.WriteShard(
            Folder["data"],
            "test-00000-of-00001.parquet",
            Enumerable.Range(0, 6).Select(i => TinyData.MakeRow(i) with { Answer = "another" }));
        CommandLineResult night = await NightAsync(plan);
        Assert.Contains("the data changed: org/tiny/main test", night.Output, StringComparison.Ordinal);
    }

    /// <summary>A damaged file of an old night takes nothing from what was computed tonight.</summary>
    [Theory]
    [InlineData("results.json")]
    [InlineData("samples/tiny.parquet")]
    public async Task Night_BaselineThatIsDamaged_IsUndecidedWithASummary(string file)
    {
        string plan = SmallPlan("gate: {baseline: {first: true}, rules: [{max_drop: 50}]}\nreport: {html: true}");
        await SucceedAsync(plan);
        Age(OnlyNight);
        await File.WriteAllTextAsync(Path.Combine(OnlyNight, "replay-cpu-tiny", file), "{");
        CommandLineResult night = await NightAsync(plan);
        Assert.Equal((int)ExitCode.Inconclusive, night.ExitCode);
        Assert.Contains("gate: undecided", night.Output, StringComparison.Ordinal);
        Assert.Contains($"{Path.GetFileName(file)}: damaged", night.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 1 runs finished", night.Output, StringComparison.Ordinal);
    }

    /// <summary>Rules of which none could be judged say nothing; that is not fine.</summary>
    [Fact]
    public async Task Night_NoRuleDecided_IsUndecided()
    {
        string plan = SmallPlan("gate: {rules: [{task: tiny, min: 0.8}]}");
        CommandLineResult night = await CommandLine.RunAsync("nightly", plan, "--output", Nights);
        Assert.Equal((int)ExitCode.Inconclusive, night.ExitCode);
        Assert.Contains("gate: undecided; of 1 checks 0 fine, 0 regressions, 1 inconclusive", night.Output, StringComparison.Ordinal);
    }

    /// <summary>
    /// The first night has nothing to be compared with and asks all rows; later ones stop once they are decided, and are compared with it.
    /// </summary>
    [Fact]
    public async Task Night_Decide_StopsEarly_AndTellsTheGate()
    {
        const int rows = 400;
        Folder.Write("tasks/sums.csv", "n,answer\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i},{i + 1}\n")));
        Folder.Write("tasks/sums.yaml", """
            {task: sums, dataset_path: ./sums.csv, test_split: test, doc_to_text: 'After {{n}} comes', doc_to_target: answer,
             generation_kwargs: {until: ["\n"]}, metric_list: [{metric: exact_match}]}
            """);
        void Write(Func<int, bool> isRight) => Folder.Write("answers.jsonl", string.Join('\n', Enumerable.Range(0, rows).Select(
            i => JsonSerializer.Serialize(new { context = $"After {i} comes", response = isRight(i) ? $"{i + 1}" : "no" }))));
        string plan = SmallPlan("gate: {baseline: {first: true}, decide: 10, rules: [], culprit: true}", tasks: "sums");
        JsonNode? culprits = null;
        async Task<(int ExitCode, JsonNode Check)> NightAsync(string day)
        {
            int code = (await CommandLine.RunAsync("nightly", plan, "--output", Nights)).ExitCode;
            string folder = Directory.GetDirectories(Nights).Single(f => !f.Contains("2026-01-", StringComparison.Ordinal));
            JsonNode night = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "night.json")))!;
            culprits = night["culprits"];
            Age(folder, day);
            return (code, night["gate"]!["checks"]![0]!);
        }

        Write(i => i % 10 != 0);
        Assert.Equal("no_baseline", (string)(await NightAsync("2026-01-01")).Check["verdict"]!);
        (int same, JsonNode fine) = await NightAsync("2026-01-02");
        Assert.Equal((0, "fine"), (same, (string)fine["verdict"]!));
        Assert.InRange((int)fine["rows"]!, 50, rows - 1);
        Assert.Contains($"decided after {fine["rows"]} of {rows} rows", (string)fine["remark"]!, StringComparison.Ordinal);
        Write(i => i % 3 != 0);
        (int worse, JsonNode fallen) = await NightAsync("2026-01-03");
        Assert.Equal(((int)ExitCode.Regression, "regression"), (worse, (string)fallen["verdict"]!));
        // The answers were replaced where they are, so that nothing can be set back; that is what it says.
        Assert.Contains("model", (string)culprits![0]!["sentence"]!, StringComparison.Ordinal);
        Assert.EndsWith("2026-01-01/replay-cpu-sums", ((string)fallen["baseline"]!).Replace('\\', '/'), StringComparison.Ordinal);
    }
}
