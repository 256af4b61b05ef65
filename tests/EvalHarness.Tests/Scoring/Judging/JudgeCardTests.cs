using EvalHarness.Scoring.Judging;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Tests.Scoring.Judging;

/// <summary>Judges with a planted fault are told from a right one by their cards alone.</summary>
public sealed class JudgeCardTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Two answers in three are right; wrong ones are long in one of two cases.</summary>
    private JudgedRun Run() => new(_folder)
    {
        Rows = 60,
        Completion = i => i % 3 > 0 ? $"{2 * i}" : i % 2 == 0 ? "none" : "it is hard to say what this is, but none",
        Human = i => i % 2 == 0 ? (i % 3 > 0 ? "CORRECT" : "INCORRECT") : "",
    };

    [Fact]
    public async Task Card_OfARightJudge_HasNoFault()
    {
        JudgeCard card = await CardAsync(question => JudgedRun.IsRight(question));
        Assert.Equal(["other_order", "other_wording", "repeated"], card.Again.Keys);
        Assert.All(card.Again.Values, a => Assert.Equal((50, 50, 0.0), (a.Documents, a.Same, a.Change)));
        Assert.All(card.Again.Values, a => Assert.Equal(1, a.Kappa));
        Assert.All(card.Again.Values, a => Assert.True(a.ChangeInterval is { Low: < 0, High: > 0 }));
        Assert.Equal((30, 30, 1.0), (card.Labels!.Documents, card.Labels.Same, card.Labels.Kappa));
        Assert.Equal(2 / 3.0, card.Corrected!.Value, 9);
        Assert.True(Width(card.Corrected.Interval) < Width(card.Corrected.OfLabelsInterval));
    }

    /// <summary>It takes the grade that is listed first where it is unsure, which it is of every second question.</summary>
    [Fact]
    public async Task Card_OfAJudgeThatTakesTheFirstGrade_ShowsItInTheOrderAlone()
    {
        JudgeCard card = await CardAsync(question => IsUnsure(question)
            ? question.Contains("first CORRECT", StringComparison.Ordinal)
            : JudgedRun.IsRight(question));
        Assert.True(card.Again["other_order"] is { Kappa: < 0.5, ChangeInterval.High: < 0 });
        Assert.Equal(0, card.Again["other_wording"].Change);
        Assert.Equal(0, card.Again["repeated"].Change);
        Assert.True(card.Labels is { Kappa: < 0.7, Change: > 0 });
    }

    [Fact]
    public async Task Card_OfAJudgeThatLikesLength_ShowsItInTheRepeatedAnswerAlone()
    {
        JudgeCard card = await CardAsync(question => JudgedRun.IsRight(question) || JudgedRun.Part(question, "answer ").Length > 8);
        Assert.True(card.Again["repeated"] is { Kappa: < 0.7, ChangeInterval.Low: > 0 });
        Assert.Equal(0, card.Again["other_order"].Change);
        Assert.Equal(0, card.Again["other_wording"].Change);
    }

    /// <summary>The correction takes back what a lenient judge gives away; its own score does not show it.</summary>
    [Fact]
    public async Task Card_OfALenientJudge_IsCorrectedByPeople()
    {
        JudgeCard card = await CardAsync(_ => true);
        Assert.Null(card.Again["other_order"].Kappa);
        Assert.Equal(1 / 3.0, card.Labels!.Change, 9);
        Assert.Equal(2 / 3.0, card.Corrected!.Value, 9);
    }

    private static bool IsUnsure(string question) => JudgedRun.Part(question, "question ")[0] % 2 == 0;

    private static double Width(Interval interval) => interval.High - interval.Low;

    private Task<JudgeCard> CardAsync(Func<string, bool> isRight)
    {
        JudgedRun run = Run();
        run.Write(JudgedRun.Rubric + "\n  label: human\n  labelled: seen");
        return run.CardAsync(question => $"GRADE: {(isRight(question) ? "CORRECT" : "INCORRECT")}");
    }

    public void Dispose() => _folder.Dispose();
}
