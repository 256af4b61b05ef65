using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Scoring.Judging;

namespace EvalHarness.Tests.Reports;

public sealed class JudgeTableTests
{
    /// <summary>Two raters of whom one gave one grade alone have a kappa of 0 without an interval, and two such have none.</summary>
    [Fact]
    public void Rows_WithoutAnInterval_SayWhatThereIs()
    {
        RunReport report = Report(new JudgeCard
        {
            Task = "task",
            Filter = "none",
            Votes = 1,
            Audited = 2,
            Again = new Dictionary<string, JudgeAgreement>
            {
                ["other_order"] = JudgeAgreement.Of([(1, 1), (1, 0)], 0, 1)!,
                ["repeated"] = JudgeAgreement.Of([(1, 1)], 0, 1)!,
            },
        });
        Assert.Equal(
            [
                ["task", "itself, grades in another order", "2", "1", "0.500 [0.095, 0.905]", "0.000", "-0.500 [-1.000, +1.000]"],
                ["task", "itself, the answer twice", "1", "1", "1.000 [0.207, 1.000]", "n/a", "0.000"],
            ],
            JudgeTable.Rows(report));
    }

    [Fact]
    public void Notes_OfAJudgeWithLeanings_NameThem()
    {
        (double, double)[] falls = [.. Enumerable.Repeat((1.0, 0.0), 20), .. Enumerable.Repeat((1.0, 1.0), 20)];
        RunReport report = Report(new JudgeCard
        {
            Task = "task",
            Filter = "strict",
            Votes = 3,
            Audited = 40,
            Again = new Dictionary<string, JudgeAgreement>
            {
                ["other_order"] = JudgeAgreement.Of(falls, 0, 1)!,
                ["repeated"] = JudgeAgreement.Of([.. falls.Select(p => (p.Item2, p.Item1))], 0, 1)!,
            },
            Labels = JudgeAgreement.Of([.. falls.Select(p => (p.Item2, p.Item1))], 0, 1),
        });
        Assert.Equal(
            [
                "task,strict: graded by the judge with 3 votes; 40 documents were to be judged again in other forms",
                "task,strict: the judge's grades depend on the order in which the grades are listed: the score changes by -0.500",
                "task,strict: the judge's grades depend on the length of the answer: with the same answer twice the score changes by "
                    + "+0.500",
                "task,strict: the judge grades higher than people, by 0.500",
            ],
            JudgeTable.Notes(report));
    }

    private static RunReport Report(JudgeCard card) => new()
    {
        Results = new Dictionary<string, ReportEntry>(),
        Harness = new HarnessReport
        {
            Rows = [],
            Judge = "the judge",
            Judges = [card],
        },
    };
}
