using System.Text.Json.Nodes;
using EvalHarness.Cli.Slurm;

namespace EvalHarness.Tests.Cli.Slurm;

/// <summary><c>submit slurm</c>: what it gives to Slurm, and what it leaves alone, with stand-ins for Slurm's programs.</summary>
public sealed class SlurmSubmissionTests : IDisposable
{
    private const string Parts = "FOLDER/a run/slurm/parts.sh", Merge = "FOLDER/a run/slurm/merge.sh";

    private readonly SlurmStandIns _slurm = new();

    private CommandLineResult Succeed(params string[] more)
    {
        CommandLineResult result = _slurm.Submit(more);
        Assert.True(result.ExitCode == 0, result.Error);
        return result;
    }

    [Fact]
    public void Submit_Nothing_SubmitsAllPartsAndTheMerge()
    {
        CommandLineResult result = Succeed("--", "--time=10", "-p", "gpu", "--gres=gpu:1");
        Assert.Equal(
            $"submitted parts 1-4 as job 101, and the merge as job 102; see them with: eval submit status {_slurm.Run}\n", result.Output);
        Assert.Equal(
            [
                $"sbatch --parsable --array=1-4 --time=10 -p gpu --gres=gpu:1 {Parts}",
                $"sbatch --parsable --dependency=afterok:101 -p gpu {Merge}",
            ],
            _slurm.TakeCalls());
        JsonNode file = JsonNode.Parse(File.ReadAllText(Path.Combine(_slurm.Run, "submit.json")))!;
        JsonNode submission = Assert.Single(file["submissions"]!.AsArray())!;
        Assert.Equal(
            ("101", "102", 4, "tiny"),
            ((string)submission["array"]!, (string)submission["merge"]!, (int)file["parts"]!, (string)file["options"]!["tasks"]![0]!));
    }

    [Fact]
    public async Task Submit_SomePartsFinishedOrInTheQueue_SubmitsTheOthersAndAnotherMerge()
    {
        Succeed();
        _slurm.TakeCalls();
        await _slurm.FinishAsync(1);
        _slurm.SetQueue("101|2|RUNNING|None", "101|3|TIMEOUT|None", "101|4|CANCELLED|None", "102|N/A|PENDING|Dependency");
        Assert.Equal(
            $"""
            sbatch --parsable --array=3-4 '{_slurm.Run}/slurm/parts.sh'
            scancel 102
            sbatch --parsable --dependency=afterok:101_2:JOB '{_slurm.Run}/slurm/merge.sh'
            JOB is the number that the first command prints.

            """,
            Succeed("--dry-run").Output);
        Assert.Equal(
            "1 of 4 parts are finished, and 1 run or wait; submitted parts 3-4 as job 103, and the merge as job 104; "
            + $"see them with: eval submit status {_slurm.Run}\n",
            Succeed().Output);
        Assert.Equal(
            [
                $"sbatch --parsable --array=3-4 {Parts}", "scancel 102", $"sbatch --parsable --dependency=afterok:101_2:103 {Merge}",
            ],
            _slurm.TakeCalls());
    }

    [Fact]
    public void Submit_AllInTheQueue_DoesNothing()
    {
        Succeed();
        _slurm.TakeCalls();
        _slurm.SetQueue(
            "101|1|RUNNING|None", "101|2|PENDING|BeginTime", "101|3|PENDING|Resources", "101|4|COMPLETING|None",
            "102|N/A|PENDING|Dependency");
        string file = Path.Combine(_slurm.Run, "submit.json");
        string before = File.ReadAllText(file);
        Assert.StartsWith("nothing to do: 0 of 4 parts are finished, and 4 run or wait, and the merge is job 102;", Succeed().Output);
        Assert.Empty(_slurm.TakeCalls());
        Assert.Equal(before, File.ReadAllText(file));
    }

    /// <summary>A part that is twice in the queue's memory is where its newer job is.</summary>
    [Fact]
    public void Submit_PartFailedAndSubmittedAgain_IsInTheQueue()
    {
        Succeed();
        _slurm.TakeCalls();
        _slurm.SetQueue(
            "103|1|PENDING|Resources", "101|1|FAILED|None", "101|2|PENDING|None", "101|3|PENDING|None", "101|4|PENDING|None",
            "102|N/A|CANCELLED|Dependency", "104|N/A|PENDING|Dependency");
        Assert.StartsWith("nothing to do: ", Succeed().Output);
    }

