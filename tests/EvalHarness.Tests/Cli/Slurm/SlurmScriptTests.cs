using EvalHarness.Cli.Processes;
using EvalHarness.Cli.Slurm;
using EvalHarness.Results;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary>The script of a part, run with stand-ins for the program and for <c>scontrol</c>.</summary>
public sealed class SlurmScriptTests : IDisposable
{
    private const string Requeue = "scontrol requeue 7_3";

    /// <summary>Writes an answer into the folder of the part.</summary>
    private const string Answers = "mkdir -p \"$9\"; echo answer >>\"$9/responses.jsonl\"; ";

    private readonly SlurmStandIns _slurm = new();

    /// <param name="program">What the program does, in bash.</param>
    /// <param name="signal">What the script gets once the program waits; null for nothing.</param>
    /// <returns>The script's exit code, and what it and the program did.</returns>
    private (int ExitCode, string[] Calls, string Error) Run(string program, string? signal = null)
    {
        string stand = _slurm.Write("program", program);
        var options = RunOptions.Of(
            new Dictionary<string, IReadOnlyList<string>> { ["--model"] = ["m"], ["--tasks"] = ["it's"] }, earlier: null);
        string script = new SlurmScripts(new SlurmFolder(_slurm.Run), options, 5, "/").PartsScript();
        string command = Invocation.BashWords(ChildProgram.Command);
        Assert.Contains(command, script, StringComparison.Ordinal);
        _slurm.Write("scontrol", "");
        _slurm.Say("script", script.Replace(command, stand, StringComparison.Ordinal));
        string send = signal is null
            ? ""
            : $"for i in {{1..600}}; do [ -f '{_slurm["waits"]}' ] && break; sleep 0.1; done; kill -{signal} $!; ";
        (int code, _, string error) = ExternalProgram.Run(
            "bash",
            ["-c", $"export PATH='{_slurm["bin"]}':\"$PATH\"; bash '{_slurm["script"]}' & {send}wait $!"],
            _slurm["data"],
            new Dictionary<string, string?>
            {
                ["SLURM_ARRAY_TASK_ID"] = "3",
                ["SLURM_ARRAY_JOB_ID"] = "7",
                ["SLURMD_NODENAME"] = "n1",
            });
        return (code, _slurm.TakeCalls(), error);
    }

    /// <summary>Waits for TERM, and then ends as the program does that is told to stop.</summary>
    private string Waits => $"trap 'exit 130' TERM; touch '{_slurm["waits"]}'; while :; do sleep 0.05; done";

    [Fact]
    public void Part_New_IsComputedWithTheOptionsOfTheRun() => Assert.Equal(
        ["program run --model m --tasks it's --shard 3/5 --output FOLDER/a run/parts/3"], Run("").Calls);

    [Fact]
    public void Part_Begun_IsResumed()
    {
        _slurm.Say("a run/parts/3/responses.jsonl", "answer\n");
        Assert.Equal(["program run --resume FOLDER/a run/parts/3"], Run("").Calls);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(4, 4)]
    [InlineData(6, 0)]
    [InlineData(130, 130)]
    public void Part_ProgramEnds_ScriptEndsAlike(int code, int expected)
    {
        (int exitCode, string[] calls, _) = Run($"{Answers}exit {code}");
        Assert.Equal(expected, exitCode);
        Assert.Single(calls);
    }

    [Fact]
    public void Part_TimeLimitNear_StopsTheProgramAndGoesBackIntoTheQueue() =>
        Assert.Equal(Requeue, Run($"{Answers}{Waits}", "USR1").Calls[^1]);

    [Fact]
    public void Part_TimeLimitNearAndNothingNew_Fails()
    {
        (int code, string[] calls, string error) = Run(Waits, "USR1");
        Assert.Equal(130, code);
        Assert.Single(calls);
        Assert.Contains("error: part 3 got no further in this start (code 130), and is not started again", error, StringComparison.Ordinal);
    }

    /// <summary>Slurm itself decides whether a task that it ended starts again; scancel means that it does not.</summary>
    [Fact]
    public void Part_EndedBySlurm_StopsTheProgramAndStaysEnded()
    {
        (int code, string[] calls, _) = Run($"{Answers}{Waits}", "TERM");
        Assert.Equal(130, code);
        Assert.Single(calls);
    }

    [Fact]
    public void Part_ProgramKilled_GoesBackIntoTheQueue() =>
        Assert.Equal(Requeue, Run($"{Answers}kill -KILL $$").Calls[^1]);

    [Fact]
    public void Part_ProgramKilledAndNothingNew_Fails() => Assert.Equal(137, Run("kill -KILL $$").ExitCode);

    [Fact]
    public void Scripts_SpacesAndPercentSignsInPaths_AreQuoted()
    {
        var folder = new SlurmFolder("/tmp/50% of it's/run");
        string script = new SlurmScripts(folder, new RunOptions { Model = "m", Tasks = ["t"] }, 2, "/home/a b").MergeScript();
        Assert.Contains("#SBATCH --chdir=\"/home/a b\"\n", script, StringComparison.Ordinal);
        Assert.Contains("#SBATCH --output=\"/tmp/50%% of it's/run/slurm/merge.log\"\n", script, StringComparison.Ordinal);
        Assert.Contains(
            @" merge '/tmp/50% of it'\''s/run/parts' --output '/tmp/50% of it'\''s/run'" + "\n", script, StringComparison.Ordinal);
    }

    public void Dispose() => _slurm.Dispose();
}
