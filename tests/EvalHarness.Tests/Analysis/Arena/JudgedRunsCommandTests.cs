using System.Text.Json.Nodes;
using EvalHarness.Cli;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Arena;

/// <summary><c>evalharness arena RUN RUN --judge MODEL</c> from run folders to files, tables and exit codes.</summary>
public sealed class JudgedRunsCommandTests : IDisposable
{
    private const int Rows = 12;

    private static readonly string TinyModel = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-fp32");

    private readonly TemporaryFolder _folder = new();

    private async Task<ArenaRun> TwoRunsAsync()
    {
        var run = new ArenaRun(_folder) { Rows = Rows };
        await run.AddAsync("good", i => i % 4 == 0 ? "0" : $"{2 * i}");
        await run.AddAsync("bad", i => i % 4 == 1 ? $"{2 * i}" : "1 or 2");
        return run;
    }

    private string[] Arguments(string judge, params string[] more) =>
    [
        "arena", _folder["good"], _folder["bad"], "--judge", judge, "--rubric", _folder.Write("rubric.txt", ArenaRun.Rubric),
        "--output", _folder["arena"], .. more,
    ];

    /// <summary>The verdicts of the right judge as a file: first a judge of this process gives them.</summary>
    private async Task<string> RecordAsync(ArenaRun run)
    {
        await run.RateAsync(ArenaRun.Judge(ArenaRun.Right), "good", "bad");
        string recorded = _folder["verdicts.jsonl"];
        File.Move(_folder["arena/judge.jsonl"], recorded);
        Directory.Delete(_folder["arena"], recursive: true);
        return recorded;
    }

