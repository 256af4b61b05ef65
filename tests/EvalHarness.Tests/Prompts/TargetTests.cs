using System.Numerics;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Scoring;
using EvalHarness.Tasks;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Prompts;

/// <summary>Targets as lm-evaluation-harness understands them, in the question that is graded and in few-shot examples.</summary>
public sealed class TargetTests
{
    private static Document Row(object? answer, object? choices = null) =>
        new(new Dictionary<string, object?> { ["question"] = "q", ["answer"] = answer, ["choices"] = choices });

    private static PreparedDocument Prepare(string yaml, Document document, params Document[] shots) =>
        new PromptBuilder(new TaskRun(GradingJobs.Task(yaml), shots.Length, Seed: 1) { FewShotPool = shots })
            .Prepare(new NumberedDocument(0, document));

    private static string Written(string target, string more = "") => $$$"""
        task: t
        dataset_path: org/name
        test_split: test
        training_split: train
        doc_to_text: question
        doc_to_target: "{{{{{target}}}}}"
        {{{more}}}
        """;

    [Theory]
    [InlineData("[(1, 2)]", "[(1, 2)]", true)]
    [InlineData("['a', 'b',]", "['a', 'b']", true)]
    [InlineData("[12345678901234567890]", "[12345678901234567890]", true)]
    [InlineData("['''x''' \"y\", r'\\n']", @"['xy', '\\n']", true)]
    [InlineData("[1_000, 0x1F, -2, (3,), {'k': [None]}]", "[1000, 31, -2, (3,), {'k': [None]}]", true)]
    [InlineData("[]", "[]", false)]
    [InlineData("[1, x]", "'[1, x]'", false)]
    [InlineData("[1] and [2]", "'[1] and [2]'", false)]
    [InlineData("12345678901234567890", "'12345678901234567890'", false)]
    public void Target_TextOfATemplate_IsReadAsPythonReadsIt(string text, string repr, bool isMultiple)
    {
        PreparedDocument prepared = Prepare(Written("answer ~ ''"), Row(text));
        Assert.Equal(repr, Python.Repr(prepared.Target));
        Assert.Equal(isMultiple, prepared.MultipleTargets);
    }

    [Theory]
    [InlineData("[{1, 2}]", "sets are not supported")]
    [InlineData("[b'x']", "bytes such as b'...' are not supported")]
    [InlineData("[1 + 2j]", "complex numbers are not supported")]
    public void Target_LiteralWithoutAValueHere_IsRefusedByName(string text, string message)
    {
        EvalException e = Assert.Throws<EvalException>(() => Prepare(Written("answer ~ ''"), Row(text)));
        Assert.Equal(ExitCode.Task, e.ExitCode);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private const string Choices = "doc_to_choice: ['no', 'yes', maybe]";

    [Theory]
    [InlineData("2", "maybe")]
    [InlineData("0", "no")]
    [InlineData("-1", "maybe")]
    public void Shot_IndexOfAChoice_IsTheChoice(string text, string answer)
    {
        object target = long.Parse(text);
        string context = Prepare(GradingJobs.Generate + "\ntraining_split: train\n" + Choices, Row(0L), Row(target)).Context;
        Assert.Equal($"q {answer}\n\nq", context);
    }

    [Fact]
    public void Shot_BooleanTarget_IsAnIndex() => Assert.Equal(
        "q yes\n\nq", Prepare(GradingJobs.Generate + "\ntraining_split: train\n" + Choices, Row(0L), Row(true)).Context);

    [Fact]
    public void Shot_ListOfTexts_IsItsFirst() => Assert.Equal(
        "q b\n\nq",
        Prepare(GradingJobs.Generate + "\ntraining_split: train", Row("a"), Row(new List<object?> { "b", "c" })).Context);

    [Fact]
    public void Shot_NullTarget_HasNoAnswer() => Assert.Equal(
        "qq", Prepare(GradingJobs.Generate + "\ntraining_split: train", Row("a"), Row(null)).Context);

    [Theory]
    [InlineData("[0, 2]", "expected a text there")]
    [InlineData("12345678901234567890", "the answer is choice 12345678901234567890 of 3")]
    [InlineData("007", "'007' is no index of a choice")]
    public void Shot_AnswerThatTheReferenceFailsAt_IsRefused(string text, string message) => Assert.Contains(
        message,
        Assert.Throws<EvalException>(() => Prepare(Written("answer ~ ''", Choices), Row("0"), Row(text))).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Shots_RowsEqualToTheDocument_AreAllLeftOut()
    {
        string yaml = GradingJobs.Generate + "\nfewshot_config: {sampler: first_n, split: test}";
        Document[] pool = [Row("a"), Row("a"), Row("b"), Row("b"), Row("c")];
        string context = new PromptBuilder(new TaskRun(GradingJobs.Task(yaml), 2, Seed: 1) { FewShotPool = pool })
            .Prepare(new NumberedDocument(0, pool[0])).Context;
        Assert.Equal("q b\n\nq b\n\nq", context);
    }

    private static async Task<Grade> GradeAsync(string yaml, Sample sample) =>
        (await new GenerationGrader().GradeAsync(GradingJobs.Job(yaml + "\nmetric_list: [{metric: exact_match}]", sample), default))
            .Single();

    [Theory]
    [InlineData(true, "yes", 1.0)]
    [InlineData(false, "no", 1.0)]
    [InlineData(-1L, "yes", 1.0)]
    [InlineData(0L, "0", 0.0)]
    public async Task Grade_IndexOfAChoice_ComparesWithTheChoice(object target, string answer, double score)
    {
        Grade grade = await GradeAsync(GradingJobs.Generate, GradingJobs.Answer(0, target, answer) with { Choices = ["no", "yes"] });
        Assert.Equal(score, grade.Scores["exact_match"]);
    }

    [Fact]
    public async Task Grade_IndexOfNoChoice_IsAnError()
    {
        var far = BigInteger.Parse("12345678901234567890");
        Grade grade = await GradeAsync(GradingJobs.Generate, GradingJobs.Answer(0, far, "a") with { Choices = ["no", "yes"] });
        Assert.Equal("the target is choice 12345678901234567890 of 2", grade.Error);
    }

    /// <summary>NumPy makes texts of numbers beside a text; numbers alone are equal to no text.</summary>
    [Theory]
    [InlineData("[1, 'b']", "1", 1.0)]
    [InlineData("[1, 2]", "1", 0.0)]
    [InlineData("[(1, 2)]", "(1, 2)", 0.0)]
    public async Task Grade_SeveralTargets_AreComparedAsByNumPy(string targets, string answer, double score)
    {
        Assert.True(PythonLiteral.TryParse(targets, out object? list));
        Grade grade = await GradeAsync(GradingJobs.Generate, GradingJobs.Answer(0, list, answer) with { MultipleTargets = true });
        Assert.Equal(score, grade.Scores["exact_match"]);
    }
}