    [Theory]
    [InlineData("102|N/A|CANCELLED|Dependency", "")]
    [InlineData("102|N/A|FAILED|None", "")]
    [InlineData("102|N/A|PENDING|DependencyNeverSatisfied", "scancel 102")]
    public async Task Submit_AllFinishedAndNoMergeThatStarts_SubmitsTheMerge(string merge, string cancelled)
    {
        await _slurm.FinishAsync(1, 2, 3, 4);
        _slurm.SetQueue(merge);
        Assert.StartsWith(
            "4 of 4 parts are finished, and 0 run or wait; submitted the merge as job 101;", Succeed("--", "-Aus", "-n2").Output);
        Assert.Equal([.. cancelled.Length == 0 ? [] : (string[])[cancelled], $"sbatch --parsable -Aus {Merge}"], _slurm.TakeCalls());
    }

    [Fact]
    public async Task Submit_Merged_DoesNothing()
    {
        await _slurm.MergeAsync();
        Assert.Equal($"nothing to do: all 4 parts are merged; see them with: eval show {_slurm.Run}\n", Succeed().Output);
        Assert.Empty(_slurm.TakeCalls());
    }

    [Theory]
    [InlineData("--parts 5", "--parts 4, and now has --parts 5")]
    [InlineData("--parts 4 --limit 2", "--limit '', and now has '2'")]
    public void Submit_OtherOptions_IsRefused(string other, string expected)
    {
        Succeed();
        _slurm.TakeCalls();
        CommandLineResult result = _slurm.Start([.. _slurm.Arguments("submit slurm", _slurm.Run), .. other.Split(' ')]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Equal(
            $"error: --output {_slurm.Run}: was submitted with {expected}; give the same options, or choose another folder\n",
            result.Error);
        Assert.Empty(_slurm.TakeCalls());
    }

    /// <summary>Of other options, of another number of parts, another part, and no part.</summary>
    [Theory]
    [InlineData("--shard 3/4 --limit 3")]
    [InlineData("--shard 3/5")]
    [InlineData("--shard 2/4")]
    [InlineData("")]
    public async Task Submit_FolderHasAnotherRun_IsRefused(string options)
    {
        string part = _slurm.Part(3);
        await CommandLine.SucceedAsync(
            [.. _slurm.Arguments("run", part), .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--quiet"]);
        CommandLineResult result = _slurm.Submit();
        Assert.Equal(
            ((int)ExitCode.Output, $"--output {_slurm.Run}: {part} has another run; choose another folder, or move that away"),
            (result.ExitCode, result.ErrorLine["error: ".Length..]));
        Assert.Empty(_slurm.TakeCalls());
    }

    [Fact]
    public void Submit_NoSlurm_IsOneLine()
    {
        CommandLineResult result = _slurm.Start(_slurm["data"], [.. _slurm.Arguments("submit slurm", _slurm.Run), "--parts", "4"]);
        Assert.Equal((int)ExitCode.Environment, result.ExitCode);
        Assert.StartsWith("error: sbatch is not on the PATH", Assert.Single(result.Error.TrimEnd('\n').Split('\n')));
        Assert.False(Directory.Exists(_slurm.Run));
    }

    /// <summary>Without an answer nothing is known, and what runs already must not be submitted twice.</summary>
    [Fact]
    public void Submit_QueueFails_SubmitsNothing()
    {
        _slurm.Say("down", "");
        CommandLineResult result = _slurm.Submit();
        Assert.Equal(
            ((int)ExitCode.Environment,
                "error: squeue failed with code 1: slurm_load_jobs error: Unable to contact slurm controller\n"),
            (result.ExitCode, result.Error));
        Assert.Empty(_slurm.TakeCalls());
    }

    [Fact]
    public void Submit_SbatchRefuses_SaysItsWordsAndCanBeRepeated()
    {
        _slurm.Say("refusal", "sbatch: error: invalid partition specified: gpu\nsbatch: error: Batch job submission failed\n");
        CommandLineResult result = _slurm.Submit("--", "-pgpu");
        Assert.Equal(
            "error: sbatch failed with code 1: sbatch: error: invalid partition specified: gpu; "
            + "sbatch: error: Batch job submission failed\n",
            result.Error);
        File.Delete(_slurm["refusal"]);
        _slurm.TakeCalls();
        Succeed("--", "-pcpu", "--signal=B:USR1@300");
        Assert.Equal(
            [
                $"sbatch --parsable --array=1-4 -pcpu --signal=B:USR1@300 {Parts}",
                $"sbatch --parsable --dependency=afterok:101 -pcpu {Merge}",
            ],
            _slurm.TakeCalls());
    }

    [Fact]
    public void Submit_DryRun_WritesTheScriptsAndPrintsTheCommands()
    {
        CommandLineResult result = Succeed("--dry-run", "--", "--comment=it's");
        Assert.Equal(
            $"""
            sbatch --parsable --array=1-4 '--comment=it'\''s' '{_slurm.Run}/slurm/parts.sh'
            sbatch --parsable --dependency=afterok:JOB '{_slurm.Run}/slurm/merge.sh'
            JOB is the number that the first command prints.

            """,
            result.Output);
        Assert.Empty(_slurm.TakeCalls());
        Assert.Equal(["slurm"], Directory.GetFileSystemEntries(_slurm.Run).Select(Path.GetFileName));
        // Where there is no Slurm, and where it does not answer, too.
        CommandLineResult none = _slurm.Start(
            _slurm["data"], [.. _slurm.Arguments("submit slurm", _slurm.Run), "--parts", "4", "--dry-run", "--", "--comment=it's"]);
        Assert.Equal(0, none.ExitCode);
        Assert.StartsWith($"{result.Output}Jobs in the queue are not left out: squeue is not on the PATH", none.Output);
        _slurm.Say("down", "");
        Assert.EndsWith(
            "Jobs in the queue are not left out: squeue failed with code 1: slurm_load_jobs error: Unable to contact slurm "
            + "controller\n",
            Succeed("--dry-run").Output);
    }

    [Theory]
    [InlineData("--parts 4 -- --array=1-2", "--array=1-2 behind --: 'submit slurm' sets --array")]
    [InlineData("--parts 4 -- -J mine", "-J behind --: 'submit slurm' sets --array")]
    [InlineData("--parts 4 -- --signal=TERM@60", "the script of a part waits for B:USR1; give --signal=B:USR1@SECONDS")]
    [InlineData("--parts 4 -- --signal USR1@60", "the script of a part waits for B:USR1; give --signal=B:USR1@SECONDS")]
    [InlineData("--parts 4 gpu -- --time=1", "Unrecognized command or argument 'gpu'; options of sbatch stand behind --.")]
    [InlineData("--parts 4 gpu", "Unrecognized command or argument 'gpu'; options of sbatch stand behind --.")]
    [InlineData("--parts 4 --max-cost 3", "Unrecognized command or argument '--max-cost'")]
    [InlineData("--parts 0", "--parts 0: expected 1 to 10000")]
    [InlineData("--parts 4 --tasks nothing", "nothing")]
    [InlineData("--parts 4 --model replay:none.jsonl", "model replay:none.jsonl: there is no such file")]
    public void Submit_Mistake_IsSaidBeforeAnythingIsSubmitted(string more, string expected)
    {
        string[] words = more.Split(' ');
        string[] own = [.. _slurm.Arguments("submit slurm", _slurm.Run)];
        // An option that the mistake gives takes the place of the right one.
        if (Array.IndexOf(own, words.ElementAtOrDefault(2)) is >= 0 and var index)
            own = [.. own[..index], .. own[(index + 2)..]];
        CommandLineResult result = _slurm.Start([.. own, .. words]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(expected, Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Empty(_slurm.TakeCalls());
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1-3", 1, 2, 3)]
    [InlineData("2,4-5,9", 2, 4, 5, 9)]
    public void Ranges_AreAsSbatchTakesThem(string expected, params int[] numbers) =>
        Assert.Equal(expected, SlurmSubmission.Ranges(numbers));

    [Fact]
    public void Folder_NameWithAQuote_IsRefused() =>
        Assert.Equal(ExitCode.Usage, Assert.Throws<EvalException>(() => new SlurmFolder("a\"b")).ExitCode);

    public void Dispose() => _slurm.Dispose();
}
