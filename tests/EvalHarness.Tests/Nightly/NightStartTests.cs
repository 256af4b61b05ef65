using System.Diagnostics;
using EvalHarness.Cli;
using EvalHarness.Nightly;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly;

/// <summary>What a start does with a night that is there already.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class NightStartTests : NightFolder
{
    /// <summary>The same model under the same name is another one once its files are others.</summary>
    [Fact]
    public async Task Night_ModelThatWasReplaced_RunsAgainTheSameDay()
    {
        string plan = SmallPlan();
        await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        CommandLineResult nothing = await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Assert.Contains("this night is over: nothing to do", nothing.Error, StringComparison.Ordinal);
        TinyData.WriteAnswers(Folder, "answers.jsonl", _ => "no");
        CommandLineResult worse = await CommandLine.SucceedAsync("nightly", plan, "--output", Nights);
        Assert.Contains("the model's files have changed since replay-cpu-tiny was started", worse.Error, StringComparison.Ordinal);
        Assert.Contains("tiny 0.0000", worse.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny", "results.json")));
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny-2", "results.json")));
    }

    [Fact]
    public async Task Night_OtherCells_AreANightOfTheirOwn()
    {
        await CommandLine.SucceedAsync("nightly", SmallPlan(), "--output", Nights);
        string more = SmallPlan().Replace("plan.yaml", "more.yaml", StringComparison.Ordinal);
        await File.WriteAllTextAsync(more, (await File.ReadAllTextAsync(Folder["plan.yaml"])).Replace(
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

    /// <summary>Name, size and time of everything in the night.</summary>
    private string[] Files() =>
        [.. new DirectoryInfo(OnlyNight).EnumerateFiles("*", SearchOption.AllDirectories).Select(
            f => $"{f.FullName} {f.Length} {f.LastWriteTimeUtc.Ticks}").Order()];

    /// <summary>A model that was replaced would be judged by the numbers of the one before; so would other data and other tasks.</summary>
    [Theory]
    [InlineData(true, "the data has changed")]
    [InlineData(false, "the definitions of its tasks have changed")]
    public async Task Night_InputThatWasReplaced_RunsAgainTheSameDay(bool isData, string why)
    {
        string plan = SmallPlan();
        await SucceedAsync(plan);
        if (isData)
            TinyData.WriteShard(Folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(0, 5).Select(TinyData.MakeRow));
        else
            await File.AppendAllTextAsync(Folder["tasks/tiny.yaml"], "\nmetadata: {version: 2}\n");
        CommandLineResult again = await SucceedAsync(plan);
        Assert.Contains(
            $"{why} since replay-cpu-tiny was started; it runs again as replay-cpu-tiny-2", again.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny", "results.json")));
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny-2", "results.json")));
        Assert.Contains("nothing to do", (await SucceedAsync(plan)).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Again_MeasuresAnew_AndKeepsWhatWasMeasured()
    {
        string plan = SmallPlan();
        await SucceedAsync(plan);
        CommandLineResult again = await SucceedAsync(plan, "--again");
        Assert.Contains("replay-cpu-tiny: --again; it runs again as replay-cpu-tiny-2", again.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(OnlyNight, "replay-cpu-tiny", "results.json")));
        NightCell cell = Night.Read(OnlyNight).Cells.Single();
        Assert.Equal(("replay-cpu-tiny-2", 1), (cell.RunName, cell.Tries.Count));
    }

    /// <summary>What was left out, hung or crashed may be mended by the next start, which need not be the next day's.</summary>
    [Fact]
    public async Task Night_RunThatWasLeftOut_RunsAtTheNextStart()
    {
        CommandLineResult full = await NightAsync(SmallPlan("budget: {keep_free_megabytes: 1000000000}"));
        Assert.Equal((int)ExitCode.NightIncomplete, full.ExitCode);
        CommandLineResult next = await SucceedAsync(SmallPlan());
        Assert.Contains("it was left out before; it runs", next.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 1 runs finished", next.Output, StringComparison.Ordinal);
    }

    /// <summary>The same mistake in a task's data is not made twice, and is corrected at once.</summary>
    [Fact]
    public async Task Night_WrongInput_IsTriedAgainOnlyOnceItWasChanged()
    {
        string plan = SmallPlan();
        string shard = Path.Combine(Folder["data"], "org", "tiny", "main", "test-00000-of-00001.parquet");
        File.Move(shard, Folder["away"]);
        CommandLineResult missing = await NightAsync(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, missing.ExitCode);
        Assert.Contains("FAILED", missing.Output, StringComparison.Ordinal);
        CommandLineResult same = await NightAsync(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, same.ExitCode);
        Assert.Contains("nothing to do", same.Error, StringComparison.Ordinal);
        File.Move(Folder["away"], shard);
        Assert.Contains("1 of 1 runs finished", (await SucceedAsync(plan)).Output, StringComparison.Ordinal);
    }

    /// <summary>Rows that errored are asked again, and no others.</summary>
    [Fact]
    public async Task Night_SamplesThatErrored_AreAskedAgainAtTheNextStart()
    {
        string plan = SmallPlan();
        string answers = Folder["answers.jsonl"];
        string[] lines = await File.ReadAllLinesAsync(answers);
        await File.WriteAllLinesAsync(answers, lines.Skip(1));
        Assert.Equal((int)ExitCode.SamplesErrored, (await NightAsync(plan)).ExitCode);
        Assert.Contains("some of its samples errored; it goes on", (await NightAsync(plan)).Error, StringComparison.Ordinal);
    }

    /// <summary>Someone who looks at the terminal sees how far a run is; <c>script</c> gives the program one.</summary>
    [SkippableFact]
    public async Task Night_OnATerminal_ShowsHowFarTheRunIs()
    {
        Skip.IfNot(File.Exists("/usr/bin/script"), "there is no program 'script' to make a terminal");
        string model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");
        string plan = Folder.Write("plan.yaml", $"models: [{{model: '{model}'}}]\ntasks: [{{tasks: quick_mmlu}}]\n");
        using var terminal = Process.Start(new ProcessStartInfo(
            "/usr/bin/script",
            ["-qec", $"dotnet '{typeof(Program).Assembly.Location}' nightly '{plan}' --output '{Nights}'", Folder["typescript"]])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        })!;
        terminal.StandardInput.Close();
        string seen = await terminal.StandardOutput.ReadToEndAsync();
        await terminal.WaitForExitAsync();
        Assert.Contains("1 of 1 runs finished", seen, StringComparison.Ordinal);
        Assert.Matches(@"\r\x1b\[Ktiny-int4-cpu-quick_mmlu: \d+/390 \(\d+%\) quick_mmlu_\w+.* tokens/s", seen);
        // What is for the program that watches is in no log.
        string log = await File.ReadAllTextAsync(Path.Combine(OnlyNight, "logs", "tiny-int4-cpu-quick_mmlu.log"));
        Assert.DoesNotContain("progress: ", log, StringComparison.Ordinal);
    }
}
