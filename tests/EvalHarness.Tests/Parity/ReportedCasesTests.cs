namespace EvalHarness.Tests.Parity;

/// <summary>
/// Cases that were once wrong or refused here, each a script with its data, beside the repository. A script runs the program that
/// EVALHARNESS names, and LMEVAL_TASKS is the folder <c>lm_eval/tasks</c> of lm-evaluation-harness.
/// </summary>
[Trait("Speed", "slow")]
public sealed class ReportedCasesTests
{
    private static readonly string Reports = Path.Combine(Shared.Folder, "reports");

    private static string Run(string report, bool needsTasks = false, Func<string, string>? edit = null)
    {
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(!Directory.Exists(Reports), "needs a folder 'shared' beside the repository");
        Skip.If(needsTasks && tasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        var variables = new Dictionary<string, string?>
        {
            ["EVALHARNESS"] = Environment.GetEnvironmentVariable("EVALHARNESS")
                ?? $"dotnet {Path.Combine(AppContext.BaseDirectory, "evalharness.dll")}",
            ["LMEVAL_TASKS"] = tasks,
        };
        string script = Path.Combine(Reports, report, "run.sh"), text = File.ReadAllText(script);
        (_, string output, string error) = ExternalProgram.Run("bash", ["-c", edit?.Invoke(text) ?? text, script], variables: variables);
        string all = output + error;
        Assert.DoesNotContain("this is a bug", all, StringComparison.Ordinal);
        return all;
    }

    /// <summary>The column that only the other branch names is not there; then the recorded answers are missing.</summary>
    [SkippableFact]
    public void Gsm8kCot_MakesPrompts()
    {
        string output = Run("gsm8k-cot-refused", needsTasks: true);
        Assert.Contains("3 of 3 samples errored", output, StringComparison.Ordinal);
        Assert.Contains("has no recorded answer for gsm8k_cot, document 0", output, StringComparison.Ordinal);
        Assert.Contains("rc=6", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void OnlyConfigurationOfADataset_IsRead()
    {
        string output = Run("humaneval-sole-config", needsTasks: true);
        Assert.Contains("has no recorded answer for humaneval_instruct, document 0", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ListTargets_StayTuples_AndMayHoldLargeIntegers()
    {
        string output = Run("list-target");
        Assert.Matches(@"\| lt +\|.*exact_match ↑ \| 1\.0000 ", output);
        Assert.Matches(@"\| big +\|.*exact_match ↑ \| 0\.5000 ", output);
    }

    /// <summary>The script looks where the files lay before each model got a folder of its own, which is the reference's layout.</summary>
    [SkippableFact]
    public void RollingAnswers_AreWrittenAsTexts() => Assert.StartsWith(
        "\"filtered_resps\":[\"-9.83",
        Run("lm-eval-output-format", edit: text => text.Replace("/lm/samples_", "/lm/*/samples_", StringComparison.Ordinal)),
        StringComparison.Ordinal);

    [SkippableFact]
    public void Matrices_AreComparedEntryByEntry()
    {
        string output = Run("matrix-false-pass", needsTasks: true);
        string[] scores = [.. output.Split('\n').Where(line => line.Length > 0 && char.IsAsciiDigit(line[0]))];
        Assert.Equal(11, scores.Length);
        Assert.Equal(["2"], scores.Where(line => line.EndsWith(" 1.0", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]));
    }

    /// <summary>The choices of a row keep their places; of the other tasks no answers are recorded, and their prompts are made.</summary>
    [SkippableFact]
    public void NullsInLists_AreKept()
    {
        string output = Run("null-in-list");
        Assert.Matches(@"\| nl4 +\|.*exact_match ↑ \| 1\.0000 ", output);
        Assert.Contains("== target\nblue\n", output, StringComparison.Ordinal);
        foreach (string task in (string[])["nl2", "nl3", "sq"])
            Assert.Contains($"has no recorded answer for {task}, document 0", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void ListsInDataPagesOfTheSecondVersion_AreRead() =>
        Assert.Contains("has no recorded answer for v2d, document 0", Run("parquet-v2-lists"), StringComparison.Ordinal);

    [SkippableFact]
    public void Templates_RenderAsInJinja2()
    {
        string[] rendered = [.. Run("templates").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line[(line.LastIndexOf("-> ", StringComparison.Ordinal) + 3)..].Trim())];
        Assert.Equal(["2.50", "1,234,567", "12345678901234567890", "-005", "c-b-A", "31", "yx"], rendered);
    }

    /// <summary>The script shows the head of the table, and the exit code for a missing answer instead of the one for a bug.</summary>
    [SkippableFact]
    public void LargeUnsignedNumber_InAColumnThatNoTaskUses_DoesNoHarm()
    {
        string output = Run("uint64-column");
        Assert.StartsWith("| Task ", output, StringComparison.Ordinal);
        Assert.Contains("rc=6", output, StringComparison.Ordinal);
    }
}
