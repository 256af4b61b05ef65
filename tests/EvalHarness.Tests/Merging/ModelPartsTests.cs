using System.Diagnostics;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Merging;

/// <summary>
/// Parts that a model computes, each killed in its middle and continued, give the numbers of the run of one process: every log-likelihood
/// and every completion. The study "parts" does so for more parts and more documents.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ModelPartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string[] Run(string output, params string[] more) =>
        ["run", "--model", Shared.Model("int8"), "--datasets", Shared.Hub, "--output", output, "--quiet", .. more];

    [SharedTheory]
    [InlineData(3, "--tasks", "mmlu_anatomy,mmlu_astronomy,gsm8k", "--num-fewshot", "3", "--limit", "6")]
    [InlineData(4, "--tasks", "gsm8k", "--limit", "10", "--batch-size", "4", "--gen-kwargs", "max_gen_toks=32")]
    [InlineData(
        2, "--tasks", "gsm8k", "--limit", "4", "--repeats", "3", "--gen-kwargs", "do_sample=true,temperature=0.8,max_gen_toks=32")]
    public async Task Parts_KilledAndContinued_AreTheRunOfOneProcess(int parts, params string[] options)
    {
        await CommandLine.SucceedAsync(Run(_folder["one"], options));
        for (int number = 1; number <= parts; number++)
        {
            string part = _folder[$"parts/{number}"];
            await KillAsync(part, Run(part, ["--shard", $"{number}/{parts}", .. options]));
            await CommandLine.SucceedAsync("run", "--resume", part, "--quiet");
        }

        await CommandLine.SucceedAsync("merge", _folder["parts"], "--output", _folder["whole"], "--quiet");
        RunComparison.AssertEqual(_folder["one"], _folder["whole"]);
    }

    /// <summary>Tasks are not cut where a cut at their ends makes the parts about equal, so that no prefix is computed twice.</summary>
    [SharedFact]
    public async Task Parts_OfManyTasks_ComputeLittleTwice()
    {
        string[] tasks = ["--tasks", "mmlu_stem", "--num-fewshot", "3", "--limit", "2"];
        await CommandLine.SucceedAsync(Run(_folder["one"], tasks));
        for (int number = 1; number <= 4; number++)
            await CommandLine.SucceedAsync(Run(_folder[$"parts/{number}"], ["--shard", $"{number}/4", .. tasks]));
        await CommandLine.SucceedAsync("merge", _folder["parts"], "--output", _folder["whole"], "--quiet");
        long unique = RunFolder.Open(_folder["one"]).ReadResults().Harness.Usage.PromptTokensUnique;
        long computed = RunFolder.Open(_folder["whole"]).ReadResults().Harness.Usage.PromptTokensComputed;
        Assert.InRange(computed, unique, (long)(1.05 * unique));
    }

    /// <summary>Kills the run as soon as it has an answer.</summary>
    private static async Task KillAsync(string folder, string[] arguments)
    {
        using Process run = Process.Start(new ProcessStartInfo("dotnet", [typeof(EvalHarness.Cli.Program).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var journal = new FileInfo(Path.Combine(folder, "responses.jsonl"));
        while (!run.HasExited && (!journal.Exists || journal.Length == 0))
        {
            await Task.Delay(5);
            journal.Refresh();
        }

        run.Kill();
        await run.WaitForExitAsync();
    }
}