    [Fact]
    public async Task RecordedVerdicts_GiveTablesFilesAndThePage()
    {
        string recorded = await RecordAsync(await TwoRunsAsync());
        CommandLineResult result = await CommandLine.SucceedAsync(Arguments($"replay:{recorded}"));
        Assert.StartsWith("24 battles on 12 documents, ", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"\| Same verdict in both orders +\| +1\.000 \[0\.\d+, 1\.000\] \| 12 pairs +\|", result.Output);
        Assert.Contains("judged by replay-verdicts\n", result.Output, StringComparison.Ordinal);
        string[] files = ["arena.html", "arena.json", "battles.jsonl", "judge.json", "judge.jsonl"];
        Assert.Equal(files, Directory.GetFiles(_folder["arena"]).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        string json = await File.ReadAllTextAsync(_folder["arena/arena.json"]);
        Assert.Contains("\"page\":\"arena\"", await File.ReadAllTextAsync(_folder["arena/arena.html"]), StringComparison.Ordinal);
        // The battles alone, rated again, give the same ratings; and a second start asks nothing and says the same.
        JsonNode rated = JsonNode.Parse(json)!;
        CommandLineResult again = await CommandLine.SucceedAsync("arena", "--battles", _folder["arena/battles.jsonl"], "--json");
        Assert.True(JsonNode.DeepEquals(rated["models"], JsonNode.Parse(again.Output)!["models"]));
        CommandLineResult second = await CommandLine.SucceedAsync(Arguments($"replay:{recorded}", "--json"));
        Assert.Equal(json, second.Output);
        Assert.Contains("24 answers of the judge are already there", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limit_TakesTheFirstDocuments()
    {
        string recorded = await RecordAsync(await TwoRunsAsync());
        CommandLineResult few = await CommandLine.SucceedAsync(Arguments($"replay:{recorded}", "--limit", "4", "--tasks", "sums"));
        Assert.StartsWith("8 battles on 4 documents", few.Output, StringComparison.Ordinal);
        CommandLineResult half = await CommandLine.SucceedAsync(Arguments($"replay:{recorded}", "--limit", "0.5", "--controls", "length"));
        Assert.StartsWith("12 battles on 6 documents", half.Output, StringComparison.Ordinal);
        Assert.Contains("with length held equal", half.Output, StringComparison.Ordinal);
    }

    /// <summary>The embedded model is no judge of sums: it says none of the verdicts, and no battle becomes a loss.</summary>
    [Fact]
    public async Task EmbeddedModelAsJudge_ErrsEveryBattle()
    {
        await TwoRunsAsync();
        CommandLineResult result = await CommandLine.RunAsync(Arguments(TinyModel, "--limit", "2", "--gen-kwargs", "max_gen_toks=4"));
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains("none of 4 battles has a verdict", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("the judge gave no grade", result.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(4, File.ReadAllLines(_folder["arena/errored.jsonl"]).Length);
        Assert.False(File.Exists(_folder["arena/arena.json"]));
    }

    [Fact]
    public async Task SomeWithoutVerdict_AreRatedWithoutAndSaid()
    {
        string recorded = await RecordAsync(await TwoRunsAsync());
        string[] lines = await File.ReadAllLinesAsync(recorded);
        await File.WriteAllLinesAsync(recorded, lines[..^2]);
        CommandLineResult result = await CommandLine.RunAsync(Arguments($"replay:{recorded}"));
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.StartsWith("22 battles on 11 documents", result.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 24 battles errored and are in no rating; the first is sums 11", result.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(2, (int)JsonNode.Parse(await File.ReadAllTextAsync(_folder["arena/arena.json"]))!["judge"]!["errored"]!);
    }

    /// <summary>Stopped when it says how many answers are there already, which is before it asks for the next one.</summary>
    [Fact]
    public async Task Stopped_SaysHowToGoOn()
    {
        string recorded = await RecordAsync(await TwoRunsAsync());
        await CommandLine.SucceedAsync(Arguments($"replay:{recorded}", "--limit", "4"));
        using var stop = new CancellationTokenSource();
        await using var error = new StoppingWriter(stop);
        int code = await Program.RunAsync(Arguments($"replay:{recorded}"), TextWriter.Null, error, stop.Token);
        Assert.Equal((int)ExitCode.Interrupted, code);
        Assert.Contains("stopped; continue with: ", error.ToString(), StringComparison.Ordinal);
        Assert.EndsWith($" --output {_folder["arena"]}\n", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder["arena"], "*.tmp"));
        CommandLineResult continued = await CommandLine.SucceedAsync(Arguments($"replay:{recorded}"));
        Assert.StartsWith("24 battles on 12 documents", continued.Output, StringComparison.Ordinal);
    }

    private sealed class StoppingWriter(CancellationTokenSource stop) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value!.Contains("already there", StringComparison.Ordinal))
                stop.Cancel();
        }
    }

    [Fact]
    public async Task Mistakes_AreOneLine()
    {
        ArenaRun run = await TwoRunsAsync();
        string judge = $"replay:{await RecordAsync(run)}";
        await ExpectAsync(ExitCode.Usage, "expected --judge MODEL", "arena", _folder["good"], _folder["bad"]);
        await ExpectAsync(ExitCode.Usage, "or two run folders or more", "arena", _folder["good"], "--judge", judge);
        await ExpectAsync(ExitCode.Usage, "is given twice", "arena", _folder["good"], _folder["good"] + "/", "--judge", judge);
        await ExpectAsync(ExitCode.Usage, "--battles and --judge together", "arena", "--battles", "x.csv", "--judge", judge);
        await ExpectAsync(ExitCode.Usage, "--concurrency is for endpoints", Arguments(judge, "--concurrency", "2"));
        await ExpectAsync(ExitCode.Usage, "--tasks none: no run has such a task", Arguments(judge, "--tasks", "none"));
        await ExpectAsync(ExitCode.Usage, "--verdicts A: expected what the judge says", Arguments(judge, "--verdicts", "A"));
        await ExpectAsync(ExitCode.Usage, "--grade: ", Arguments(judge, "--grade", "("));
        await ExpectAsync(ExitCode.Output, "is the folder of a run", [.. Arguments(judge)[..^1], _folder["good"]]);
        string[] arguments = Arguments(judge);
        _folder.Write("rubric.txt", "{{answer_a}} or what?");
        await ExpectAsync(ExitCode.Usage, "write {{ answer_b }} where it belongs", arguments);
        _folder.Write("rubric.txt", "{{answer_a}} {{answer_b}} {{nothing.x}}");
        await ExpectAsync(ExitCode.Usage, "rubric.txt: ", arguments);
    }

    private static async Task ExpectAsync(ExitCode code, string problem, params string[] arguments)
    {
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.Equal((code, ""), ((ExitCode)result.ExitCode, result.Output));
        Assert.Contains(problem, result.ErrorLine, StringComparison.Ordinal);
        Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    public void Dispose() => _folder.Dispose();
}
