using EvalHarness.Nightly.Culprits;

namespace EvalHarness.Tests.Nightly.Culprits;

/// <summary>Verdicts on what became of rows, made up here.</summary>
public sealed class CulpritReportTests
{
    private static readonly CulpritRow[] Rows = [.. Enumerable.Range(0, 12).Select(i => new CulpritRow("t", i, "m,f", 1, 0))];

    private static CulpritTrial Trial(string name, Func<long, bool> back, int rows) => new()
    {
        Name = name,
        Change = new RunChange { Kind = ChangeKind.Option, Name = name, Base = "1", Candidate = "2" },
        Flipped = rows,
        Back = Rows.Take(rows).Count(r => back(r.Document)),
        WentBack = Rows.Take(rows).ToDictionary(r => r, r => back(r.Document)),
    };

    private static CulpritReport Decide(
        int rows, Func<long, bool>[] repeats, Func<long, bool> all, params (string Name, Func<long, bool> Back)[] changes) =>
        new CulpritReport
        {
            Base = "a",
            Candidate = "b",
            Compared = 100,
            Flipped = rows,
            Repeats = [.. repeats.Select(r => Trial("nothing", r, rows))],
            Changes = [.. changes.Select(c => Trial(c.Name, c.Back, rows))],
            All = Trial("all", all, rows),
        }.Decide();

    /// <summary>Answers that flip by themselves are nobody's doing, however many of them go back with a change.</summary>
    [Fact]
    public void RowsThatMoveByThemselves_NameNoChange()
    {
        CulpritReport report = Decide(
            12, [i => i % 2 == 0, i => i % 3 == 0], i => i % 2 == 1, ("--seed", i => i % 2 == 1), ("model", i => i < 7));
        Assert.Equal(CulpritVerdict.None, report.Verdict);
        Assert.EndsWith("when nothing is set back, up to 6 of 12 flipped rows go back", report.Sentence, StringComparison.Ordinal);
    }

    /// <summary>A guilty change is found among answers of which some flip by themselves.</summary>
    [Fact]
    public void GuiltyChangeAmongNoise_IsNamed()
    {
        CulpritReport report = Decide(
            12, [i => i == 0, i => i == 3], _ => true, ("--seed", i => i is 0 or 5), ("model", i => i != 7));
        Assert.Equal((CulpritVerdict.One, "model"), (report.Verdict, report.Culprits.Single()));
        Assert.Contains(
            "11 of 12 flipped rows go back when it is set back alone, and up to 1 of 12", report.Sentence, StringComparison.Ordinal);
    }

    /// <summary>A change that brings back a third of the rows is not called the only one.</summary>
    [Fact]
    public void ChangeOfAFewRows_MovesAPartOfThem()
    {
        CulpritReport report = Decide(12, [_ => false, _ => false], i => i < 4, ("model", i => i < 4));
        Assert.Contains("moves a part of them: 4 of 12", report.Sentence, StringComparison.Ordinal);
    }

    /// <summary>Of four rows three go back with one change and two with the other: too few for two tests, and no joint cause.</summary>
    [Fact]
    public void FewRowsOfTwoChanges_AreTooFewAndNotTogether()
    {
        CulpritReport report = Decide(4, [_ => false, _ => false], _ => true, ("model", i => i < 2), ("--seed", i => i > 0));
        Assert.Equal((CulpritVerdict.TooFewRows, 0), (report.Verdict, report.Culprits.Count));
        Assert.Contains("--seed (3 of 4)", report.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void NoChange_SaysWhatMovesByItself()
    {
        CulpritReport report = Decide(4, [i => i == 1], _ => false);
        Assert.Equal(CulpritVerdict.NothingChanged, report.Verdict);
        Assert.Contains("up to 1 of 4 flipped rows go back by themselves", report.Sentence, StringComparison.Ordinal);
    }
}
