using System.Globalization;
using System.Text.Json.Nodes;
using EvalHarness.Nightly;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Cli.Slurm;

namespace EvalHarness.Tests.Nightly;

/// <summary>Nights with a run on Slurm, whose programs have stand-ins: a start submits it, and a later one collects it.</summary>
public sealed class NightSlurmTests : IDisposable
{
    private const string FirstCalls = "sbatch --parsable --array=1-4 --time=5 FOLDER/nights/DATE/replay-cpu-far/slurm/parts.sh\n"
        + "sbatch --parsable --dependency=afterok:101 FOLDER/nights/DATE/replay-cpu-far/slurm/merge.sh";

    private readonly SlurmStandIns _slurm = new();

    public void Dispose() => _slurm.Dispose();

    private string Nights => _slurm["nights"];

    private static string Today => DateTime.Now.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Writes a plan with a run in four parts on Slurm, whose jobs in the night of a date the stand-ins then know.</summary>
    private string Plan(string near = ", {tasks: tiny, name: near}", string date = "")
    {
        _slurm.Run = Path.Combine(Nights, date.Length == 0 ? Today : date, "replay-cpu-far");
        return _slurm.Folder.Write("plan.yaml", $$"""
            models: [{model: 'replay:{{_slurm["answers.jsonl"]}}', name: replay}]
            tasks: [{tasks: tiny, name: far, where: slurm, parts: 4, sbatch: [--time=5]}{{near}}]
            options: {include_path: ['{{_slurm["tasks"]}}'], datasets: '{{_slurm["data"]}}'}
            gate: {rules: [{task: tiny, min: 0.1}]}

            """);
    }

    private CommandLineResult Start(string plan, params string[] more) => _slurm.Start(["nightly", plan, "--output", Nights, .. more]);

    private string Calls() => string.Join('\n', _slurm.TakeCalls()).Replace(Today, "DATE", StringComparison.Ordinal);

    private Night Night(string date = "") => EvalHarness.Nightly.Night.Read(Path.Combine(Nights, date.Length == 0 ? Today : date));

