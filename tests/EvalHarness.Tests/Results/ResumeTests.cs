using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

[Trait("Speed", "slow")]
public sealed class ResumeTests(WholeRuns whole) : IClassFixture<WholeRuns>, IDisposable
{
    private const int Kills = 8;

    private readonly TemporaryFolder _folder = new();

    private string[] Arguments(string output) => WholeRuns.Arguments("int8", _folder[output]);

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    /// <summary>Wherever a run is cut off, the resumed one gives an uninterrupted run's files.</summary>
    [SharedFact]
    public async Task Run_KilledAtRandomMoments_ResumesToTheSameFiles()
    {
        string expected = await whole.OfAsync("int8");
        long size = new FileInfo(Path.Combine(expected, "responses.jsonl")).Length;
        var random = new Random(20261121);
        int withResponses = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            string name = $"killed{kill}";
            using (Process run = Start(Arguments(name)))
            {
                // The first kill comes before there is an answer, the others at a length of the journal, so that a busy machine changes
                // nothing.
                long at = kill == 0 ? 0 : random.NextInt64(1, size);
                while (!run.HasExited && (kill == 0 ? !File.Exists(_folder[$"{name}/manifest.json"]) : Size(name) < at))
                    await Task.Delay(5);
                run.Kill();
                await run.WaitForExitAsync();
            }

            withResponses += Size(name) is > 0 and var reached && reached < size ? 1 : 0;
            // Killed before its manifest was written, a run has nothing to resume and is started again.
            bool begun = File.Exists(_folder[$"{name}/manifest.json"]);
            using Process again = begun ? Start("run", "--resume", _folder[name]) : Start(Arguments(name));
            string error = await again.StandardError.ReadToEndAsync();
            await again.WaitForExitAsync();
            Assert.True(again.ExitCode == 0, error);
            RunComparison.AssertEqual(expected, _folder[name]);
            AssertTotals(_folder[name]);
        }

