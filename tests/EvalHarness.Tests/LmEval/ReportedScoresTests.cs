namespace EvalHarness.Tests.LmEval;

/// <summary>Scores and files that once differed from lm-evaluation-harness's; what showed it lies beside the repository.</summary>
public sealed class ReportedScoresTests
{
    private static string Run(string report)
    {
        string folder = Path.Combine(Shared.Folder, "reports", report);
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(!Directory.Exists(folder), "needs a folder 'shared' beside the repository");
        Skip.If(tasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        string program = Path.Combine(Shared.Repository, "artifacts", "bin", "EvalHarness.Cli", "release", "evalharness.dll");
        (int exitCode, string output, string error) = ExternalProgram.Run(
            "bash",
            [Path.Combine(folder, "run.sh")],
            variables: new Dictionary<string, string?> { ["EVALHARNESS"] = $"dotnet {program}", ["LMEVAL_TASKS"] = tasks });
        Assert.True(exitCode == 0, error);
        return output;
    }

    [SkippableFact]
    public void Matrices_AreComparedEntryByEntry()
    {
        string[] scores = [.. Run("matrix-false-pass").Split('\n').Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]))];
        Assert.Equal(11, scores.Length);
        Assert.Equal(["2"], scores.Where(line => line.EndsWith(" 1.0", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]));
    }

    [SkippableFact]
    public void RollingAnswers_AreWrittenAsTexts() =>
        Assert.StartsWith("\"filtered_resps\":[\"-9.83", Run("lm-eval-output-format"), StringComparison.Ordinal);
}
