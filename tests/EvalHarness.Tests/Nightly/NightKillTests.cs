using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using EvalHarness.Nightly;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Nightly;

/// <summary>Nights that are killed, and cells that crash, hang, or use more than the plan allows.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class NightKillTests : NightFolder
{
    private static readonly string Models = Path.Combine(Shared.Repository, "src", "TinyModel", "models");

    /// <summary>
    /// Three models, one of which kills its process; three entries of tasks, one of which hangs; two devices, one of which no machine here
    /// has.
    /// </summary>
    private string FullPlan()
    {
        TinyData.Fill(Folder);
        WriteHangingTask();
        string crashing = CrashingModel.Create(Path.Combine(Models, "tiny-int4"), Folder["crashing"]);
        return Folder.Write("plan.yaml", $"""
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
              include_path: ['{Folder["tasks"]}']
              datasets: '{Datasets()}'
            budget: {"{"}stalled_minutes: 0.15{"}"}
            """);
    }

    /// <summary>The small task's shards and the embedded model's, under one root.</summary>
    private string Datasets()
    {
        Directory.CreateSymbolicLink(
            Path.Combine(Folder["data"], "evalharness"), Path.Combine(Shared.Repository, "datasets", "evalharness"));
        return Folder["data"];
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
            // A device that the program was not built for is known at once.
            Assert.True(cell.Tries.Count(t => t.End is not null) == (should || cell.Device == "cuda" ? 1 : 2), cell.Name);
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

        // The next start tries again what did not finish, and leaves alone what did.
        using Process check = Start([.. arguments, "--check", "--json"]);
        JsonArray cells = JsonNode.Parse(await check.StandardOutput.ReadToEndAsync())!["cells"]!.AsArray();
        await check.WaitForExitAsync();
        int Count(string step) => cells.Count(c => (string)c!["step"]! == step);
        Assert.Equal((13, 5), (Count("Stays"), Count("GoesOn")));
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
                    .Where(c => c.Contains(Folder.Path, StringComparison.Ordinal)),
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

    [Theory]
    [InlineData("budget: {cell: {minutes: 0.05}}", "OUT OF TIME", "took longer than 0.05 minutes")]
    [InlineData("budget: {cell: {megabytes: 0.001}}", "OUT OF DISK", "wrote more than 0.001 MB")]
    [InlineData("budget: {keep_free_megabytes: 1000000000}", "left out", "1000000000 MB are free on the disk")]
    [InlineData("budget: {night: {minutes: 0.05}}", "OUT OF TIME", "the night's 0.05 minutes were over")]
    public async Task Night_Budget_EndsWhatIsBeyondIt(string budget, string state, string why)
    {
        TinyData.Fill(Folder);
        WriteHangingTask();
        CommandLineResult result = await CommandLine.RunAsync("nightly", SmallPlan(budget, "hang"), "--output", Nights, "--quiet");
        Assert.Equal((int)ExitCode.NightIncomplete, result.ExitCode);
        Assert.Contains(state, result.Output, StringComparison.Ordinal);
        Assert.Contains(why, result.Output, StringComparison.Ordinal);
    }
}
