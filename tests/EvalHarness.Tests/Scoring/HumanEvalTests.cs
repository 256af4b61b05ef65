using System.Diagnostics;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Scoring;

/// <summary>HumanEval's own solutions, replayed as completions through the whole program.</summary>
[Trait("Speed", "slow")]
public sealed class HumanEvalTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static async Task<List<Document>> ProblemsAsync()
    {
        DatasetSplit split = await new FileDatasetSource(Shared.Hub).OpenAsync(
            new DatasetName("openai/openai_humaneval", "openai_humaneval", "test"), CancellationToken.None);
        return await split.ReadAsync(CancellationToken.None).ToListAsync();
    }

    private async Task<double[]> ScoreAsync(IEnumerable<(string Prompt, string Completion)> answers)
    {
        string file = _folder.Write(
            "answers.jsonl",
            string.Join('\n', answers.Select(a => new JsonObject { ["context"] = a.Prompt, ["response"] = a.Completion }.ToJsonString())));
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{file}", "--datasets", Shared.Hub, "--tasks", "humaneval", "--allow-code-execution",
            "--output", _folder["run"], "--quiet");
        IReadOnlyList<SampleRow> rows = await RunFolder.Open(_folder["run"]).ReadSamplesAsync("humaneval", CancellationToken.None);
        return [.. rows.Select(row => row.NumericScores()["pass@1,create_test"])];
    }

    [SharedFact]
    public async Task CanonicalSolutions_AllPass()
    {
        double[] scores = await ScoreAsync(
            (await ProblemsAsync()).Select(p => ((string)p.Values["prompt"]!, (string)p.Values["canonical_solution"]!)));
        Assert.Equal(164, scores.Length);
        Assert.All(scores, s => Assert.Equal(1.0, s));
    }

    /// <summary>An empty solution fails exactly where the problem's tests fail when they are run directly.</summary>
    [SharedFact]
    public async Task ReturnNone_ScoresWhatADirectRunGives()
    {
        const string completion = "    return None\n";
        List<Document> problems = await ProblemsAsync();
        double[] scores = await ScoreAsync(problems.Select(p => ((string)p.Values["prompt"]!, completion)));
        double[] direct = [.. problems.Select(
            p => RunDirectly($"{p.Values["prompt"]}{completion}\n{p.Values["test"]}\ncheck({p.Values["entry_point"]})"))];
        Assert.Equal(direct, scores);
        Assert.InRange(scores.Sum(), 0, 5);
    }

    private double RunDirectly(string program)
    {
        string file = _folder.Write("program.py", program);
        using Process python = Process.Start(
            new ProcessStartInfo("/usr/bin/python3", [file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        python.StandardError.ReadToEnd();
        python.WaitForExit();
        return python.ExitCode == 0 ? 1 : 0;
    }

    public void Dispose() => _folder.Dispose();
}
