using System.Text.Json.Nodes;
using EvalHarness.Cli.Processes;
using EvalHarness.Nightly;
using EvalHarness.Nightly.Gating;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Nightly.Gating;

namespace EvalHarness.Tests.Nightly;

/// <summary>Runs of a night in several parts on this machine, and plans whose parts cannot be.</summary>
[Collection(nameof(StepSummary))]
public sealed class NightPartsTests : NightFolder
{
    private string PlanInParts(string more = "") => Folder.Write(
        "plan.yaml",
        File.ReadAllText(SmallPlan(more)).Replace("tasks: tiny}", "tasks: tiny, parts: 3}", StringComparison.Ordinal));

    private RunFolder Run => new(Path.Combine(OnlyNight, "replay-cpu-tiny"));

    [Fact]
    public async Task RunInParts_IsTheRunInOnePiece()
    {
        await SucceedAsync(SmallPlan());
        double? score = Run.ReadResults().Rows[0].Value;
        CommandLineResult again = await SucceedAsync(PlanInParts(), "--again");
        Assert.Contains("replay-cpu-tiny: --again", again.Error, StringComparison.Ordinal);
        RunReport inParts = new RunFolder(Run.FullPath + "-2").ReadResults();
        Assert.Equal((3, score), (inParts.Harness.Seconds.Parts, inParts.Rows[0].Value));
        Assert.Contains("nothing to do", (await SucceedAsync(PlanInParts())).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunInParts_ThatWasCutOff_GoesOnWithTheNextStart()
    {
        await SucceedAsync(PlanInParts());
        string state = Path.Combine(OnlyNight, "night.json");
        JsonNode night = JsonNode.Parse(await File.ReadAllTextAsync(state))!;
        RunOptions options = Run.ReadManifest().Options;
        night.AsObject().Remove("ended");
        night["cells"]![0]!["tries"]![0]!.AsObject().Remove("end");
        await File.WriteAllTextAsync(state, night.ToJsonString());
        Directory.Delete(Run.FullPath, recursive: true);
        using (PartsFolder begun = await PartsFolder.CreateAsync(Run.FullPath, options, 3))
            await CommandLine.SucceedAsync([.. begun.Arguments(2)]);
        DateTimeOffset computed = DateTimeOffset.UtcNow;

        CommandLineResult next = await SucceedAsync(PlanInParts());
        Assert.Contains("the night was cut off; it goes on", next.Error, StringComparison.Ordinal);
        Assert.Equal(3, Run.ReadResults().Harness.Seconds.Parts);
        RunSession second = Assert.Single(Run.ReadManifest().Sessions, s => s.Part == 2);
        Assert.True(second.Ended < computed);
    }

    /// <summary>Times of processes side by side are added up, and say nothing beside those of one process.</summary>
    [Fact]
    public async Task RunInParts_ItsTimesAreNotComparedWithThoseOfOnePiece()
    {
        const string gate = "gate: {baseline: {first: true}, rules: [{task: tiny, min: 0.1}, {max_slowdown: 2}, {max_memory_growth: 2}]}";
        await SucceedAsync(SmallPlan(gate));
        Age(OnlyNight);
        CommandLineResult result = await SucceedAsync(PlanInParts(gate));
        string night = Directory.GetDirectories(Nights).Single(n => Path.GetFileName(n) != "2026-01-01");
        GateCheck[] checks = [.. Night.Read(night).Gate!.Checks.Where(c => c.Limit is GateLimit.MaxSlowdown or GateLimit.MaxMemoryGrowth)];
        Assert.Equal(2, checks.Length);
        Assert.All(checks, c => Assert.Equal(
            (GateVerdict.Inconclusive,
                "the run was computed in 3 parts, and its baseline in one piece: their times and memory are not compared"),
            (c.Verdict, c.Remark)));
        Assert.Contains("are not compared", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parts: 65", "", "cell replay-cpu-tiny: here, 65 parts: --processes 65: expected 1 to 64 processes")]
    [InlineData("parts: 2, batch_size: auto", "", "cell replay-cpu-tiny: here, 2 parts: --processes 2 and --batch-size auto together")]
    [InlineData("where: slurm, batch_size: auto", "", "cell replay-cpu-tiny: Slurm: --shard and --batch-size auto together")]
    [InlineData("where: slurm, sbatch: [--array=1-3]", "", "cell replay-cpu-tiny: Slurm: --array=1-3 in sbatch: 'submit slurm' sets")]
    [InlineData("where: slurm, sbatch: [--signal=TERM@5]", "", "cell replay-cpu-tiny: Slurm: --signal=TERM@5 in sbatch: the script")]
    [InlineData("sbatch: [--time=5]", "", "sbatch: is for runs on Slurm, and the plan has none; give 'where: slurm', or leave sbatch out")]
    [InlineData(
        "parts: 2",
        "gate: {baseline: {first: true}, rules: [{task: tiny, decide: 1}]}",
        "cell replay-cpu-tiny: has parts, and the rule for task tiny has decide")]
    public async Task Mistake_IsOneLine(string entry, string more, string said)
    {
        string plan = SmallPlan(more);
        await File.WriteAllTextAsync(
            plan, (await File.ReadAllTextAsync(plan)).Replace("tasks: tiny}", $"tasks: tiny, {entry}}}", StringComparison.Ordinal));
        CommandLineResult result = await NightAsync(plan);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.StartsWith($"error: {plan}: {said}", Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
