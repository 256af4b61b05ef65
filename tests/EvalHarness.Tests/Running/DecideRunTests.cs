using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary><c>run --decide</c>: from the options to what the gate makes of the run. Answers are replayed.</summary>
public sealed class DecideRunTests : IDisposable
{
    private const int Rows = 800;

    private readonly TemporaryFolder _folder = new();

    public DecideRunTests()
    {
        _folder.Write("tasks/sums.csv", "n,answer\n" + string.Concat(Enumerable.Range(0, Rows).Select(i => $"{i},{i + 1}\n")));
        _folder.Write("tasks/sums.yaml", """
            task: sums
            dataset_path: ./sums.csv
            test_split: test
            doc_to_text: "After {{n}} comes"
            doc_to_target: "{{answer}}"
            generation_kwargs: {until: ["\n"]}
            metric_list: [{metric: exact_match}]

            """);
    }

    public void Dispose() => _folder.Dispose();

    private Task<CommandLineResult> RunAsync(string name, Func<int, bool> isRight, params string[] more)
    {
        _folder.Write($"{name}.jsonl", string.Join('\n', Enumerable.Range(0, Rows).Select(i => JsonSerializer.Serialize(
            new Dictionary<string, string> { ["context"] = $"After {i} comes", ["response"] = isRight(i) ? $"{i + 1}" : "no" }))));
        return CommandLine.RunAsync(
        [
            "run", "--model", $"replay:{_folder[$"{name}.jsonl"]}", "--tasks", "sums", "--include-path", _folder["tasks"], "--output",
            _folder[name], .. more,
        ]);
    }

    private string[] Decide(string points, params string[] more) => ["--decide", points, "--against", _folder["base"], .. more];

    private JsonNode Results(string name) => JsonNode.Parse(File.ReadAllText(_folder[$"{name}/results.json"]))!;

    private JsonNode Decision(string name) => Results(name)["evalharness"]!["decisions"]![0]!;

    private static bool Good(int i) => i % 10 != 0;

    [Fact]
    public async Task Run_ThatLosesNothing_IsFineAfterAFewRows()
    {
        await RunAsync("base", Good);
        CommandLineResult run = await RunAsync("same", Good, Decide("5"));
        Assert.Equal(0, run.ExitCode);
        JsonNode decision = Decision("same");
        Assert.Equal(
            ("sums", "fine", "exact_match,none"),
            ((string)decision["name"]!, (string)decision["verdict"]!, (string)decision["metric"]!));
        Assert.InRange((int)decision["rows"]!, 50, 300);
        Assert.Equal(Rows, (int)decision["available"]!);
        Assert.InRange((double)decision["high"]!, 0, 5);
        Assert.Equal((int)decision["rows"]!, (int)Results("same")["n-samples"]!["sums"]!["effective"]!);
        Assert.Contains($"sums: fine after {decision["rows"]} of {Rows} documents: lost 0 points", run.Output, StringComparison.Ordinal);
        Assert.Equal((int)decision["rows"]!, File.ReadLines(_folder["same/responses.jsonl"]).Count());
    }

    [Fact]
    public async Task Run_ThatLosesMuch_IsARegression_AndTheGateSaysTheSame()
    {
        await RunAsync("base", Good);
        await RunAsync("worse", i => i % 3 != 0, Decide("5"));
        JsonNode decision = Decision("worse");
        Assert.Equal("regression", (string)decision["verdict"]!);
        Assert.InRange((int)decision["rows"]!, 50, 300);
        Assert.InRange((double)decision["low"]!, 5, 30);
        string rules = _folder.Write("gate.yaml", "rules: [{task: sums, max_drop: 5}]");
        CommandLineResult gate = await CommandLine.RunAsync("gate", "--rules", rules, _folder["base"], _folder["worse"]);
        Assert.Equal((int)ExitCode.Regression, gate.ExitCode);
        Assert.Contains($"decided after {decision["rows"]} of {Rows} rows", gate.Output, StringComparison.Ordinal);
        CommandLineResult compare = await CommandLine.RunAsync("compare", _folder["base"], _folder["worse"]);
        Assert.Equal((int)ExitCode.Incomparable, compare.ExitCode);
        Assert.Contains("was stopped by --decide", compare.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A loss that is just allowed cannot be told from one that is not; then all documents were asked, and that is said.</summary>
    [Fact]
    public async Task Run_ThatLosesWhatIsAllowed_IsUndecided()
    {
        await RunAsync("base", Good);
        await RunAsync("close", i => Good(i) && i % 20 != 1, Decide("5"));
        Assert.Equal(("undecided", Rows), ((string)Decision("close")["verdict"]!, (int)Decision("close")["rows"]!));
    }

    /// <summary>Rows that an earlier run flipped come first, and the score is what all rows have, not what those have.</summary>
    [Fact]
    public async Task Flips_OfEarlierRuns_AreAskedFirst_AndWeighLess()
    {
        await RunAsync("base", Good);
        await RunAsync("earlier", i => Good(i) && i % 16 != 1);
        await RunAsync("uniform", Good, Decide("4"));
        await RunAsync("likely", Good, Decide("4", "--flips-from", _folder["earlier"]));
        Assert.Equal(50, (int)Decision("likely")["likely_flips"]!);
        long[] asked =
        [
            .. File.ReadLines(_folder["likely/responses.jsonl"]).Take(50).Select(l => (long)JsonNode.Parse(l)!["doc_id"]!),
        ];
        Assert.InRange(asked.Count(i => i % 16 == 1) / (double)asked.Length, 0.08, 0.3);
        double score = (double)Results("likely")["results"]!["sums"]!["exact_match,none"]!;
        Assert.InRange(score, 0.8, 0.98);
    }

    [Fact]
    public async Task Resume_GoesOnWhereItWas_AndDecidesTheSame()
    {
        await RunAsync("base", Good);
        await RunAsync("run", i => i % 3 != 0, Decide("5"));
        string before = Decision("run").ToJsonString();
        string journal = _folder["run/responses.jsonl"];
        File.WriteAllLines(journal, File.ReadLines(journal).Take(30).ToArray());
        File.Delete(_folder["run/results.json"]);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.Equal(before, Decision("run").ToJsonString());
    }

    [Theory]
    [InlineData("--decide", "0", "--decide 0: expected points (hundredths), above 0 and up to 100")]
    [InlineData("--decide", "1", "--decide needs --against")]
    [InlineData("--against", "x", "--against needs --decide")]
    [InlineData("--false-alarms", "0.05", "--false-alarms needs --decide")]
    public async Task Options_ThatDoNotFit_AreRefused(string option, string value, string said)
    {
        CommandLineResult run = await RunAsync("run", Good, option, value);
        Assert.Equal((int)ExitCode.Usage, run.ExitCode);
        Assert.Contains(said, run.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Base_ThatDoesNotFit_IsRefusedBeforeAnythingIsAnswered()
    {
        await RunAsync("base", Good, "--limit", "100");
        CommandLineResult fewer = await RunAsync("run", Good, Decide("5"));
        Assert.Equal((int)ExitCode.Usage, fewer.ExitCode);
        Assert.Contains("has no document 100 of task sums", fewer.ErrorLine, StringComparison.Ordinal);
        CommandLineResult other = await RunAsync(
            "run2", Good, Decide("5", "--limit", "100", "--system-instruction", "Count."));
        Assert.Equal((int)ExitCode.Incomparable, other.ExitCode);
        Assert.Contains("sums, document 0: this run asks otherwise than", other.ErrorLine, StringComparison.Ordinal);
    }
}
