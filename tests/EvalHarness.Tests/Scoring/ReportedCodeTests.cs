using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Scoring;

/// <summary>
/// Cases in which right programs once failed here and passed in code_eval of Hugging Face's evaluate; they lie beside the repository.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ReportedCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private async Task<RunFolder> RunAsync(string report, params string[] more)
    {
        string folder = Path.Combine(Shared.Folder, "reports", report);
        await CommandLine.SucceedAsync(
        [
            "run", "--model", $"replay:{Path.Combine(folder, "replay.jsonl")}", "--datasets", Path.Combine(folder, "ds"),
            "--output", _folder["run"], "--quiet", "--allow-code-execution", .. more,
        ]);
        return RunFolder.Open(_folder["run"]);
    }

    /// <summary>A program does not run as __main__. The task is lm-evaluation-harness's own, whose folder LMEVAL_TASKS names.</summary>
    [SharedSkippableFact]
    public async Task MainGuard_DoesNotRun()
    {
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(tasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        RunFolder run = await RunAsync("main-guard", "--include-path", Path.Combine(tasks, "mbpp"), "--tasks", "mbpp_instruct");
        Assert.Equal(1.0, run.ReadResults().Rows.Single().Value);
    }

    /// <summary>The shards have no configuration; else the task is the built-in one.</summary>
    [SharedSkippableFact]
    public async Task OutputBeyondTheLimit_IsDropped()
    {
        string task = File.ReadAllText(Path.Combine(Shared.Repository, "src", "EvalHarness", "Tasks", "BuiltIn", "humaneval.yaml"));
        _folder.Write("tasks/reported.yaml", task
            .Replace("task: humaneval", "task: reported", StringComparison.Ordinal)
            .Replace("dataset_name: openai_humaneval", "dataset_name: null", StringComparison.Ordinal));
        RunFolder run = await RunAsync("output-limit", "--include-path", _folder["tasks"], "--tasks", "reported", "--limit", "13");
        IReadOnlyList<SampleRow> rows = await run.ReadSamplesAsync("reported", CancellationToken.None);
        Assert.Equal(["passed", "passed"], rows.Skip(11).SelectMany(r => r.Verdicts));
    }

    [SharedSkippableFact]
    public async Task Numpy_IsFoundInTheBox()
    {
        Skip.If(ExternalProgram.Run(PythonFactAttribute.Python, ["-c", "import numpy"]).ExitCode != 0, "needs numpy for /usr/bin/python3");
        RunFolder run = await RunAsync("humaneval-plus-numpy", "--tasks", "humaneval_plus");
        Assert.Equal(1.0, run.ReadResults().Rows.Single().Value);
    }

    public void Dispose() => _folder.Dispose();

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SharedSkippableFactAttribute : SkippableFactAttribute
    {
        public SharedSkippableFactAttribute() =>
            Skip = Directory.Exists(Path.Combine(Shared.Folder, "reports")) ? null! : "needs a folder 'shared' beside the repository";
    }
}
