using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly;

/// <summary>What is known before the first run of a plan, by a start and by <c>--check</c>.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class NightRefusalTests : NightFolder
{
    /// <summary>A rule that can never judge anything would be taken for one that found nothing, so the night does not start.</summary>
    [Theory]
    [InlineData("rules: [{model: other, min: 0.5}]", "names model other, device *, which no run of the plan has; expected one of replay-")]
    [InlineData("rules: [{task: tinny, min: 0.5}]", "names task tinny, which no run of the plan has; expected one of tiny")]
    [InlineData("rules: [{metric: accuracy, min: 0.5}]", "names metric accuracy, which no run of the plan has; expected one of exact")]
    [InlineData("rules: [{metric: exact_match@7, min: 0.5}]", "names metric exact_match@7, which no run of the plan has")]
    [InlineData("baseline: {first: true}, rules: [{task: tinny, max_slowdown: 1.5}]", "names task tinny")]
    [InlineData("baseline: {run: nowhere}, rules: [{max_drop: 1}]", "baseline: run: nowhere")]
    [InlineData("baseline: {run: ''}, rules: [{max_drop: 1}]", "baseline: run: is empty")]
    [InlineData("rules: [{max_drop: 1}]", "the rule for task * compares with a baseline, and the plan has none")]
    [InlineData("rules: []", "rules: there is none")]
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

    [Fact]
    public async Task Schema_InTheRepository_IsWhatTheProgramPrints() =>
        Assert.Equal(
            (await CommandLine.SucceedAsync("nightly", "--schema")).Output,
            await File.ReadAllTextAsync(Path.Combine(Shared.Repository, "docs", "nightly", "plan.schema.json")));

    /// <summary>All mistakes are said at once, because each start that finds another one costs a night.</summary>
    [Theory]
    [InlineData]
    [InlineData("--check")]
    public async Task Night_SeveralMistakes_AreSaidAtOnce(params string[] more)
    {
        Folder.Write("file", "");
        string plan = SmallPlan($$"""
            gate: {baseline: {run: nowhere}, noise: [none.json], rules: [{task: tinny, max_drop: 1}, {metric: accuracy, min: 0.5}]}
            report: {junit: '{{Folder["file"]}}/junit.xml'}
            """);
        CommandLineResult result = await NightAsync(plan, more);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        string[] errors = result.Error.TrimEnd('\n').Split('\n');
        Assert.Equal(5, errors.Length);
        Assert.All(errors, e => Assert.StartsWith($"error: {plan}: ", e, StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Contains("report: ", StringComparison.Ordinal) && e.Contains("is a file", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.Contains("noise: none.json", StringComparison.Ordinal));
        Assert.False(Directory.Exists(Nights));
    }

    [Fact]
    public async Task Night_CodeThatMayNotRun_IsRefusedBeforeTheFirstRun()
    {
        string plan = SmallPlan();
        await File.WriteAllTextAsync(plan, (await File.ReadAllTextAsync(plan)).Replace(
            "{tasks: tiny}", "{tasks: tiny}, {tasks: quick_humaneval}", StringComparison.Ordinal));
        CommandLineResult result = await NightAsync(plan);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("allow_code_execution: true", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A model that is missing fails its own cells, without a process that reads all data first; the others run.</summary>
    [Fact]
    public async Task Night_MissingModel_FailsItsOwnCellsAtOnce()
    {
        string plan = SmallPlan();
        await File.WriteAllTextAsync(plan, (await File.ReadAllTextAsync(plan)).Replace(
            "name: replay}", $"name: replay}}, {{model: '{Folder["nowhere"]}'}}", StringComparison.Ordinal));
        CommandLineResult check = await NightAsync(plan, "--check", "--json");
        Assert.Equal((int)ExitCode.NightIncomplete, check.ExitCode);
        JsonNode cells = JsonNode.Parse(check.Output)!["cells"]!;
        Assert.Equal(("Runs", "Fails"), ((string)cells[0]!["step"]!, (string)cells[1]!["step"]!));
        Assert.False(Directory.Exists(Nights));
        CommandLineResult night = await NightAsync(plan);
        Assert.Equal((int)ExitCode.NightIncomplete, night.ExitCode);
        Assert.Contains("there is no such folder", night.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 2 runs finished", night.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(OnlyNight, "nowhere-cpu-tiny")));
        Assert.Contains("nothing to do", (await NightAsync(plan)).Error, StringComparison.Ordinal);
    }

    /// <summary>Limits that leave too few rows make every night inconclusive, which nobody notices.</summary>
    [Fact]
    public async Task Check_RulesThatTheLimitsCannotDecide_AreAWarningWithTheRowsThatCould()
    {
        string plan = SmallPlan("gate: {baseline: {first: true}, rules: [{max_drop: 1}, {min: 0.9}]}");
        CommandLineResult check = await SucceedAsync(plan, "--check");
        Assert.Contains(
            "max_drop 1 cannot be found fine over the 6 rows of tiny in replay-cpu-tiny: even if no answer changed, it takes about 498",
            check.Error,
            StringComparison.Ordinal);
        Assert.Contains("min 0.9 cannot be found fine over the 6 rows", check.Error, StringComparison.Ordinal);
        Assert.Contains("1 of 1 runs would be started", check.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Nights));
    }

    /// <summary>A grader is someone else's program: if it hangs, the watchdog of its run says so, and nothing else waits.</summary>
    [Fact]
    public async Task Check_GraderThatHangs_HoldsNothingUp()
    {
        string grader = Folder.Write("hang.sh", "exec sleep 1000");
        TinyData.Fill(Folder, $"{TinyData.Task}\ngrader_command: [sh, '{grader}']");
        CommandLineResult check = await SucceedAsync(SmallPlan("budget: {stalled_minutes: 0.05}"), "--check");
        Assert.Contains("1 of 1 runs would be started", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_OfANightThatIsOver_SaysThatNothingIsStarted()
    {
        string plan = SmallPlan();
        await SucceedAsync(plan);
        CommandLineResult check = await SucceedAsync(plan, "--check");
        Assert.Contains("stays as it is", check.Output, StringComparison.Ordinal);
        Assert.Contains("0 of 1 runs would be started", check.Output, StringComparison.Ordinal);
    }
}
