using System.Diagnostics;
using System.Globalization;
using EvalHarness.Cli;
using EvalHarness.Cli.Processes;
using EvalHarness.Results;
using EvalHarness.Tests.Nightly;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Cli;

/// <summary>Runs in several processes: they give what one process gives, whatever happens to them.</summary>
[Trait("Speed", "slow")]
public sealed class PartsProcessTests : IDisposable
{
    private const int Kill = 9, Terminate = 15, Halt = 19;

    private readonly TemporaryFolder _folder = new();

    private static string Model(string variant) => Path.Combine(Shared.Repository, "src", "TinyModel", "models", variant);

    /// <summary>Takes some seconds, so that there is time to disturb it.</summary>
    private string[] Long(string output, params string[] more)
    {
        (string Name, string Value)[] usual =
        [
            ("--model", Model("tiny-int4")), ("--tasks", "quick_gsm8k"), ("--limit", "60"),
            ("--datasets", Path.Combine(Shared.Repository, "datasets")), ("--output", _folder[output]),
        ];
        return ["run", .. usual.Where(o => !more.Contains(o.Name)).SelectMany(o => (string[])[o.Name, o.Value]), .. more];
    }

    private static Process Start(IEnumerable<string> arguments, bool readsProgress = false)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (readsProgress)
            start.Environment[ProgressLine.Variable] = "1";
        return Process.Start(start)!;
    }

    private static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process process)
    {
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }

    /// <summary>The processes that work in a folder.</summary>
    private static int[] Processes(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Where(p => Path.GetFileName(p).All(char.IsAsciiDigit) && CommandLineOf(p).Split('\0').Contains(folder))
            .Select(p => int.Parse(Path.GetFileName(p), CultureInfo.InvariantCulture)),
    ];

    private static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return "";
        }
    }

    /// <summary>Sends a signal to the process of a part when it has answered something.</summary>
    private async Task SignalAsync(string run, int part, int signal)
    {
        string folder = _folder[$"{run}/parts/{part}"], journal = Path.Combine(folder, "responses.jsonl");
        var waited = Stopwatch.StartNew();
        while (!File.Exists(journal) || new FileInfo(journal).Length == 0 || Processes(folder).Length == 0)
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(2), "the part answers nothing");
            await Task.Delay(5);
        }

        Send(Processes(folder).Single(), signal);
    }

    private static void Send(int process, int signal) =>
        Assert.Equal(0, ExternalProgram.Run("kill", [$"-{signal}", $"{process}"]).ExitCode);

    private async Task AssertLikeOneAsync(string run, params string[] more)
    {
        await CommandLine.SucceedAsync(Long("one", ["--quiet", .. more]));
        AssertMerged("one", run);
    }

    private void AssertMerged(string one, string run)
    {
        RunComparison.AssertEqual(_folder[one], _folder[run]);
        Assert.Equal(
            Directory.GetFileSystemEntries(_folder[one]).Select(Path.GetFileName).Order(),
            Directory.GetFileSystemEntries(_folder[run]).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    // More than there are documents.
    [InlineData(7)]
    public async Task Run_Replay_GivesWhatOneProcessGives(int processes)
    {
        TinyData.Fill(_folder);
        string[] arguments = TinyData.Run(_folder);
        CommandLineResult one = await CommandLine.SucceedAsync(arguments);
        Directory.Move(_folder["run"], _folder["one"]);
        CommandLineResult several = await CommandLine.SucceedAsync([.. arguments, "--processes", $"{processes}"]);
        AssertMerged("one", "run");
        Assert.Equal(one.Output, several.Output);
        // It is a run as any other now.
        CommandLineResult again = await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.Contains("is finished already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SamplesErrored_SaysSoOnce()
    {
        TinyData.Fill(_folder);
        TinyData.WriteAnswers(_folder, "answers.jsonl", i => i == 3 ? null : $"{2 * i}");
        await CommandLine.RunAsync(TinyData.Run(_folder));
        Directory.Move(_folder["run"], _folder["one"]);
        CommandLineResult several = await CommandLine.RunAsync([.. TinyData.Run(_folder), "--processes", "2"]);
        Assert.Equal((int)ExitCode.SamplesErrored, several.ExitCode);
        Assert.Contains(
            "1 of 6 samples errored and are in no score; the first is tiny, document 3: ", several.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(2, several.Error.Split("error: ").Length);
        AssertMerged("one", "run");
    }

    [Fact]
    public async Task Run_Model_TellsHowFarAllAreTogether()
    {
        using Process run = Start(Long("run", "--processes", "2"), readsProgress: true);
        (int exitCode, string output, string error) = await EndAsync(run);
        Assert.True(exitCode == 0, error);
        Assert.Contains("exact_match", output, StringComparison.Ordinal);
        ProgressReport[] reports = [.. error.Split('\n').Select(ProgressReport.Parse).OfType<ProgressReport>()];
        Assert.NotEmpty(reports);
        Assert.All(reports, r => Assert.Equal((60, true), (r.Total, r.Done <= r.Total)));
        Assert.Contains(reports, r => r.What == "2 of 2 processes at work" && r.Tokens > 0);
        await AssertLikeOneAsync("run");
    }

    [Theory]
    [InlineData("--batch-size", "4")]
    [InlineData("--repeats", "2", "--gen-kwargs", "do_sample=true,temperature=0.8,top_p=0.9", "--limit", "10")]
    [InlineData("--tasks", "quick_gsm8k,quick_mmlu_food,quick_mmlu_numbers", "--limit", "12", "--threads", "2")]
    public async Task Run_BatchesSamplesAndTasks_GivesWhatOneProcessGives(params string[] more)
    {
        await CommandLine.SucceedAsync(Long("run", [.. more, "--processes", "3", "--quiet"]));
        await AssertLikeOneAsync("run", more);
    }

    [Fact]
    public async Task Run_OneProcessIsKilled_IsStartedAgain()
    {
        using Process run = Start(Long("run", "--processes", "2"));
        Task<(int ExitCode, string Output, string Error)> end = EndAsync(run);
        await SignalAsync("run", 2, Kill);
        (int exitCode, _, string error) = await end;
        Assert.True(exitCode == 0, error);
        Assert.Contains("part 2 of 2: the system ended it (code 137)", error, StringComparison.Ordinal);
        Assert.Contains("it is started again", error, StringComparison.Ordinal);
        await AssertLikeOneAsync("run");
    }

    [Fact]
    public async Task Run_OneProcessHangs_IsStartedAgain()
    {
        var options = RunOptions.Of(
            new Dictionary<string, IReadOnlyList<string>>
            {
                ["--model"] = [Model("tiny-int4")],
                ["--tasks"] = ["quick_gsm8k"],
                ["--limit"] = ["60"],
                ["--datasets"] = [Path.Combine(Shared.Repository, "datasets")],
            },
            earlier: null);
        using var error = new StringWriter();
        using (PartsFolder folder = await PartsFolder.CreateAsync(_folder["run"], options, 2))
        {
            Task<int> run = new PartsRun(folder) { StalledMinutes = 0.2 }
                .ExecuteAsync(json: false, quiet: false, TextWriter.Null, error, CancellationToken.None);
            await SignalAsync("run", 1, Halt);
            Assert.True(await run == 0, error.ToString());
        }

        Assert.Contains("part 1 of 2: wrote nothing for 0.2 minutes", error.ToString(), StringComparison.Ordinal);
        await AssertLikeOneAsync("run");
    }

    [Fact]
    public async Task Run_Killed_EndsItsProcessesAndGoesOn()
    {
        using Process run = Start(Long("run", "--processes", "2"));
        Task<(int ExitCode, string Output, string Error)> end = EndAsync(run);
        await SignalAsync("run", 2, Kill);
        run.Kill();
        await end;
        await NothingIsLeftAsync();
        long before = new FileInfo(_folder["run/parts/2/responses.jsonl"]).Length;
        CommandLineResult resumed = await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.True(before > 0, resumed.Error);
        await AssertLikeOneAsync("run");
    }

    private async Task NothingIsLeftAsync()
    {
        var waited = Stopwatch.StartNew();
        while (((int[])[1, 2]).Any(part => Processes(_folder[$"run/parts/{part}"]).Length > 0))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(10), "a process outlives the one that started it");
            await Task.Delay(50);
        }
    }

    [Fact]
    public async Task Run_Stopped_StopsAllGentlyAndGoesOn()
    {
        using Process run = Start(Long("run", "--processes", "2"));
        Task<(int ExitCode, string Output, string Error)> end = EndAsync(run);
        await SignalAsync("run", 1, 0);
        await SignalAsync("run", 2, 0);
        Send(run.Id, Terminate);
        (int exitCode, string output, string error) = await end;
        Assert.Equal(((int)ExitCode.Interrupted, ""), (exitCode, output));
        Assert.Equal($"stopped; continue with: {Invocation.Command} run --resume {_folder["run"]}", error.TrimEnd('\n').Split('\n')[^1]);
        Assert.All(
            ["1", "2"],
            part => Assert.Equal(RunSession.Interrupted, new RunFolder(_folder[$"run/parts/{part}"]).ReadManifest().Sessions[^1].End));
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        await AssertLikeOneAsync("run");
    }

    /// <summary>What is wrong for all parts is said once, as by one process.</summary>
    [Theory]
    [InlineData("--tasks", "nothing", ExitCode.Task)]
    [InlineData("--datasets", "nowhere", ExitCode.Data)]
    [InlineData("--model", "nowhere", ExitCode.Model)]
    [InlineData("--max-length", "1000000", ExitCode.Usage)]
    public async Task Run_WithWhatIsWrongForAll_SaysItOnce(string option, string value, ExitCode code)
    {
        CommandLineResult several = await CommandLine.RunAsync(Long("run", option, value, "--processes", "3"));
        CommandLineResult one = await CommandLine.RunAsync(Long("one", option, value));
        Assert.Equal((one.ExitCode, one.ErrorLine), (several.ExitCode, several.ErrorLine));
        Assert.Equal((int)code, several.ExitCode);
        Assert.Equal(2, several.Error.Split("error: ").Length);
    }

    [Fact]
    public async Task Run_ModelThatCrashes_IsGivenUpAndSaysHowToGoOn()
    {
        string model = CrashingModel.Create(Model("tiny-int4"), _folder["crashing"]);
        CommandLineResult result = await CommandLine.RunAsync(Long("run", "--model", model, "--processes", "2"));
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Matches(
            "^error: part 1 of 2: the system ended it \\(code \\d+\\): .* last of 3 starts that got no further; "
                + $".*--resume {_folder["run"]}",
            result.ErrorLine);
        Assert.Equal(4, result.Error.Split("it is started again").Length - 1);
    }

    public void Dispose() => _folder.Dispose();
}
