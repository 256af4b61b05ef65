using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary><c>submit status</c>, with stand-ins for Slurm's programs.</summary>
public sealed class SlurmStatusTests : IDisposable
{
    private readonly SlurmStandIns _slurm = new();

    private CommandLineResult Status(params string[] more) => _slurm.Start(["submit", "status", _slurm.Run, .. more]);

    private void Submit() => Assert.Equal(0, _slurm.Submit().ExitCode);

    [Fact]
    public void Status_NothingSubmitted_IsOneLine()
    {
        CommandLineResult result = Status();
        Assert.Equal(
            ((int)ExitCode.Output,
                $"error: {_slurm.Run}: has no submit.json; expected a folder that was given to 'submit slurm' as --output\n"),
            (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task Status_PartsAtWork_SaysHowFarTheyAre()
    {
        Submit();
        await _slurm.FinishAsync(1);
        int answered = File.ReadAllLines(Path.Combine(_slurm.Part(1), "responses.jsonl")).Length;
        Assert.NotEqual(0, answered);
        _slurm.Say("a run/parts/2/responses.jsonl", "one\ntwo\nthr");
        _slurm.SetQueue(
            "101|1|COMPLETED|None", "101|2|RUNNING|None", "101|3|PENDING|BeginTime", "101|4|PENDING|Resources",
            "102|N/A|PENDING|Dependency");
        CommandLineResult result = Status();
        Assert.Equal((int)ExitCode.AlreadyRunning, result.ExitCode);
        Assert.Equal(
            $"""
            |  Part | State    | Responses | Job   |            |
            |------:|----------|----------:|-------|------------|
            |     1 | finished |         {answered} | 101_1 |            |
            |     2 | running  |         2 | 101_2 |            |
            |     3 | pending  |           | 101_3 | BeginTime  |
            |     4 | pending  |           | 101_4 | Resources  |
            | merge | pending  |           | 102   | Dependency |
            1 finished, 1 running, 2 pending of 4 parts; nothing needs to be done

            """,
            result.Output);
    }

    [Fact]
    public void Status_PartsFailed_SaysWhyAndWhatToDo()
    {
        Submit();
        _slurm.Say("a run/slurm/part-1.log", "== part 1 of 4, then on n1\nerror: an old one\n== part 1 of 4, now on n2\nerror: new\nbye\n");
        _slurm.Say("a run/slurm/part-2.log", "== part 2 of 4, now on n2\nslurmstepd: it was cancelled\n");
        _slurm.SetQueue("101|2|CANCELLED|None", "101|4|RUNNING|None", "102|N/A|PENDING|DependencyNeverSatisfied");
        _slurm.Say("accounting", "101_1|OUT_OF_MEMORY\n101_2|COMPLETED\n102|CANCELLED by 0\n");
        CommandLineResult result = Status("--json");
        Assert.Equal((int)ExitCode.NightIncomplete, result.ExitCode);
        JsonNode status = JsonNode.Parse(result.Output)!;
        Assert.Equal(
            [
                ("failed", "OUT_OF_MEMORY: new"),
                ("failed", "CANCELLED: slurmstepd: it was cancelled"), ("lost", null), ("running", null),
            ],
            status["parts"]!.AsArray().Select(p => ((string)p!["state"]!, (string?)p["detail"])));
        Assert.Equal(
            ("failed", "DependencyNeverSatisfied: submit again"),
            ((string)status["merge"]!["state"]!, (string)status["merge"]!["detail"]!));
        Assert.EndsWith(
            "1 running, 2 failed, 1 lost of 4 parts; the same 'submit slurm' once more submits what is missing\n", Status().Output);
    }

    [Fact]
    public async Task Status_SamplesErrored_SaysHowMany()
    {
        Submit();
        // The recording has no answer to the last question.
        TinyData.WriteAnswers(_slurm.Folder, "answers.jsonl", i => i == 5 ? null : "1");
        for (int part = 1; part <= 4; part++)
            Assert.Contains(await _slurm.ComputeAsync(part), (int[])[0, (int)ExitCode.SamplesErrored]);
        string output = Status().Output;
        Assert.Single(output.Split('\n'), l => l.Contains("1 errored", StringComparison.Ordinal));
        Assert.Contains("4 finished of 4 parts", output, StringComparison.Ordinal);
    }

    /// <summary>No accounting is needed.</summary>
    [Fact]
    public void Status_AccountingFails_DoesWithout()
    {
        Submit();
        _slurm.Write("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 1");
        CommandLineResult result = Status();
        Assert.Equal(((int)ExitCode.NightIncomplete, ""), (result.ExitCode, result.Error));
        Assert.Contains("4 lost of 4 parts", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_Merged_NeedsNoSlurm()
    {
        Submit();
        await _slurm.MergeAsync();
        CommandLineResult result = _slurm.Start(_slurm["data"], ["submit", "status", _slurm.Run]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.EndsWith($"4 finished of 4 parts; merged; see the results with: eval show {_slurm.Run}\n", result.Output);
    }

    [Fact]
    public void Status_QueuePrintsSomethingElse_IsOneLine()
    {
        Submit();
        _slurm.Say("queue", "JOBID PARTITION\n");
        Assert.StartsWith("error: squeue printed 'JOBID PARTITION'; expected", Status().Error);
    }

    public void Dispose() => _slurm.Dispose();
}
