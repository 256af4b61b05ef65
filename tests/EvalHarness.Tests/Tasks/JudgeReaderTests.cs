using EvalHarness.Tasks;

namespace EvalHarness.Tests.Tasks;

public sealed class JudgeReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Judge_WithoutKeys_HasTheDefaults()
    {
        TaskDefinition task = Read("grader: model_graded");
        JudgeDefinition judge = task.Judge!;
        Assert.Equal("model_graded", task.Grader);
        Assert.Equal([("score", "mean", true)], task.Metrics.Select(m => (m.Name, m.Aggregation, m.HigherIsBetter)));
        Assert.Equal([new JudgeGrade("CORRECT", 1), new JudgeGrade("INCORRECT", 0)], judge.Grades);
        Assert.Equal((1, 50, 512, true), (judge.Votes, judge.Audit, judge.Generation.MaxTokens, judge.Generation.Greedy));
        Assert.Null(judge.Generation.JsonSchema);
        Assert.DoesNotContain("reference", judge.Rubric.Source!, StringComparison.OrdinalIgnoreCase);
        JudgeDefinition byReference = Read("grader: model_graded\ndoc_to_target: sum").Judge!;
        Assert.Contains("{{ reference }}", byReference.Rubric.Source!, StringComparison.Ordinal);
    }

    [Fact]
    public void Judge_Alone_ChoosesItsGrader() => Assert.Equal("model_graded", Read("judge: {votes: 1}").Grader);

    [Fact]
    public void Schema_Auto_NamesTheGrades()
    {
        JudgeDefinition judge = Read("judge: {schema: auto, grades: {good: 1, bad: 0}}").Judge!;
        Assert.Equal(
            """{"type":"object","properties":{"reasons":{"type":"string"},"grade":{"enum":["good","bad"]}},"""
            + "\"required\":[\"reasons\",\"grade\"],\"additionalProperties\":false}",
            judge.Generation.JsonSchema);
        Assert.Equal(("grade", null), (judge.Property, judge.Pattern));
        Assert.Contains("JSON", judge.Rubric.Source!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("judge: {rubrik: x}", "judge: rubrik: no such key; known are rubric,")]
    [InlineData("judge: {rubric: Is it right?}", "judge: rubric: does not show the answer to the judge; write {{ completion }} where")]
    [InlineData("judge: {rewording: Is it?}", "judge: rewording: does not show the answer to the judge")]
    [InlineData("judge: {grades: {A: 1}}", "judge: grades: expected two or more names that differ")]
    [InlineData("judge: {grades: {A: 1, B: 1}}", "judge: grades: expected two or more names that differ")]
    [InlineData("judge: {grades: {A: 1, a: 0}}", "judge: grades: expected two or more names")]
    [InlineData("judge: {grades: [A, B]}", "judge: grades: expected two or more names")]
    [InlineData("judge: {votes: 3}", "judge: votes: found 3 with temperature 0, which gives the same vote each time")]
    [InlineData("judge: {votes: 0}", "judge: votes: found 0; expected a whole number, 1 to 100")]
    [InlineData("judge: {label: human}", "judge: label and labelled go together")]
    [InlineData("judge: {audit: -1}", "judge: audit: found -1; expected a whole number, 0 to")]
    [InlineData("judge: {schema: yes please}", "judge: schema: expected a JSON schema as a map of keys, or auto")]
    [InlineData("judge: {grade: '('}", "judge: grade")]
    [InlineData("judge: {generation_kwargs: {temprature: 1}}", "judge: temprature: 1 is not supported; known are until,")]
    [InlineData("judge: {votes: 1}\ngrader: generation", "judge: stands beside grader generation, which asks no judge")]
    [InlineData("judge: {votes: 1}\nmetric_list: [{metric: exact_match}]", "metric_list: exact_match: a judge gives the metric score")]
    [InlineData(
        "judge: {votes: 1}\noutput_type: multiple_choice\ndoc_to_choice: [a, b]",
        "output_type: task sums is graded by a model, which grades completions; expected generate_until")]
    public void Judge_Wrong_IsRefused(string lines, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => Read(lines));
        Assert.Equal(ExitCode.Task, e.ExitCode);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private TaskDefinition Read(string lines)
    {
        string head = "task: sums\ndataset_path: ./sums.csv\ntest_split: test\ndoc_to_text: question\n";
        File.WriteAllText(_folder["sums.yaml"], $"{head}{lines}\n");
        return Assert.Single(TaskCatalog.Load([_folder["sums.yaml"]], null, null, null, TaskCodeUse.Refused).Select(["sums"]).Tasks);
    }

    public void Dispose() => _folder.Dispose();
}
