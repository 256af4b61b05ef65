using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Scoring.Judging;

/// <summary>Judged runs of the embedded model, with the embedded model as the judge, as processes.</summary>
[Trait("Speed", "slow")]
public sealed class JudgedProcessTests : IDisposable
{
    private const int Kills = 10;

    private readonly TemporaryFolder _folder = new();

    public JudgedProcessTests()
    {
        Directory.CreateDirectory(_folder["tasks"]);
        File.Copy(Path.Combine(Shared.Repository, "docs", "rooms.csv"), _folder["tasks/rooms.csv"]);
        File.WriteAllText(_folder["tasks/rooms.yaml"], """
            task: rooms
            dataset_path: ./rooms.csv
            test_split: test
            doc_to_text: "{{story}} {{question}}"
            generation_kwargs: {max_gen_toks: 12, until: ["\n"]}
            judge:
              rubric: "What is {{completion}}?"
              rewording: "Which word says what {{completion}} is?"
              grade: '(\w+)\W*$'
              grades: {furniture: 1, clothing: 0}
              label: human
              labelled: answer
            """);
    }

    private static string Model(string variant) => Path.Combine(Shared.Repository, "src", "TinyModel", "models", $"tiny-{variant}");

    private string[] Arguments(string output, string judge = "fp32") =>
    [
        "run", "--model", Model("int8"), "--judge", Model(judge), "--tasks", "rooms", "--include-path", _folder["tasks"],
        "--apply-chat-template", "--output", _folder[output], "--quiet",
    ];

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Wherever a judged run is cut off, while it answers or while it judges, the resumed one gives the same.</summary>
    [Fact]
    public async Task Run_KilledAtTenMoments_ResumesToTheSame()
    {
        await CommandLine.SucceedAsync(Arguments("whole"));
        long size = Size("whole");
        var random = new Random(20261128);
        int answering = 0, judging = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            string name = $"killed{kill}";
            using (Process run = Start(Arguments(name)))
            {
                long at = (size * kill / Kills) + random.NextInt64(1, size / Kills);
                while (!run.HasExited && Size(name) < at)
                    await Task.Delay(2);
                run.Kill();
                await run.WaitForExitAsync();
            }

            bool isAnswered = File.Exists(_folder[$"{name}/judge.jsonl"]) && new FileInfo(_folder[$"{name}/judge.jsonl"]).Length > 0;
            (answering, judging) = isAnswered ? (answering, judging + 1) : (answering + 1, judging);
            bool begun = File.Exists(_folder[$"{name}/manifest.json"]);
            await CommandLine.SucceedAsync(begun ? ["run", "--resume", _folder[name], "--quiet"] : Arguments(name));
            RunComparison.AssertEqual(_folder["whole"], _folder[name]);
            Assert.Equal(Verdicts("whole"), Verdicts(name));
        }

        Assert.True(answering > 0 && judging > 0, $"{answering} kills came before the judge was asked, and {judging} later");
    }

    [Fact]
    public async Task Parts_Merged_AreTheWholeRun()
    {
        await CommandLine.SucceedAsync(Arguments("whole"));
        foreach (int part in (int[])[1, 2])
            await CommandLine.SucceedAsync([.. Arguments($"part{part}"), "--shard", $"{part}/2"]);
        await CommandLine.SucceedAsync("merge", _folder["part1"], _folder["part2"], "--output", _folder["merged"]);
        RunComparison.AssertEqual(_folder["whole"], _folder["merged"]);
        Assert.Equal(Verdicts("whole"), Verdicts("merged"));
        Assert.Equal(Harness("whole", "judges"), Harness("merged", "judges"));
        Assert.Equal(Harness("whole", "judge_tokens"), Harness("merged", "judge_tokens"));
    }

    [Fact]
    public async Task Recorded_GradesAgain_WithoutTheJudge()
    {
        await CommandLine.SucceedAsync(Arguments("whole"));
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder["whole/responses.jsonl"]}", "--judge", $"replay:{_folder["whole/judge.jsonl"]}",
            "--tasks", "rooms", "--include-path", _folder["tasks"], "--apply-chat-template", "--output", _folder["again"], "--quiet");
        Assert.Equal(Harness("whole", "judges"), Harness("again", "judges"));
        Assert.Equal(Harness("whole", "rows"), Harness("again", "rows"));
    }

    [Fact]
    public async Task Mistakes_AreOneLine()
    {
        string[] without = [.. Arguments("none").Where((_, i) => i is not (3 or 4))];
        CommandLineResult none = await CommandLine.RunAsync(without);
        Assert.Equal((int)ExitCode.Usage, none.ExitCode);
        Assert.EndsWith("task rooms is graded by a model; name it with --judge MODEL", none.ErrorLine, StringComparison.Ordinal);

        CommandLineResult idle = await CommandLine.RunAsync([.. Arguments("idle"), "--predict-only"]);
        Assert.Equal(
            ((int)ExitCode.Usage, $"error: --judge {Model("fp32")}: --predict-only grades nothing; leave it out"),
            (idle.ExitCode, idle.ErrorLine));

        CommandLineResult missing = await CommandLine.RunAsync(Arguments("missing", judge: "none"));
        Assert.Equal((int)ExitCode.Model, missing.ExitCode);
        Assert.StartsWith($"error: --judge {Model("none")}: ", missing.ErrorLine, StringComparison.Ordinal);

        await CommandLine.SucceedAsync([.. Arguments("run"), "--limit", "3"]);
        CommandLineResult other = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--judge", Model("int4"));
        Assert.Equal((int)ExitCode.ResumeRefused, other.ExitCode);
        Assert.Contains("--judge differs", other.ErrorLine, StringComparison.Ordinal);
    }

    private long Size(string run) => new[] { "responses.jsonl", "judge.jsonl" }
        .Select(name => new FileInfo(_folder[$"{run}/{name}"]))
        .Sum(file => file.Exists ? file.Length : 0);

    /// <summary>What the judge said, without times and checksums, in the order of tasks and documents.</summary>
    private IEnumerable<string> Verdicts(string run) => File.ReadLines(_folder[$"{run}/judge.jsonl"])
        .Select(line => JsonNode.Parse(line)!)
        .Select(line => $"{line["task"]} {line["doc_id"]} {line["index"]} {line["context_sha256"]} {line["response"]}")
        .Order(StringComparer.Ordinal);

    private string? Harness(string run, string key) =>
        JsonNode.Parse(File.ReadAllText(_folder[$"{run}/results.json"]))!["evalharness"]![key]?.ToJsonString();

    public void Dispose() => _folder.Dispose();
}
