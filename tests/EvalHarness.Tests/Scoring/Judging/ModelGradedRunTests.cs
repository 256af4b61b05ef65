using System.Globalization;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Results;

namespace EvalHarness.Tests.Scoring.Judging;

/// <summary>What a judge answers becomes a score, or an errored sample that says why; never a zero.</summary>
public sealed class ModelGradedRunTests : IDisposable
{
    private const string Rubric = "  rubric: \"{{question}} {{completion}}\"\n";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Run_JudgeThatFailsSometimes_ErrsThoseSamplesAndScoresTheOthers()
    {
        (RunResults results, IReadOnlyList<SampleRow> samples) = await RunAsync(Rubric + "  audit: 0", 8, request => Row(request) switch
        {
            0 => AnsweringEngine.Ended(request, "It is right.\nGRADE: CORRECT"),
            1 => AnsweringEngine.Ended(request, "I weigh GRADE: INCORRECT against it, and still:\n**Grade:** correct"),
            2 => AnsweringEngine.Ended(request, "GRADE: INCORRECT"),
            3 => AnsweringEngine.Ended(request, "GRADE: CORRECT and so on and", FinishReason.Length),
            4 => AnsweringEngine.Ended(request, "I cannot help with that.", FinishReason.Refusal),
            5 => AnsweringEngine.Ended(request, "The answer seems fine to me."),
            6 => AnsweringEngine.Ended(request, "GRADE: PERHAPS"),
            _ => Response.Failed(request.Key, "the server is gone"),
        });
        Assert.Equal(5, results.Errored);
        Assert.Equal([1, 1, 0], samples.Where(s => s.Error is null).Select(s => s.Scores[0].Value));
        Assert.Equal(
            [
                "the judge gave no grade: its answer was cut off by the limit of 512 tokens: 'GRADE: CORRECT and so on and'",
                "the judge gave no grade: it refused: 'I cannot help with that.'",
                "the judge gave no grade: its answer has no grade: 'The answer seems fine to me.'",
                "the judge gave no grade: its grade 'PERHAPS' is none of CORRECT, INCORRECT",
                "the judge gave no grade: the server is gone",
            ],
            samples.Where(s => s.Error is not null).Select(s => s.Error));
        Assert.Equal(2 / 3.0, Assert.Single(results.Tasks[0].Metrics).Value!.Value, 9);
    }

    [Theory]
    [InlineData("""{"reasons": "x", "grade": "CORRECT"}""", null)]
    [InlineData("""{"reasons": "x"}""", "its answer has no grade: '{\"reasons\": \"x\"}'")]
    [InlineData("""{"grade": true}""", "its grade is neither text nor a number: '{\"grade\": true}'")]
    [InlineData("CORRECT", "its answer is no JSON: 'CORRECT'")]
    [InlineData("", "its answer is no JSON: it is empty")]
    public async Task Run_GradeInJson_IsReadFromIt(string answer, string? problem)
    {
        (_, IReadOnlyList<SampleRow> samples) = await RunAsync(
            Rubric + "  schema: auto\n  audit: 0", 1, request => AnsweringEngine.Ended(request, answer));
        Assert.Equal(problem is null ? null : $"the judge gave no grade: {problem}", Assert.Single(samples).Error);
    }

    /// <summary>What begins with a grade and goes on is another thing, or none.</summary>
    [Theory]
    [InlineData("GRADE: 4.5", "its grade '4.5' is none of 1, 4, 5")]
    [InlineData("GRADE: 4 or 5", "its grade '4 or 5' is none of 1, 4, 5")]
    [InlineData("GRADE: 1/5", "its grade '1/5' is none of 1, 4, 5")]
    [InlineData("GRADE:", "its answer has no grade: 'GRADE:'")]
    [InlineData("GRADE: **4**.", null)]
    [InlineData("**GRADE:**\n4\n", null)]
    public async Task Run_GradeThatIsNotAlone_IsNone(string answer, string? problem)
    {
        (_, IReadOnlyList<SampleRow> samples) = await RunAsync(
            Rubric + "  grades: {1: 0, 4: 0.75, 5: 1}\n  audit: 0", 1, request => AnsweringEngine.Ended(request, answer));
        Assert.Equal(problem is null ? null : $"the judge gave no grade: {problem}", Assert.Single(samples).Error);
    }