    [Fact]
    public async Task RunOnSlurm_IsSubmitted_Waits_AndIsCollectedAndJudged()
    {
        string plan = Plan();
        CommandLineResult first = Start(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, first.ExitCode);
        Assert.Equal(FirstCalls, Calls());
        Assert.Matches(@"replay-cpu-far +\| waits for Slurm +\| +1 .*\| submitted", first.Output);
        Assert.Contains(
            "1 of 2 runs finished; on Slurm, to be collected by a later start: replay-cpu-far", first.Output, StringComparison.Ordinal);
        Assert.Equal((null, null, true), (Night().Ended, Night().Gate, Night().Waits));
        Assert.False(File.Exists(Path.Combine(Nights, Today, "summary.md")));

        _slurm.SetQueue("101|1|RUNNING|None", "101|2|PENDING|Resources", "101|3|PENDING|Resources", "101|4|PENDING|Resources",
            "102|N/A|PENDING|Dependency");
        CommandLineResult check = Start(plan, "--check");
        Assert.Matches(@"replay-cpu-far +\| +\| Slurm, 4 parts \| waits for Slurm +\| submitted", check.Output);
        Assert.Matches(@"replay-cpu-near +\| +\| here +\| stays as it is", check.Output);
        CommandLineResult second = Start(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, second.ExitCode);
        Assert.Equal("", Calls());
        Assert.Contains("1 running, 3 pending of 4 parts", second.Output, StringComparison.Ordinal);

        await _slurm.MergeAsync();
        _slurm.SetQueue();
        CommandLineResult third = Start(plan);
        Assert.Equal("", Calls());
        Assert.True(third.ExitCode == 0, third.Output + third.Error);
        Assert.Contains("2 of 2 runs finished", third.Output, StringComparison.Ordinal);
        Assert.Equal(2, Night().Gate!.Checks.Count);
        Assert.All(Night().Cells, c => Assert.Single(c.Tries));
        Assert.True(File.Exists(Path.Combine(Nights, Today, "summary.md")));
        Assert.False(Directory.Exists(Path.Combine(_slurm.Run, "parts")));
        Assert.Equal(4, new RunFolder(_slurm.Run).ReadResults().Harness.Seconds.Parts);
        Assert.Contains("this night is over: nothing to do", Start(plan).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PartThatFailed_IsSubmittedAgainOnce()
    {
        string plan = Plan(near: "");
        Start(plan);
        Assert.Equal(FirstCalls, Calls());
        await _slurm.FinishAsync(1, 2, 3);
        await File.WriteAllTextAsync(Path.Combine(_slurm.Run, "slurm", "part-4.log"), "error: the GPU is gone\n");
        CommandLineResult again = Start(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, again.ExitCode);
        Assert.Contains("part 4 of 4 on Slurm failed: the GPU is gone", again.Error, StringComparison.Ordinal);
        Assert.Contains("sbatch --parsable --array=4 --time=5", Calls(), StringComparison.Ordinal);
        Assert.True(Night().Waits);

        CommandLineResult over = Start(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, over.ExitCode);
        Assert.DoesNotContain("sbatch", Calls(), StringComparison.Ordinal);
        Assert.Matches(@"replay-cpu-far +\| FAILED +\| +2 .*the GPU is gone", over.Output);
        Assert.NotNull(Night().Ended);
    }

    /// <summary>A cluster may take longer than a day, and the next night does not wait for it.</summary>
    [Fact]
    public async Task OldNightThatWaits_IsCollected_AndTodaysBegins()
    {
        string plan = Plan();
        Start(plan);
        string old = Path.Combine(Nights, Today, "night.json");
        JsonNode state = JsonNode.Parse(await File.ReadAllTextAsync(old))!;
        state["started"] = "2026-01-01T01:00:00+00:00";
        foreach (JsonNode? one in state["cells"]!.AsArray().SelectMany(c => c!["tries"]!.AsArray()))
            (one!["started"], one["seen"]) = ("2026-01-01T01:00:00+00:00", "2026-01-01T01:00:00+00:00");
        await File.WriteAllTextAsync(old, state.ToJsonString());
        Directory.Move(Path.Combine(Nights, Today), Path.Combine(Nights, "2026-01-01"));
        Plan(date: "2026-01-01");
        await _slurm.MergeAsync();
        Calls();
        // Another model by now: the old night keeps what it has measured.
        TinyData.WriteAnswers(_slurm.Folder, "answers.jsonl", _ => "no");

        CommandLineResult next = Start(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, next.ExitCode);
        Assert.Contains("2 of 2 runs finished", next.Output, StringComparison.Ordinal);
        Assert.Contains("on Slurm, to be collected by a later start: replay-cpu-far", next.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, Night("2026-01-01").Gate!.ExitCode);
        Assert.All(Night("2026-01-01").Cells, c => Assert.Equal((c.Name, 1), (c.RunName, c.Tries.Count)));
        Assert.Equal((true, false), (Night().Waits, Night("2026-01-01").Waits));
        Assert.Contains("--array=1-4", Calls(), StringComparison.Ordinal);
    }

    [Fact]
    public void MachineWithoutSlurm_FailsTheRunAndNotTheNight()
    {
        string plan = Plan();
        CommandLineResult result = _slurm.Start("/nowhere", ["nightly", plan, "--output", Nights]);
        Assert.Equal((int)ExitCode.NightIncomplete, result.ExitCode);
        NightTry failed = Assert.Single(Night().Cells[0].Tries);
        Assert.Equal((TryEnd.NotStarted, (int)ExitCode.Environment), (failed.End, failed.ExitCode));
        Assert.StartsWith("sbatch is not on the PATH", failed.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 2 runs finished", result.Output, StringComparison.Ordinal);
        Start(plan);
        Assert.Equal(FirstCalls, Calls());
    }
}
