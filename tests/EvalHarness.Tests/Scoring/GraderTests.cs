using EvalHarness.Scoring;
using EvalHarness.Tests.Sandbox;
using static EvalHarness.Tests.Scoring.GradingJobs;

namespace EvalHarness.Tests.Scoring;

public sealed class GraderTests
{
    private static async Task<Grade> GradeOneAsync(IGrader grader, GradingJob job) =>
        (await grader.GradeAsync(job, CancellationToken.None))[0];

    /// <summary>Lengths: "é" is one code point and two bytes, so the three metrics disagree.</summary>
    [Fact]
    public async Task MultipleChoice_ThreeNormalisations_Differ()
    {
        GradingJob job = Job(
            Choose + "\nmetric_list: [{metric: acc}, {metric: acc_norm}, {metric: acc_bytes}]",
            Choice(0, 0L, ("éé", -3.0, false), ("abcd", -4.0, false)),
            Choice(1, 1L, ("éé", -3.0, false), ("abcd", -5.0, false)),
            Choice(2, 0L, ("éé", -2.4, false), ("abc", -3.0, false)));
        IReadOnlyList<Grade> grades = await new MultipleChoiceGrader().GradeAsync(job, CancellationToken.None);
        Assert.Equal([1, 0, 1], grades.Select(g => g.Scores["acc"]));
        Assert.Equal([0, 1, 0], grades.Select(g => g.Scores["acc_norm"]));
        Assert.Equal([1, 0, 1], grades.Select(g => g.Scores["acc_bytes"]));
    }

    [Theory]
    [InlineData("b", 1)]
    [InlineData("not there", 0)]
    public async Task MultipleChoice_TargetAsText_IsLookedUp(string target, double expected)
    {
        Grade grade = await GradeOneAsync(new MultipleChoiceGrader(), Job(Choose, Choice(0, target, ("a", -2, false), ("b", -1, false))));
        Assert.Equal(expected, grade.Scores["acc"]);
        Assert.Equal(expected == 0, grade.Detail is not null);
    }

    [Fact]
    public async Task MultipleChoice_Equals_TheFirstWins() =>
        Assert.Equal(1, (await GradeOneAsync(
            new MultipleChoiceGrader(), Job(Choose, Choice(0, 0L, ("a", -1, false), ("b", -1, false))))).Scores["acc"]);

    [Fact]
    public async Task MultipleChoice_UnknownMetric_IsRefused() =>
        Assert.Contains(
            "metric bleu",
            (await Assert.ThrowsAsync<EvalException>(() => GradeOneAsync(
                new MultipleChoiceGrader(), Job(Choose + "\nmetric_list: [{metric: bleu}]", Choice(0, 0L, ("a", -1, false)))))).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData("ignore_case: true", "PARIS", 1)]
    [InlineData("ignore_case: false", "PARIS", 0)]
    [InlineData("ignore_case: 1", "PARIS", 1)]
    [InlineData("ignore_case: \"a text\"", "PARIS", 1)]
    [InlineData("ignore_punctuation: true", "P.a-r,is!", 1)]
    [InlineData("ignore_numbers: true", "Par1is2", 1)]
    [InlineData("regexes_to_ignore: ['x+', '^ ']", " Paxxris", 1)]
    public async Task ExactMatch_Options_Table(string option, string answer, double expected)
    {
        GradingJob job = Job(Generate + $"\nmetric_list: [{{metric: exact_match, {option}}}]", Answer(0, "Paris", answer));
        Assert.Equal(expected, (await GradeOneAsync(new GenerationGrader(), job)).Scores["exact_match"]);
    }

    [Fact]
    public async Task ExactMatch_SeveralTargets_AnyIsRight()
    {
        Sample twoTargets = Answer(0, new List<object?> { "Rome", "Paris" }, "Paris") with { MultipleTargets = true };
        Assert.Equal(1, (await GradeOneAsync(new GenerationGrader(), Job(Generate, twoTargets))).Scores["exact_match"]);
    }

    [Fact]
    public async Task ExactMatch_PatternWithoutEnd_ErrsTheSample()
    {
        GradingJob job = Job(
            Generate + "\nmetric_list: [{metric: exact_match, regexes_to_ignore: ['(a+)+$']}]", Answer(0, "b", new string('a', 40) + "!"));
        Grade grade = await GradeOneAsync(new GenerationGrader(), job);
        Assert.Contains("took more than", grade.Error, StringComparison.Ordinal);
    }

    [ToolFact("python3")]
    public async Task CodeExecution_SeveralSamples_GivesEachK()
    {
        GradingJob job = Job(
            Generate + "\nrepeats: 4\ngrader: code_execution\nmetric_list: [{metric: pass_at_k, k: [1, 2, 4]}]",
            Answer(0, "assert x == 1", "x = 1", "x = 2", "x = 3", "syntax error"));
        Grade grade = await GradeOneAsync(new CodeExecutionGrader(), job);
        Assert.Equal([0.25, 0.5, 1.0], grade.Scores.Values);
        Assert.Equal(
            ["passed", "failed_assertion", "failed_assertion", "exception: SyntaxError: invalid syntax (program.py, line 1)"],
            grade.Verdicts);
    }

    [PythonTheory]
    [InlineData("import sys; sys.stdin.read(); sys.exit(3)", "ended with status 3")]
    [InlineData("import sys; sys.stdin.read(); print('not json')", "wrote 'not json'")]
    [InlineData("import sys; sys.stdin.read()", "no line with this id")]
    [InlineData("import sys; sys.stdin.read(); print('{\"id\": 0, \"scores\": {\"other\": 1}}')", "no score for metric exact_match")]
    [InlineData("import sys; sys.stdin.read(); print('{\"id\": 0, \"error\": \"too hard\"}')", "too hard")]
    [InlineData("raise ValueError('bad day')", "ValueError: bad day")]
    public async Task Command_WhatGoesWrong_ErrsTheSample(string script, string expected)
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("grade.py", script);
        Grade grade = await GradeOneAsync(
            new CommandGrader(), Job(Generate + $"\ngrader_command: [/usr/bin/python3, '{file}']", Answer(0, "a", "a")));
        Assert.Contains(expected, grade.Error, StringComparison.Ordinal);
        Assert.Empty(grade.Scores);
    }

    [Fact]
    public async Task Command_ProgramIsMissing_IsOneLine() =>
        Assert.Contains(
            "does not start",
            (await Assert.ThrowsAsync<EvalException>(() => GradeOneAsync(
                new CommandGrader(), Job(Generate + "\ngrader_command: [no-such-grader]", Answer(0, "a", "a"))))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Plugin_WhatItThrows_ErrsThatSampleAlone()
    {
        var registry = new GraderRegistry();
        Assert.True(registry.AddPlugin(PluginAssembly.Load(Path.Combine(
            Shared.Repository, "artifacts", "bin", "SamplePlugin",
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "SamplePlugin.dll"))));
        IReadOnlyList<Grade> grades = await registry.Get("word_count", "test").GradeAsync(
            Job(
                Generate + "\ngrader: word_count\nmetric_list: [{metric: short_enough, words: 3}]",
                Answer(0, "", "one two"),
                Answer(1, "", "poison"),
                Answer(2, "", "one two three four")),
            CancellationToken.None);
        Assert.Equal((1.0, "2 words"), (grades[0].Scores["short_enough"], grades[0].Detail));
        Assert.Equal("grader word_count: InvalidOperationException: the answer is poisoned", grades[1].Error);
        Assert.Equal(0.0, grades[2].Scores["short_enough"]);
    }
}
