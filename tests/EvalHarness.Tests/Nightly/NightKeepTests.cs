using System.Text.Json.Nodes;
using EvalHarness.Nightly;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Nightly;

/// <summary>What a plan removes of earlier nights, and what says that it did.</summary>
[Trait("Speed", "slow")]
[Collection(nameof(Gating.StepSummary))]
public sealed class NightKeepTests : NightFolder
{
    private async Task<string> NightOfAsync(string plan, string day, ExitCode? expected = null)
    {
        CommandLineResult night = await NightAsync(plan);
        Assert.Contains((ExitCode)night.ExitCode, (ExitCode[])[ExitCode.Success, expected ?? ExitCode.Success]);
        string today = Directory.GetDirectories(Nights).Single(f => !f.Contains("2026-01-", StringComparison.Ordinal));
        string summary = await File.ReadAllTextAsync(Path.Combine(today, "summary.md"));
        Age(today, day);
        return summary;
    }

    private string Run(string day) => Path.Combine(Nights, day, "replay-cpu-tiny");

    private bool HasSamples(string day) =>
        Directory.Exists(Path.Combine(Run(day), "samples")) && File.Exists(Path.Combine(Run(day), "responses.jsonl"));

    [Fact]
    public async Task Keep_RemovesOldNightsAndSamples_ButNoBaseline()
    {
        string plan = SmallPlan("""
            gate: {baseline: {first: true}, rules: [{max_drop: 50}]}
            keep: {nights: 4, samples: 2}
            """);
        string summary = "";
        for (int day = 1; day <= 6; day++)
            summary = await NightOfAsync(plan, $"2026-01-0{day}");
        // The first night is the baseline of all, so it stays whole.
        Assert.True(HasSamples("2026-01-01"));
        Assert.False(Directory.Exists(Path.Combine(Nights, "2026-01-02")));
        Assert.All(["2026-01-03", "2026-01-04"], day => Assert.False(HasSamples(day)));
        Assert.All(["2026-01-05", "2026-01-06"], day => Assert.True(HasSamples(day)));
        Assert.Contains("removed: 2026", summary.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("MB for all nights", summary, StringComparison.Ordinal);

        CommandLineResult shown = await CommandLine.RunAsync("compare", Run("2026-01-03"), Run("2026-01-06"));
        Assert.Equal((int)ExitCode.Output, shown.ExitCode);
        Assert.Contains("its samples and responses were removed on 2026-", shown.ErrorLine, StringComparison.Ordinal);
        CommandLineResult resumed = await CommandLine.RunAsync("run", "--resume", Run("2026-01-03"));
        Assert.Equal((int)ExitCode.Output, resumed.ExitCode);
        Assert.Contains("it cannot go on", resumed.ErrorLine, StringComparison.Ordinal);
        CommandLineResult history = await CommandLine.SucceedAsync("history", Nights);
        Assert.Contains("2026-01-03", history.Output, StringComparison.Ordinal);
    }

    /// <summary>A night that is cut off while another is removed leaves no half of one that is taken for a night.</summary>
    [Fact]
    public async Task Keep_NightThatWasLeftHalfRemoved_IsRemovedByTheNext()
    {
        string plan = SmallPlan("keep: {nights: 2}");
        await NightOfAsync(plan, "2026-01-01");
        string half = Path.Combine(Nights, ".removing-2026-01-00");
        Directory.CreateDirectory(Path.Combine(half, "replay-cpu-tiny"));
        File.Copy(Path.Combine(Run("2026-01-01"), "manifest.json"), Path.Combine(half, "replay-cpu-tiny", "manifest.json"));
        File.Copy(Path.Combine(Run("2026-01-01"), "results.json"), Path.Combine(half, "replay-cpu-tiny", "results.json"));
        CommandLineResult history = await CommandLine.SucceedAsync("history", Nights);
        Assert.DoesNotContain("removing", history.Output, StringComparison.Ordinal);
        await NightOfAsync(plan, "2026-01-02");
        Assert.False(Directory.Exists(half));
    }

    /// <summary>However the baseline is written, it is the same folder.</summary>
    [Theory]
    [InlineData("nights/2026-01-02/replay-cpu-tiny/")]
    [InlineData("link/2026-01-02")]
    public async Task Keep_BaselineByAnotherPath_Stays(string baseline)
    {
        await NightOfAsync(SmallPlan(), "2026-01-01");
        await NightOfAsync(SmallPlan(), "2026-01-02");
        Directory.CreateSymbolicLink(Folder["link"], Nights);
        string plan = SmallPlan($$"""
            gate: {baseline: {run: '{{Folder[baseline]}}'}, rules: [{max_drop: 50}]}
            keep: {nights: 2, samples: 2}
            """);
        for (int day = 3; day <= 6; day++)
            await NightOfAsync(plan, $"2026-01-0{day}", ExitCode.Inconclusive);
        Assert.True(HasSamples("2026-01-02"));
        Assert.False(Directory.Exists(Path.Combine(Nights, "2026-01-03")));
    }

    /// <summary>A plan that was changed for a day finds its first night again, and the night that says so does not remove itself.</summary>
    [Fact]
    public async Task Keep_PlanThatWasChangedAndChangedBack_HasItsFirstNight()
    {
        const string gate = "gate: {baseline: {first: true}, rules: [{max_drop: 50}]}\nkeep: {nights: 2, samples: 2}\n";
        await NightOfAsync(SmallPlan(gate), "2026-01-01", ExitCode.Success);
        for (int day = 2; day <= 4; day++)
            await NightOfAsync(SmallPlan(gate, "tiny, limit: 5"), $"2026-01-0{day}", ExitCode.Inconclusive);
        Assert.True(HasSamples("2026-01-01"));
        await SucceedAsync(SmallPlan());
        await SucceedAsync(SmallPlan(tasks: "tiny, limit: 4"));
        await SucceedAsync(SmallPlan(tasks: "tiny, limit: 3"));
        // The night of the first three, whose gate and keep come only now.
        await NightAsync(SmallPlan(gate));
        string[] today = [.. Directory.GetDirectories(Nights).Where(f => !f.Contains("2026-01-", StringComparison.Ordinal))];
        Assert.True(File.Exists(Path.Combine(today.MinBy(f => f.Length)!, "replay-cpu-tiny", "results.json")));
    }

    /// <summary>Two plans whose names are not given have the same one.</summary>
    [Fact]
    public async Task Keep_NightsOfAnotherPlan_AreLeftAlone()
    {
        string other = SmallPlan(tasks: "tiny, name: other");
        await NightOfAsync(other, "2026-01-01");
        string plan = SmallPlan("keep: {nights: 2, samples: 2}");
        for (int day = 2; day <= 5; day++)
            await NightOfAsync(plan, $"2026-01-0{day}");
        Assert.True(Directory.Exists(Path.Combine(Nights, "2026-01-01", "replay-cpu-other", "samples")));
        Assert.False(Directory.Exists(Path.Combine(Nights, "2026-01-03")));
    }

    [Fact]
    public async Task Keep_NightsThatAreCutOffAndLinks_AreLeftAlone()
    {
        string plan = SmallPlan("keep: {nights: 2, samples: 2}");
        await NightOfAsync(plan, "2026-01-01");
        Directory.Move(Path.Combine(Nights, "2026-01-01"), Folder["elsewhere"]);
        Directory.CreateSymbolicLink(Path.Combine(Nights, "2026-01-01"), Folder["elsewhere"]);
        await NightOfAsync(plan, "2026-01-02");
        string file = Path.Combine(Nights, "2026-01-02", Night.FileName);
        JsonNode state = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        state["ended"] = null;
        await File.WriteAllTextAsync(file, state.ToJsonString());
        for (int day = 3; day <= 5; day++)
            await NightOfAsync(plan, $"2026-01-0{day}");
        Assert.True(HasSamples("2026-01-01"));
        Assert.True(HasSamples("2026-01-02"));
        Assert.False(Directory.Exists(Path.Combine(Nights, "2026-01-03")));
    }
}
