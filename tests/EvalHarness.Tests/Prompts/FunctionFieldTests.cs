using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Prompts;

/// <summary>
/// What functions of a task file return stands for itself, where the text of a template may stand for an index or a list.
/// </summary>
public sealed class FunctionFieldTests
{
    private static TaskField Function(object? value) => new(new FieldFunction(_ => value), "t.yaml:1: field");

    private static PreparedDocument Prepare(Func<TaskDefinition, TaskDefinition> change)
    {
        TaskDefinition task = change(GradingJobs.Task(GradingJobs.Choose));
        var document = new Document(new Dictionary<string, object?>
        {
            ["question"] = "q",
            ["answer"] = 1L,
            ["choices"] = new List<object?> { "1", "0" },
        });
        return new PromptBuilder(new TaskRun(task, NumFewShot: 0, Seed: 1)).Prepare(new NumberedDocument(0, document));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("['1', '0']")]
    public void Target_TextOfAFunction_StaysText(string text)
    {
        PreparedDocument prepared = Prepare(task => task with { DocToTarget = Function(text) });
        Assert.Equal(text, prepared.Gold);
        Assert.False(prepared.MultipleTargets);
    }

    [Fact]
    public void Target_IntegerOrListOfAFunction_IsAnIndexOrSeveral()
    {
        Assert.Equal(1L, Prepare(task => task with { DocToTarget = Function(1L) }).Gold);
        Assert.Equal(0L, Prepare(task => task with { DocToTarget = Function(false) }).Gold);
        PreparedDocument several = Prepare(task => task with { DocToTarget = Function(new List<object?> { 0L, 1L }) });
        Assert.Equal(new List<object?> { 0L, 1L }, several.Gold);
        Assert.True(several.MultipleTargets);
    }

    [Fact]
    public void Question_DigitsOfAFunction_AreAPrompt()
    {
        PreparedDocument prepared = Prepare(task => task with { DocToText = Function("1") });
        Assert.Equal(("1", 1L), (prepared.Context, prepared.Gold));
    }

    [Fact]
    public void Choices_PrintedByAFunction_AreNoList()
    {
        EvalException e = Assert.Throws<EvalException>(() => Prepare(task => task with { DocToChoice = Function("['a', 'b']") }));
        Assert.Contains("doc_to_choice gives \"['a', 'b']\"; expected a list", e.Message, StringComparison.Ordinal);
    }
}
