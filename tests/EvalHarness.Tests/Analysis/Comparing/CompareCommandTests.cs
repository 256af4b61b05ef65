using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Comparing;

public sealed class CompareCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private async Task<string> RunAsync(string name, Func<int, string?> answer, string? task = null, params string[] more)
    {
        TinyData.Fill(_folder, task);
        TinyData.WriteAnswers(_folder, "answers.jsonl", answer);
        await CommandLine.RunAsync(
        [
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder[name], "--quiet", .. more,
        ]);
        return _folder[name];
    }

    private static async Task<JsonNode> CompareAsync(string left, string right) =>
        JsonNode.Parse((await CommandLine.SucceedAsync("compare", left, right, "--json")).Output)![0]!;

    private static string Right(int i) => $"{2 * i}";

    [Fact]
    public async Task Compare_Flips_AreCountedAndNamed()
    {
        string left = await RunAsync("left", i => i == 5 ? "0" : Right(i)),
            right = await RunAsync("right", i => i is 1 or 2 ? "wrong" : Right(i));
        JsonNode score = (await CompareAsync(left, right))["scores"]![0]!;
        Assert.Equal(
            ("tiny", "exact_match", 6, 0),
            ((string)score["task"]!, (string)score["metric"]!, (int)score["count"]!, (int)score["left_out"]!));
        Assert.Equal((5 / 6.0, 4 / 6.0), ((double)score["base"]!, (double)score["candidate"]!));
        Assert.Equal(-1 / 6.0, (double)score["difference"]!, 1e-12);
        Assert.Equal((2, 1), ((int)score["flips"]!["right_to_wrong"]!, (int)score["flips"]!["wrong_to_right"]!));
        // The normal deviate is (2 - 1) / sqrt(2 + 1).
        Assert.Equal(0.5637, (double)score["p"]!, 1e-4);
        Assert.Equal([1, 2, 5], score["flips"]!["documents"]!.AsArray().Select(d => (int)d!));
        Assert.Equal(0.5, (double)score["same_text"]!);
        // Differences -1, -1, 1 and three zeros about -1/6: squares 17/6, over 5 and 6.
        Assert.Equal(Math.Sqrt(17 / 6.0 / 5 / 6), (double)score["standard_error"]!, 1e-12);
        string table = (await CommandLine.SucceedAsync("compare", left, right)).Output;
        Assert.Contains("-0.1667 ± 0.3073", table, StringComparison.Ordinal);
    }

    /// <summary>A file whose rows lie in another order, as no version of this program writes them, gives the same numbers.</summary>
    [Fact]
    public async Task Compare_FileOutOfOrder_IsTheSame()
    {
        string left = await RunAsync("left", i => i == 5 ? "0" : Right(i)), right = await RunAsync("right", i => i < 2 ? "no" : Right(i));
        string expected = (await CompareAsync(left, right)).ToJsonString();
        IReadOnlyList<SampleRow> rows = await RunFolder.Open(right).ReadSamplesAsync("tiny", CancellationToken.None);
        await RunFolder.Open(right).WriteSamplesAsync("tiny", [.. rows.Reverse()], CancellationToken.None);
        Assert.Equal(expected, (await CompareAsync(left, right)).ToJsonString());
    }

    /// <summary>Documents of one run alone are left out of the comparison, wherever they lie.</summary>
    [Fact]
    public async Task Compare_RunsOfOtherDocuments_ComparesWhatBothHave()
    {
        string left = await RunAsync("left", Right, null, "--samples", "{\"tiny\": [0, 2, 3, 5]}"),
            right = await RunAsync("right", i => i == 3 ? "no" : Right(i), null, "--samples", "{\"tiny\": [1, 2, 3, 4]}");
        JsonNode score = (await CompareAsync(left, right))["scores"]![0]!;
        Assert.Equal((2, 4), ((int)score["count"]!, (int)score["left_out"]!));
        Assert.Equal([3], score["flips"]!["documents"]!.AsArray().Select(d => (int)d!));
    }

    [Fact]
    public async Task Compare_WithItself_AllIsZero()
    {
        string left = await RunAsync("left", i => i == 5 ? "0" : Right(i));
        JsonNode score = (await CompareAsync(left, left))["scores"]![0]!;
        JsonNode flips = score["flips"]!;
        Assert.Equal(
            (0.0, 0.0, 1.0, 0, 1.0),
            ((double)score["difference"]!, (double)score["standard_error"]!, (double)score["p"]!, (int)flips["wrong_to_right"]!,
                (double)score["same_text"]!));
        Assert.InRange((double)score["detectable"]!, 0.6, 0.95);
    }

    /// <summary>Tasks of 3 and of 6 questions that weigh the same, and a group of the small one alone.</summary>
    private async Task<string> RunGroupAsync(string name, int right, int rightOfSmall)
    {
        TinyData.Fill(_folder);
        string small = TinyData.Task.Replace("task: tiny", "task: small", StringComparison.Ordinal)
            .Replace("test_split: test", "test_split: train", StringComparison.Ordinal);
        _folder.Write("tasks/small.yaml", small.Replace("fewshot_split: train\n", "", StringComparison.Ordinal));
        const string metrics = "aggregate_metric_list: [{metric: exact_match, weight_by_size: false}]";
        _folder.Write("tasks/both.yaml", $"group: both\ntask: [small, tiny]\n{metrics}");
        _folder.Write("tasks/one.yaml", $"group: one\ntask: [small]\n{metrics}");
        string Line(int i, bool isRight) =>
            JsonSerializer.Serialize(new { context = $"Q: What is {i} + {i}?\nA:", response = isRight ? $"{2 * i}" : "no" });
        IEnumerable<string> lines =
        [
            .. Enumerable.Range(0, 6).Select(i => Line(i, i < right)),
            .. Enumerable.Range(10, 3).Select(i => Line(i, i < 10 + rightOfSmall)),
        ];
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder.Write("group.jsonl", string.Join('\n', lines))}", "--tasks", "both,one",
            "--include-path", _folder["tasks"], "--datasets", _folder["data"], "--output", _folder[name], "--quiet");
        return _folder[name];
    }

    /// <summary>
    /// In the base both tasks have the same mean, so that the mean over rows is that over tasks; the candidate loses one row of the small
    /// task. The candidate's own score and the difference are those of a mean over tasks.
    /// </summary>
    [Fact]
    public async Task Compare_GroupOfEqualWeights_IsTheMeanOfItsTasks()
    {
        string left = await RunGroupAsync("left", 6, 3), right = await RunGroupAsync("right", 6, 2);
        JsonNode[] scores = [.. (await CompareAsync(left, right))["scores"]!.AsArray().Select(s => s!)];
        JsonNode both = scores.Single(s => (string)s["task"]! == "both");
        Assert.Equal(-1 / 6.0, (double)both["difference"]!, 1e-12);
        Assert.Equal(5 / 6.0, (double)both["candidate"]!, 1e-12);
        Assert.True((bool)both["too_few_tasks"]!);
        string table = (await CommandLine.SucceedAsync("compare", left, right)).Output;
        Assert.Contains("only 2 tasks", table, StringComparison.Ordinal);

        // A group of one task is that task.
        JsonNode one = scores.Single(s => (string)s["task"]! == "one"), small = scores.First(s => (string)s["task"]! == "small");
        foreach (string key in (string[])["difference", "standard_error", "interval", "p", "base_interval", "candidate_interval"])
            Assert.Equal(small[key]!.ToJsonString(), one[key]!.ToJsonString());
    }

    /// <summary>Every verb prints the same interval for the same score.</summary>
    [Fact]
    public async Task Intervals_AreTheSameInEveryVerb()
    {
        string left = await RunGroupAsync("left", 4, 3);
        JsonNode both = (await CompareAsync(left, left))["scores"]!.AsArray().Single(s => (string)s!["task"]! == "both")!;
        (double low, double high) = ((double)both["base_interval"]!["low"]!, (double)both["base_interval"]!["high"]!);
        string interval = string.Create(CultureInfo.InvariantCulture, $"[{low:0.000}, {high:0.000}]");
        Assert.Contains(interval, (await CommandLine.SucceedAsync("show", left)).Output, StringComparison.Ordinal);
        JsonNode[] history = [.. JsonNode.Parse((await CommandLine.SucceedAsync("history", left, "--json")).Output)!.AsArray()!];
        JsonNode point = history.Single(s => (string)s["task"]! == "both")["points"]![0]!;
        Assert.Equal((low, high), ((double)point["low"]!, (double)point["high"]!));
        string rules = _folder.Write("gate.yaml", "rules: [{task: both, min: 0.1}]");
        JsonNode gate = JsonNode.Parse((await CommandLine.SucceedAsync("gate", "--rules", rules, left, left, "--json")).Output)!;
        Assert.Equal((low, high), ((double)gate["checks"]![0]!["low"]!, (double)gate["checks"]![0]!["high"]!));
    }

    /// <summary>Candidates with the same base are one family of tests.</summary>
    [Fact]
    public async Task Compare_SeveralCandidates_AreCorrectedTogether()
    {
        string left = await RunAsync("left", Right), right = await RunAsync("right", i => i < 5 ? "no" : Right(i));
        double p = (double)(await CompareAsync(left, right))["scores"]![0]!["p_holm"]!;
        CommandLineResult result = await CommandLine.SucceedAsync("compare", left, right, right, right, "--json");
        JsonArray three = JsonNode.Parse(result.Output)!.AsArray();
        Assert.All(three, c => Assert.Equal(3 * p, (double)c!["scores"]![0]!["p_holm"]!, 1e-12));
    }

    /// <summary>A run of lm-evaluation-harness, by its own sample files, is compared like any other.</summary>
    [Fact]
    public async Task Compare_WithImportedSamples_IsByTheSameSamples()
    {
        string left = await RunAsync("left", i => i == 5 ? "0" : Right(i), null, "--lm-eval-output", _folder["reference"]);
        await CommandLine.SucceedAsync(
            "import",
            Directory.GetFiles(_folder["reference"], "samples_*.jsonl", SearchOption.AllDirectories).Single(),
            "--output",
            _folder["imported"]);
        JsonNode score = (await CompareAsync(left, _folder["imported"]))["scores"]![0]!;
        Assert.Equal((6, 0.0, 1.0), ((int)score["count"]!, (double)score["difference"]!, (double)score["p"]!));
    }

    [Fact]
    public async Task Compare_ErroredAndMissing_AreLeftOutAndCounted()
    {
        string left = await RunAsync("left", Right), right = await RunAsync("right", i => i == 3 ? null : Right(i), null, "--limit", "5");
        JsonNode score = (await CompareAsync(left, right))["scores"]![0]!;
        Assert.Equal((4, 2, 1), ((int)score["count"]!, (int)score["left_out"]!, (int)score["errored"]!));
        Assert.Equal(1.0, (double)score["base"]!);
        // The errored sample could be lost, one of five, and could be as right as the base's.
        Interval lost = new PairedProportions(1, 0, 5).Interval(Interval.Normal95);
        Interval none = new PairedProportions(0, 0, 5).Interval(Interval.Normal95);
        Assert.Equal(-lost.High, (double)score["with_errored"]!["low"]!, 1e-9);
        Assert.Equal(-none.Low, (double)score["with_errored"]!["high"]!, 1e-9);
        string text = (await CommandLine.SucceedAsync("compare", left, right)).Output;
        Assert.Contains("With errored", text, StringComparison.Ordinal);
        Assert.Contains("Up to 1 samples of a score errored", text, StringComparison.Ordinal);
        Assert.Contains("Up to 1 samples of a score are left out, because one of the runs did not ask", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_OnePromptChanged_IsRefusedWithTheDifference()
    {
        string left = await RunAsync("left", Right);
        string changed = TinyData.Task.Replace(
            "Q: {{question}}\\nA:", "Q: {{question}}{% if answer == '6' %} Think.{% endif %}\\nA:", StringComparison.Ordinal);
        Assert.NotEqual(TinyData.Task, changed);
        string right = await RunAsync("right", Right, changed);
        CommandLineResult result = await CommandLine.RunAsync("compare", left, right);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("tiny, document 3: the prompts differ", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("from character 17 on", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("Think.", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_Markdown_IsATableWithNotes()
    {
        string left = await RunAsync("left", Right), right = await RunAsync("right", i => i == 2 ? "wrong" : Right(i));
        string[] lines = (await CommandLine.SucceedAsync("compare", left, right, "--markdown")).Output.Split('\n');
        Assert.Contains("| Task | Metric | n | Base | Candidate | Difference | Lost | Won | p | p Holm | Detectable | Same text |", lines);
        Assert.Contains(
            lines, l => l.StartsWith(@"| tiny | exact\_match,none ↑ | 6 | 1.0000 \[0.610, 1.000\] |", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("- Difference: candidate minus base", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Compare_NoTaskInCommon_IsRefused()
    {
        string left = await RunAsync("left", Right);
        TinyData.Fill(_folder, TinyData.Task.Replace("task: tiny", "task: other", StringComparison.Ordinal));
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "other", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder["right"], "--quiet");
        CommandLineResult result = await CommandLine.RunAsync("compare", left, _folder["right"]);
        Assert.Equal((int)ExitCode.Incomparable, result.ExitCode);
        Assert.Contains("no task in common", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_NoRun_SaysSo()
    {
        CommandLineResult result = await CommandLine.RunAsync("compare", _folder["nothing"], _folder["nothing"]);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("expected the folder of a run", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>Differences and flips once more, from lm-evaluation-harness's own sample files.</summary>
    [SharedFact]
    public async Task Compare_Quantized_EqualsACountOverTheSamples()
    {
        foreach (string variant in (string[])["fp32", "int4"])
            await CommandLine.SucceedAsync(
                "run", "--model", Shared.Model(variant), "--tasks", "mmlu_anatomy", "--datasets", Shared.Hub, "--limit", "60",
                "--output", _folder[variant], "--lm-eval-output", _folder[$"reference-{variant}"], "--quiet");
        JsonNode score = (await CompareAsync(_folder["fp32"], _folder["int4"]))["scores"]![0]!;
        double[][] counted = [.. ((string[])["fp32", "int4"]).Select(v => File.ReadLines(
            Directory.GetFiles(_folder[$"reference-{v}"], "samples_*.jsonl", SearchOption.AllDirectories).Single())
            .Select(line => JsonNode.Parse(line)!).OrderBy(s => (int)s["doc_id"]!).Select(s => (double)s["acc"]!).ToArray())];
        Assert.Equal(counted[1].Average() - counted[0].Average(), (double)score["difference"]!, 1e-12);
        Assert.Equal(counted[0].Zip(counted[1]).Count(p => p is (1, 0)), (int)score["flips"]!["right_to_wrong"]!);
        Assert.Equal(counted[0].Zip(counted[1]).Count(p => p is (0, 1)), (int)score["flips"]!["wrong_to_right"]!);
        Assert.True((int)score["flips"]!["right_to_wrong"]! > 0);
    }

    public void Dispose() => _folder.Dispose();
}