        Assert.True(withResponses >= Kills / 2, $"only {withResponses} of {Kills} kills came in the middle of the run");
    }

    /// <summary>The totals of a run are the sums over its starts, those that were killed included.</summary>
    private static void AssertTotals(string run)
    {
        IReadOnlyList<RunSession> sessions = RunFolder.Open(run).ReadManifest().Sessions;
        HarnessReport report = RunFolder.Open(run).ReadResults().Harness;
        Assert.All(sessions, s => Assert.NotNull(s.Work));
        Assert.Equal(sessions.Sum(s => s.Work!.Usage.PromptTokensComputed), report.Usage.PromptTokensComputed);
        Assert.Equal(sessions.Sum(s => s.Work!.Seconds.Total), report.Seconds.Total, 1e-9);
        Assert.Equal(sessions.Max(s => s.Work!.Seconds.PeakMemory), report.Seconds.PeakMemory);
    }

    private long Size(string run) =>
        File.Exists(_folder[$"{run}/responses.jsonl"]) ? new FileInfo(_folder[$"{run}/responses.jsonl"]).Length : 0;

    /// <summary>Two runs of one model are the same; the quantization levels of one model are not.</summary>
    [SharedFact]
    public async Task Run_EachVariantTwice_EqualsItselfAndNoOther()
    {
        var scores = new HashSet<string>();
        foreach (string variant in (string[])["fp32", "int8", "int4"])
        {
            string first = await whole.OfAsync(variant);
            await CommandLine.SucceedAsync([.. WholeRuns.Arguments(variant, _folder[variant]), "--quiet"]);
            RunComparison.AssertEqual(first, _folder[variant]);
            scores.Add((await CommandLine.SucceedAsync("show", first, "--task", "mmlu_anatomy", "--doc", "0", "--json")).Output);
        }

        Assert.Equal(3, scores.Count);
    }

    [SharedFact]
    public async Task Run_Interrupted_SaysHowToResumeAndExits130()
    {
        using Process run = Start([.. Arguments("stopped")[..^4], "--limit", "500", "--output", _folder["stopped"]]);
        string journal = _folder["stopped/responses.jsonl"];
        while (!File.Exists(journal) || new FileInfo(journal).Length == 0)
            await Task.Delay(20);
        using Process signal = Process.Start("/bin/sh", ["-c", $"kill -{(InterruptIsIgnored() ? "TERM" : "INT")} {run.Id}"]);
        string error = await run.StandardError.ReadToEndAsync();
        await run.WaitForExitAsync();
        Assert.Equal(130, run.ExitCode);
        Assert.Contains($"stopped; continue with: evalharness run --resume {_folder["stopped"]}", error, StringComparison.Ordinal);
        RunSession session = Assert.Single(RunFolder.Open(_folder["stopped"]).ReadManifest().Sessions);
        Assert.Equal(RunSession.Interrupted, session.End);
        Assert.InRange(session.Work!.Seconds.Total, 0.001, (session.Ended! - session.Started).Value.TotalSeconds);
        Assert.True(session.Work.Usage.PromptTokensComputed > 0);
        Assert.Equal(session.Work.Usage, Assert.Single(session.Work.Tasks).Value.Usage);
    }

    /// <summary>
    /// A shell starts background jobs with Ctrl-C ignored, and their children inherit that. The program stops the same way on SIGTERM.
    /// </summary>
    private static bool InterruptIsIgnored()
    {
        const string field = "SigIgn:", file = "/proc/self/status";
        string? mask = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith(field, StringComparison.Ordinal)) : null;
        // Bit n-1 is signal n; SIGINT is 2.
        return mask is not null && (Convert.ToUInt64(mask[field.Length..].Trim(), 16) & 2) != 0;
    }

    [Theory]
    [InlineData("limit", "--limit differs: the run had 4, now it is 5")]
    [InlineData("seed", "seed differs: the run had 1234, now it is 7")]
    [InlineData("model", "model file answers.jsonl differs")]
    [InlineData("task", "task tiny differs")]
    [InlineData("shard", "shard org/tiny/main/test-00000-of-00001.parquet differs")]
    public async Task Resume_WhatDiffers_IsRefusedByName(string what, string fragment)
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--limit", "4"));
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        if (what == "task")
            _folder.Write("tasks/tiny.yaml", TinyData.Task + "\ndescription: other");
        if (what == "shard")
            TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(1, 6).Select(TinyData.MakeRow));
        string[] options = what switch
        {
            "limit" => ["--limit", "5"],
            "seed" => ["--seed", "7"],
            "model" => ["--model", $"replay:{_folder.Write("other.jsonl", "")}"],
            _ => [],
        };
        CommandLineResult result = await CommandLine.RunAsync(["run", "--resume", _folder["run"], .. options]);
        Assert.True(result.ExitCode == (int)ExitCode.ResumeRefused, result.Error);
        Assert.Contains(fragment, result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>What weighs a group's tasks, and a program that grades, decide scores without being in a task's definition.</summary>
    [Theory]
    [InlineData("group", "group both differs")]
    [InlineData("program", "grader file grade.sh differs")]
    public async Task Resume_WhatDecidesScoresBesideTasks_IsRefusedByName(string what, string fragment)
    {
        TinyData.Fill(_folder, TinyData.Task + (what == "program" ? "\ngrader: command\ngrader_command: [sh, grade.sh]" : ""));
        string group = "group: both\ntask: [tiny]\naggregate_metric_list: [{metric: exact_match, weight_by_size: true}]";
        _folder.Write("tasks/both.yaml", group);
        const string program = "sed -E 's/.*\"id\": ?([0-9]+).*/{\"id\": \\1, \"scores\": {\"exact_match\": 1}}/'\n";
        _folder.Write("tasks/grade.sh", program);
        string[] run = TinyData.Run(_folder);
        run[Array.IndexOf(run, "tiny")] = "both";
        await CommandLine.SucceedAsync(run);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        if (what == "group")
            _folder.Write("tasks/both.yaml", group.Replace("true", "false", StringComparison.Ordinal));
        else
            _folder.Write("tasks/grade.sh", program + "# changed\n");
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"]);
        Assert.True(result.ExitCode == (int)ExitCode.ResumeRefused, result.Error);
        Assert.Contains(fragment, result.ErrorLine, StringComparison.Ordinal);
    }

    private string[] Files() =>
    [
        .. Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(
            f => $"{f} {File.GetLastWriteTimeUtc(f):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(f)))}"),
    ];

    /// <summary>Started again, a finished run would compute nothing, and its totals would grow by the time of every start.</summary>
    [Fact]
    public async Task Resume_FinishedRun_IsLeftAsItIs()
    {
        TinyData.Fill(_folder);
        string prices = _folder.Write("prices.yaml", "currency: EUR\nmodels: {replay-answers: {per_hour: 1}}");
        string[] options = ["--prices", prices, "--lm-eval-output", _folder["lm-eval"]];
        CommandLineResult first = await CommandLine.SucceedAsync(TinyData.Run(_folder, options));
        string[] before = Files();
        foreach (string[] more in (string[][])[[], options])
        {
            CommandLineResult second = await CommandLine.SucceedAsync(["run", "--resume", _folder["run"], .. more]);
            Assert.Equal((first.Output, $"{_folder["run"]} is finished already"), (second.Output, second.ErrorLine));
            Assert.Equal(before, Files());
        }

        File.Delete(_folder["run/samples/tiny.parquet"]);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.True(File.Exists(_folder["run/samples/tiny.parquet"]));
    }

    /// <summary>
    /// Another version of the engine gives other numbers, so a run that is half one and half the other would belong to neither.
    /// </summary>
    [SharedFact]
    public async Task Resume_EngineOfAnotherVersion_IsRefused()
    {
        string run = _folder["run"], manifest = Path.Combine(run, "manifest.json");
        await CommandLine.SucceedAsync(
            "run", "--model", Shared.Model("int4"), "--tasks", "mmlu_anatomy", "--limit", "2", "--datasets", Shared.Hub, "--output", run,
            "--quiet");
        JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!;
        JsonNode versions = json["model"]!["versions"]!;
        Assert.Equal(
            (GenAiRuntime.Version, GenAiRuntime.OnnxRuntimeVersion),
            ((string)versions["Microsoft.ML.OnnxRuntimeGenAI"]!, (string)versions["ONNX Runtime"]!));
        versions["Microsoft.ML.OnnxRuntimeGenAI"] = "0.15.2";
        await File.WriteAllTextAsync(manifest, json.ToJsonString());
        CommandLineResult result = await CommandLine.RunAsync(["run", "--resume", run]);
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains(
            $"Microsoft.ML.OnnxRuntimeGenAI differs: the run had 0.15.2, now it is {GenAiRuntime.Version}",
            result.ErrorLine,
            StringComparison.Ordinal);
    }

    /// <summary>
    /// Scores and completions do not know whether prefixes were shared, or how many sequences were computed side by side.
    /// </summary>
    [SharedTheory]
    [InlineData("--no-prefix-reuse")]
    [InlineData("--workers", "2")]
    public async Task Run_AnotherWay_GivesTheSameFiles(params string[] way)
    {
        await CommandLine.SucceedAsync([.. Arguments("another"), .. way, "--quiet"]);
        RunComparison.AssertEqual(await whole.OfAsync("int8"), _folder["another"]);
    }

    /// <summary>A resumed run decides about batches by the rates that its first start measured, and does not measure again.</summary>
    [SharedFact]
    public async Task Resume_AutomaticBatches_ChoosesByTheFirstRunsRates()
    {
        string[] run =
        [
            "run", "--model", Shared.Model("int4"), "--tasks", "gsm8k", "--limit", "2", "--datasets", Shared.Hub,
            "--output", _folder["auto"], "--batch-size", "auto",
        ];
        CommandLineResult first = await CommandLine.SucceedAsync(run);
        Assert.Contains("force with --batch-size", first.Error, StringComparison.Ordinal);
        string manifest = await File.ReadAllTextAsync(_folder["auto/manifest.json"]);
        string journal = await File.ReadAllTextAsync(_folder["auto/responses.jsonl"]);
        await File.WriteAllTextAsync(_folder["auto/responses.jsonl"], journal[..(journal.IndexOf('\n', StringComparison.Ordinal) + 1)]);
        // A run that has its results is finished, and would be left as it is.
        File.Delete(_folder["auto/results.json"]);
        CommandLineResult second = await CommandLine.SucceedAsync("run", "--resume", _folder["auto"]);
        static string Choice(string error) => error.Split('\n').Single(l => l.Contains("force with", StringComparison.Ordinal));
        Assert.Equal(Choice(first.Error), Choice(second.Error));
        Assert.Contains("\"rates\"", manifest, StringComparison.Ordinal);
    }

    /// <summary>A run's own journal is a recording: graded again without the model, it gives the same numbers.</summary>
    [SharedFact]
    public async Task Journal_Replayed_GivesTheSameScores()
    {
        string model = await whole.OfAsync("int8");
        await CommandLine.SucceedAsync(
            ["run", "--model", $"replay:{Path.Combine(model, "responses.jsonl")}", .. Arguments("replayed")[3..], "--quiet"]);
        CommandLineResult first = await CommandLine.SucceedAsync("show", model),
            second = await CommandLine.SucceedAsync("show", _folder["replayed"]);
        // Below the table stands the cost of the model's work, which a replay does not have.
        Assert.Equal(first.Output.Split("\n\n")[0], second.Output.TrimEnd().Split("\n\n")[0]);
    }

    public void Dispose() => _folder.Dispose();
}