    /// <summary>A column called reference is one where the task says nothing of the right answer.</summary>
    [Theory]
    [InlineData("", "reference 7;")]
    [InlineData("doc_to_target: question\n", "reference 0 + 0;")]
    public async Task Run_ColumnCalledReference_IsTheReferenceWhereThereIsNoOther(string target, string shown)
    {
        Directory.CreateDirectory(_folder["tasks"]);
        File.WriteAllText(_folder["tasks/sums.csv"], "question,reference\n0 + 0,7\n");
        File.WriteAllText(
            _folder["tasks/sums.yaml"],
            $"task: sums\ndataset_path: ./sums.csv\ntest_split: test\ndoc_to_text: \"{{{{question}}}} =\"\n{target}"
            + "judge: {rubric: \"reference {{reference}}; {{completion}}\", system: \"grade {{question}}\", audit: 0}\n");
        AnsweringEngine judge = AnsweringEngine.OfText("judge", _ => "GRADE: CORRECT");
        await new JudgedRun(_folder).RunAsync(judge);
        Assert.StartsWith($"grade 0 + 0{shown}", Assert.Single(judge.Asked).Context, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LabelThatIsNoColumn_IsFoundBeforeTheRun()
    {
        var run = new JudgedRun(_folder);
        run.Write(Rubric + "  label: humann\n  labelled: seen");
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => run.RunAsync(AnsweringEngine.OfText("judge", _ => "")));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.EndsWith(
            "label and labelled are columns, and there is no column humann; there are question, sum, human, seen",
            e.Message, StringComparison.Ordinal);
    }

    /// <summary>The seeds of the votes differ, and the grade of most of them counts; a tie is the mean.</summary>
    [Theory]
    [InlineData(3, "CORRECT INCORRECT CORRECT", 1.0)]
    [InlineData(3, "PARTIAL INCORRECT INCORRECT", 0.0)]
    [InlineData(2, "CORRECT PARTIAL", 0.75)]
    public async Task Run_Votes_MostCount(int votes, string grades, double score)
    {
        string judge = Rubric + $"  votes: {votes}\n  audit: 0\n  generation_kwargs: {{temperature: 0.7}}\n"
            + "  grades: {CORRECT: 1, PARTIAL: 0.5, INCORRECT: 0}";
        var seeds = new HashSet<int>();
        (_, IReadOnlyList<SampleRow> samples) = await RunAsync(judge, 1, request =>
        {
            seeds.Add(request.Seed);
            return AnsweringEngine.Ended(request, $"GRADE: {grades.Split(' ')[request.Key.Index]}");
        });
        Assert.Equal(score, Assert.Single(Assert.Single(samples).Scores).Value);
        Assert.Equal(votes, seeds.Count);
        string detail = $"judge: {grades.Replace(" ", ", ", StringComparison.Ordinal)}: GRADE";
        Assert.StartsWith(detail, samples[0].Detail, StringComparison.Ordinal);
    }

    /// <summary>The default rubrics show the question, the reference and the answer, and list the grades.</summary>
    [Fact]
    public async Task Run_WithoutARubric_AsksByTheDefaultOnes()
    {
        var asked = new List<string>();
        await RunAsync("  votes: 1", 1, request =>
        {
            asked.Add(request.Context);
            return AnsweringEngine.Ended(request, "GRADE: CORRECT");
        });
        Assert.Equal(4, asked.Distinct().Count());
        Assert.All(asked, text => Assert.Contains("0 + 0 =", text, StringComparison.Ordinal));
        Assert.Contains("Reference answer:\n0\n\nAnswer:\nno idea\n\n", asked[0], StringComparison.Ordinal);
        Assert.Contains("GRADE: and CORRECT or INCORRECT.", asked[0], StringComparison.Ordinal);
        Assert.Contains("GRADE: and INCORRECT or CORRECT.", asked[1], StringComparison.Ordinal);
        Assert.Contains("no idea\n\nno idea\n\n", asked[3], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LabelThatIsNoGrade_ErrsTheSample()
    {
        var run = new JudgedRun(_folder) { Rows = 3, Human = i => i == 1 ? "maybe" : i == 2 ? "1" : "" };
        run.Write(Rubric + "  label: human\n  labelled: seen\n  audit: 0");
        (_, IReadOnlyList<SampleRow> samples) = await run.RunAsync(AnsweringEngine.OfText("judge", _ => "GRADE: INCORRECT"));
        Assert.EndsWith("label: 'maybe' is none of the grades CORRECT, INCORRECT", samples[1].Error, StringComparison.Ordinal);
        Assert.Equal(["score"], samples[0].Scores.Select(s => s.Metric));
        Assert.Equal([("score", 0.0), ("score_label", 1.0)], samples[2].Scores.Select(s => (s.Metric, s.Value!.Value)));
    }

    /// <summary>The score of a document with several completions is their mean, which nobody has graded.</summary>
    [Fact]
    public async Task Run_SeveralCompletionsOfADocument_HaveNoLabel()
    {
        var run = new JudgedRun(_folder)
        {
            Rows = 1,
            Repeats = 2,
            Human = _ => "CORRECT",
        };
        run.Write(Rubric + "  label: human\n  labelled: seen\n  audit: 0");
        string[] grades = ["CORRECT", "INCORRECT"];
        (_, IReadOnlyList<SampleRow> samples) = await run.RunAsync(new AnsweringEngine(
            "judge", request => AnsweringEngine.Ended(request, $"GRADE: {grades[request.Key.Index]}")));
        Assert.Equal([("score", 0.5)], Assert.Single(samples).Scores.Select(s => (s.Metric, s.Value!.Value)));
    }

    /// <summary>A person's grade is of the answer that the person saw, and not of what another model answers.</summary>
    [Fact]
    public async Task Run_LabelOfAnotherAnswer_IsNoLabel()
    {
        var seen = new JudgedRun(_folder) { Rows = 4, Human = _ => "CORRECT" };
        seen.Write(Rubric + "  label: human\n  labelled: seen\n  audit: 0");
        var run = new JudgedRun(_folder) { Rows = 4, Completion = i => i == 2 ? " 4 " : "another" };
        (_, IReadOnlyList<SampleRow> samples) = await run.RunAsync(AnsweringEngine.OfText("judge", _ => "GRADE: CORRECT"));
        Assert.Equal([1, 1, 2, 1], samples.Select(s => s.Scores.Count));
    }

    /// <summary>What an earlier start of the run was told is not asked again.</summary>
    [Fact]
    public async Task Judge_AskedAgain_AnswersFromItsJournal()
    {
        var run = new JudgedRun(_folder) { Rows = 4 };
        run.Write(Rubric);
        (RunResults first, _) = await run.RunAsync(AnsweringEngine.OfText("judge", _ => "GRADE: CORRECT"));
        Assert.Equal(new TokenCount(80, 0, 16), first.JudgeTokens);
        string[] lines = File.ReadAllLines(_folder["run/judge.jsonl"]);
        // The rubric lists no grades, so that there is no other order, and has no other wording.
        Assert.Equal(8, lines.Length);
        Directory.CreateDirectory(_folder["again"]);
        File.WriteAllLines(_folder["again/judge.jsonl"], lines.Take(5));
        AnsweringEngine other = AnsweringEngine.OfText("judge", _ => "GRADE: CORRECT");
        await run.RunAsync(other, "again");
        Assert.Equal(3, other.Asked.Count);
        Assert.Equal(lines.Order(), File.ReadAllLines(_folder["again/judge.jsonl"]).Order());
    }

    private static int Row(GenerateRequest request) => int.Parse(request.Context.Split(' ')[0], CultureInfo.InvariantCulture);

    private Task<(RunResults Results, IReadOnlyList<SampleRow> Samples)> RunAsync(
        string judge, int rows, Func<GenerateRequest, Response> answer)
    {
        var run = new JudgedRun(_folder) { Rows = rows, Completion = _ => "no idea" };
        run.Write(judge);
        return run.RunAsync(new AnsweringEngine("judge", answer));
    }

    public void Dispose() => _folder.Dispose();
}
