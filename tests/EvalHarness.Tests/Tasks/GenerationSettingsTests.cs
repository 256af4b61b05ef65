using EvalHarness.Tasks;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Tasks;

/// <summary><c>--gen-kwargs</c>: settings of generation that win over each task's own.</summary>
public sealed class GenerationSettingsTests
{
    [Theory]
    [InlineData("temperature=0.5,max_gen_toks=7")]
    [InlineData("temperature=0.5, max_gen_toks = 7")]
    [InlineData("""{"temperature": 0.5, "max_gen_toks": 7}""")]
    public void Parse_BothForms_GiveTheSame(string text)
    {
        IReadOnlyDictionary<string, object?> settings = GenerationSettings.Parse(text);
        Assert.Equal([new("temperature", 0.5), new("max_gen_toks", 7L)], settings);
    }

    /// <summary>Also as the manifest writes them, so that a run can be resumed.</summary>
    [Theory]
    [InlineData("top_p=0.00001")]
    [InlineData("top_p=1e-5")]
    [InlineData("""{"top_p": 1E-05}""")]
    public void Parse_SmallNumber_IsANumberInEachForm(string text)
    {
        IReadOnlyDictionary<string, object?> settings = GenerationSettings.Parse(text);
        Assert.Equal([new("top_p", 0.00001)], settings);
        Assert.Equal(settings, GenerationSettings.Parse(GenerationSettings.ToJson(settings)));
    }

    [Fact]
    public void Parse_ListWithCommasAndQuotes_IsOneValue() =>
        Assert.Equal(["a,b", "\n"], (IEnumerable<object?>)GenerationSettings.Parse("""until=["a,b", "\n"],top_k=3""")["until"]!);

    [Theory]
    [InlineData("temperature", "--gen-kwargs temperature: expected KEY=VALUE")]
    [InlineData("=1", "--gen-kwargs =1: expected KEY=VALUE")]
    [InlineData("temperature=[", "--gen-kwargs temperature=[: expected KEY=VALUE")]
    [InlineData("beams=2", "--gen-kwargs: generation_kwargs: beams: 2 is not supported; known are until")]
    public void Parse_Mistake_IsOneLine(string text, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => GenerationSettings.Parse(text));
        Assert.Equal(ExitCode.Usage, e.ExitCode);
        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
    }

    /// <summary>As in the reference: key by key over the task's own, and only for tasks that generate.</summary>
    [Fact]
    public void Task_KeepsItsOtherSettings_AndIsAnotherTask()
    {
        using var folder = new TemporaryFolder();
        folder.Write("own.yaml", GradingJobs.Generate + "\ngeneration_kwargs: {until: ['X'], max_gen_toks: 9}");
        TaskDefinition before = TaskCatalog.Load([folder.Path]).Select(["graded"]).Tasks[0];
        TaskDefinition after = TaskCatalog.Load([folder.Path], "max_gen_toks=3,temperature=0.5").Select(["graded"]).Tasks[0];
        Assert.Equal((9, false, 1.0), (before.Generation.MaxTokens, before.Generation.Sample, before.Generation.Temperature));
        Assert.Equal((3, true, 0.5), (after.Generation.MaxTokens, after.Generation.Sample, after.Generation.Temperature));
        Assert.Equal(["X"], after.Generation.Until);
        Assert.NotEqual(before.Sha256, after.Sha256);

        // The limit is one setting, whichever of its names the file and the user write.
        folder.Write("own.yaml", GradingJobs.Generate + "\ngeneration_kwargs: {max_gen_toks: 8, max_new_tokens: 9}");
        Assert.Equal(9, TaskCatalog.Load([folder.Path]).Select(["graded"]).Tasks[0].Generation.MaxTokens);
        Assert.Equal(3, TaskCatalog.Load([folder.Path], "max_tokens=3").Select(["graded"]).Tasks[0].Generation.MaxTokens);

        folder.Write("own.yaml", GradingJobs.Choose);
        Assert.Equal(
            TaskCatalog.Load([folder.Path]).Select(["graded"]).Tasks[0].Sha256,
            TaskCatalog.Load([folder.Path], "max_gen_toks=3").Select(["graded"]).Tasks[0].Sha256);
    }
}
