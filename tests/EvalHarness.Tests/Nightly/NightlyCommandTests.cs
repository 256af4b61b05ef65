using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using EvalHarness.Cli;
using EvalHarness.Nightly;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Nightly;

/// <summary>Runs of <c>nightly</c>, from the plan to the reports.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class NightlyCommandTests : IDisposable
{
    private static readonly string Models = Path.Combine(Shared.Repository, "src", "TinyModel", "models");

    private readonly TemporaryFolder _folder = new();

    private string Nights => _folder["nights"];

    private string OnlyNight => Directory.GetDirectories(Nights).Single();

    /// <summary>
    /// Three models, one of which kills its process; three entries of tasks, one of which hangs; two devices, one of which no machine here
    /// has.
    /// </summary>
    private string FullPlan()
    {
        TinyData.Fill(_folder);
        WriteHangingTask();
        string crashing = CrashingModel.Create(Path.Combine(Models, "tiny-int4"), _folder["crashing"]);
        return _folder.Write("plan.yaml", $"""
            name: full
            models:
              - model: '{Path.Combine(Models, "tiny-int8")}'
              - model: '{Path.Combine(Models, "tiny-int4")}'
                workers: 2
              - model: '{crashing}'
            devices: [cpu, cuda]
            tasks:
              - tasks: tiny
              - tasks: quick_gsm8k
                limit: 60
              - tasks: hang
            options:
              include_path: ['{_folder["tasks"]}']
              datasets: '{Datasets()}'
            budget: {"{"}stalled_minutes: 0.15{"}"}
            """);
    }

    /// <summary>A task whose grader reads one line and then never ends.</summary>
    private void WriteHangingTask()
    {
        string grader = _folder.Write("hang.sh", "if read -r line; then exec sleep 1000; fi");
        string task = TinyData.Task.Replace("task: tiny", "task: hang", StringComparison.Ordinal);
        _folder.Write("tasks/hang.yaml", $"{task}\ngrader_command: [sh, '{grader}']");
    }

    /// <summary>The small task's shards and the embedded model's, under one root.</summary>
    private string Datasets()
    {
        Directory.CreateSymbolicLink(
            Path.Combine(_folder["data"], "evalharness"), Path.Combine(Shared.Repository, "datasets", "evalharness"));
        return _folder["data"];
    }

    private static Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private static async Task<(int ExitCode, string Output)> EndAsync(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    [Fact]
    public async Task Night_KilledFiveTimes_FinishesWhatCanBeOnceAndSaysWhyTheRestDidNot()
    {
        string plan = FullPlan();
        string[] arguments = ["nightly", plan, "--output", Nights];
        var random = new Random(20261121);
        for (int kill = 0; kill < 5; kill++)
        {
            using Process night = Start(arguments);
            Task<(int, string)> reading = EndAsync(night);
            await Task.Delay(random.Next(1_500, 7_000));
            Assert.False(night.HasExited, "the night ended before it was killed");
            night.Kill();
            await reading;
            await NothingIsLeftAsync();
        }

        using Process last = Start(arguments);
        (int exitCode, string output) = await EndAsync(last);
        Assert.Equal(((int)ExitCode.NightIncomplete, output), (exitCode, output));
        Night after = Night.Read(OnlyNight);
        Assert.Equal(18, after.Cells.Count);
        Assert.All(after.Cells, cell =>
        {
            bool should = cell.Device == "cpu" && cell.Model != "crashing" && cell.Tasks != "hang";
            Assert.True(cell.Finished == should, $"{cell.Name}: {JsonSerializer.Serialize(cell)}");
            Assert.True(cell.Tries.Count(t => t.End is not null) == (should ? 1 : 2), cell.Name);
            if (should)
                JournalAnswers.AssertEachOnce(Path.Combine(OnlyNight, cell.Name, "responses.jsonl"));
            string why = cell.Device == "cuda" ? "cuda"
                : cell.Model == "crashing" ? "the system ended it"
                : cell.Tasks == "hang" ? "wrote nothing for 0.15 minutes"
                : "";
            Assert.Contains(why, cell.Last!.Error ?? "", StringComparison.Ordinal);
            Assert.Contains(cell.Name, output, StringComparison.Ordinal);
        });

        Assert.Contains("CRASHED", output, StringComparison.Ordinal);
        Assert.Contains("HUNG", output, StringComparison.Ordinal);
        Assert.Contains("4 of 18 runs finished; not finished: ", output, StringComparison.Ordinal);
        XElement[] suites = [.. XDocument.Load(Path.Combine(OnlyNight, "junit.xml")).Root!.Elements("testsuite")];
        Assert.Equal((18, 14), (suites.Length, suites.Sum(s => (int)s.Attribute("errors")!)));

        string[] before = Files();
        using Process second = Start(arguments);
        (exitCode, output) = await EndAsync(second);
        Assert.Equal((int)ExitCode.NightIncomplete, exitCode);
        Assert.Contains("this night is over: nothing to do", output, StringComparison.Ordinal);
        Assert.Equal(before, Files());
    }

    /// <summary>Fails if a run, or a program that it has started, outlives the night that started it.</summary>
    private async Task NothingIsLeftAsync()
    {
        string[] left = [];
        for (int i = 0; i < 50; i++)
        {
            left =
            [
                .. Directory.EnumerateDirectories("/proc")
                    .Select(p => Path.Combine(p, "cmdline"))
                    .Where(File.Exists)
                    .Select(ReadAll)
                    .Where(c => c.Contains(_folder.Path, StringComparison.Ordinal)),
            ];
            if (left.Length == 0)
                return;
            await Task.Delay(100);
        }

        Assert.Fail($"left behind: {string.Join("; ", left)}");
    }

    /// <summary>Gives a file's text; empty where its process has ended meanwhile.</summary>
    private static string ReadAll(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Name, size and time of everything in the night.</summary>
    private string[] Files() =>
        [.. new DirectoryInfo(OnlyNight).EnumerateFiles("*", SearchOption.AllDirectories).Select(
            f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}").Order()];

    private string SmallPlan(string more = "", string tasks = "tiny")
    {
        if (!Directory.Exists(_folder["tasks"]))
            TinyData.Fill(_folder);
        return _folder.Write("plan.yaml", $$"""
            models: [{model: 'replay:{{_folder["answers.jsonl"]}}', name: replay}]
            tasks: [{tasks: {{tasks}}}]
            options: {include_path: ['{{_folder["tasks"]}}'], datasets: '{{_folder["data"]}}'}
            {{more}}

            """);
    }

    [Fact]
    public async Task Night_Gate_ComparesWithTheLastGoodNight()
    {
        string plan = SmallPlan("gate:\n  baseline: {last_good: true}\n  rules: [{task: tiny, max_drop: 1}]");
        CommandLineResult first = await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Assert.Contains("no baseline yet", first.Output, StringComparison.Ordinal);
        Age(OnlyNight);
        // The model became worse; the plan did not change.
        TinyData.WriteAnswers(_folder, "answers.jsonl", _ => "no");
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
        TinyData.WriteAnswers(_folder, "answers.jsonl", i => $"{2 * i}");
        await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Age(OnlyNight);
        var exitCodes = new List<int>();
        for (int night = 1; night <= 5; night++)
        {
            TinyData.WriteAnswers(_folder, "answers.jsonl", i => i < night ? "no" : $"{2 * i}");
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

    /// <summary>A rule that can never judge anything would be taken for one that found nothing, so the night does not start.</summary>
    [Theory]
    [InlineData("rules: [{model: other, min: 0.5}]", "names model other, device *, which no run of the plan has; expected one of replay-")]
    [InlineData("rules: [{task: tinny, min: 0.5}]", "names task tinny, which no run of the plan has; expected one of tiny")]
    [InlineData("rules: [{metric: accuracy, min: 0.5}]", "names metric accuracy, which no run of the plan has; expected one of exact")]
    [InlineData("baseline: {run: nowhere}, rules: [{max_drop: 1}]", "baseline: run: nowhere")]
    public async Task Night_RuleThatCanJudgeNothing_IsRefusedBeforeTheFirstRun(string gate, string said)
    {
        CommandLineResult result = await CommandLine.RunAsync("nightly", SmallPlan($"gate: {{{gate}}}"), "--output", Nights);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(Directory.Exists(Nights) ? Directory.GetDirectories(Nights) : []);
    }

    [Fact]
    public async Task Night_UnknownTask_IsRefusedBeforeTheFirstRun()
    {
        CommandLineResult result = await CommandLine.RunAsync("nightly", SmallPlan(tasks: "tinny"), "--output", Nights);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("cell replay-cpu-tinny", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>The same model under the same name is another one once its files are others.</summary>
    [Fact]
    public async Task Night_ModelThatWasReplaced_RunsAgainTheSameDay()
    {
        string plan = SmallPlan();
        await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        CommandLineResult nothing = await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Assert.Contains("this night is over: nothing to do", nothing.Error, StringComparison.Ordinal);
        TinyData.WriteAnswers(_folder, "answers.jsonl", _ => "no");
        CommandLineResult worse = await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Assert.Contains("the model's files have changed since replay-cpu-tiny was started", worse.Error, StringComparison.Ordinal);
        Assert.Contains("tiny 0.0000", worse.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny", "results.json")));
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny-2", "results.json")));
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
        _folder.Write("tasks/sums.csv", "n,answer\n" + string.Concat(Enumerable.Range(0, rows).Select(i => $"{i},{i + 1}\n")));
        _folder.Write("tasks/sums.yaml", """
            {task: sums, dataset_path: ./sums.csv, test_split: test, doc_to_text: 'After {{n}} comes', doc_to_target: answer,
             generation_kwargs: {until: ["\n"]}, metric_list: [{metric: exact_match}]}
            """);
        void Write(Func<int, bool> isRight) => _folder.Write("answers.jsonl", string.Join('\n', Enumerable.Range(0, rows).Select(
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

    /// <summary>Changes a night's date to another day.</summary>
    private void Age(string night, string day = "2026-01-01")
    {
        JsonNode state = JsonNode.Parse(File.ReadAllText(Path.Combine(night, "night.json")))!;
        state["started"] = $"{day}T01:00:00+00:00";
        File.WriteAllText(Path.Combine(night, "night.json"), state.ToJsonString());
        Directory.Move(night, Path.Combine(Nights, day));
    }

    [Fact]
    public async Task Night_WhileAnotherRuns_SaysSoAndLeaves()
    {
        string plan = SmallPlan();
        Directory.CreateDirectory(Nights);
        using FileStream? held = EvalHarness.Files.FileLock.Take(Path.Combine(Nights, ".lock"), keep: true);
        CommandLineResult result = await CommandLine.RunAsync("nightly", plan, "--output", Nights);
        Assert.Equal((int)ExitCode.AlreadyRunning, result.ExitCode);
        Assert.Contains("another nightly run is at work here", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Night_OtherCells_AreANightOfTheirOwn()
    {
        await CommandLine.SucceedAsync("nightly", SmallPlan(), "--output", Nights);
        string more = SmallPlan().Replace("plan.yaml", "more.yaml", StringComparison.Ordinal);
        await File.WriteAllTextAsync(more, (await File.ReadAllTextAsync(_folder["plan.yaml"])).Replace(
            "tasks: tiny}", "tasks: tiny, limit: 3}", StringComparison.Ordinal));
        await CommandLine.SucceedAsync("nightly", more, "--output", Nights);
        string[] nights = [.. Directory.GetDirectories(Nights).Order(StringComparer.Ordinal)];
        Assert.Equal(nights[0] + "-2", nights[1]);
    }

    /// <summary>Other rules and reports judge the same runs anew, and nothing is computed for that.</summary>
    [Fact]
    public async Task Night_OtherRules_JudgeTheSameRunsAnew()
    {
        await CommandLine.SucceedAsync("nightly", SmallPlan("gate: {rules: [{task: tiny, min: 0.1}]}"), "--output", Nights);
        string journal = Path.Combine(OnlyNight, "replay-cpu-tiny", "responses.jsonl");
        DateTime written = File.GetLastWriteTimeUtc(journal);
        // The log says what the run does, every half minute and at its end.
        string log = await File.ReadAllTextAsync(Path.Combine(OnlyNight, "logs", "replay-cpu-tiny.log"));
        Assert.Contains("results in ", log, StringComparison.Ordinal);
        string stricter = SmallPlan("gate: {rules: [{task: tiny, min: 0.999}]}\nreport: {html: true}");
        CommandLineResult judged = await CommandLine.RunAsync("nightly", stricter, "--output", Nights);
        Assert.Equal((int)ExitCode.Regression, judged.ExitCode);
        Assert.Equal(written, File.GetLastWriteTimeUtc(journal));
        Assert.Single(Night.Read(OnlyNight).Cells[0].Tries);
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny", "report.html")));
    }

    [Theory]
    [InlineData("budget: {cell: {minutes: 0.05}}", "OUT OF TIME", "took longer than 0.05 minutes")]
    [InlineData("budget: {cell: {megabytes: 0.001}}", "OUT OF DISK", "wrote more than 0.001 MB")]
    [InlineData("budget: {keep_free_megabytes: 1000000000}", "left out", "1000000000 MB are free on the disk")]
    [InlineData("budget: {night: {minutes: 0.05}}", "OUT OF TIME", "the night's 0.05 minutes were over")]
    public async Task Night_Budget_EndsWhatIsBeyondIt(string budget, string state, string why)
    {
        TinyData.Fill(_folder);
        WriteHangingTask();
        CommandLineResult result = await CommandLine.RunAsync("nightly", SmallPlan(budget, "hang"), "--output", Nights, "--quiet");
        Assert.Equal((int)ExitCode.NightIncomplete, result.ExitCode);
        Assert.Contains(state, result.Output, StringComparison.Ordinal);
        Assert.Contains(why, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Schema_InTheRepository_IsWhatTheProgramPrints() =>
        Assert.Equal(
            (await CommandLine.SucceedAsync("nightly", "--schema")).Output,
            await File.ReadAllTextAsync(Path.Combine(Shared.Repository, "docs", "nightly", "plan.schema.json")));

    public void Dispose() => _folder.Dispose();
}
