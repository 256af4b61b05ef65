using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Published;
using EvalHarness.Analysis.Published.Ladder;

namespace EvalHarness.Reports;

/// <summary>Which settings explain why measured scores differ from published ones, for a terminal.</summary>
internal static class LadderTable
{
    private const string Legend =
        """

        Effect: the score after the change minus the one before it, on the same documents. Share: what that makes up of the gap between
        the published score and the measured one. All intervals of a score's settings hold together with a probability of 95%, at whatever
        number of rows each was left.

        """;

    /// <returns>Nothing where no score differs.</returns>
    public static string Render(IReadOnlyList<Reproduction> reproductions)
    {
        var text = new StringBuilder();
        Reproduction[] differing = [.. reproductions.Where(r => r.Verdict == ReproductionVerdict.Differs)];
        foreach (LadderReport ladder in differing.Select(r => r.Ladder).OfType<LadderReport>())
            Append(text, ladder);
        if (differing.Any(r => r.Ladder is { Rounds: var rounds } && rounds.Any(r => r.Rungs.Any(rung => rung.Effect is not null))))
            text.Append(Legend);
        if (differing.Any(r => r.Ladder is null))
        {
            text.Append(
                "\nWhy scores differ was not looked for: without --no-ladder, one setting at a time is changed, on fewer rows than a full "
                + "run has.\n");
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, LadderReport ladder)
    {
        text.Append(CultureInfo.InvariantCulture, $"\nWhy {ladder.Score} differs: {ladder.Sentence}\n");
        foreach (RoundReport round in ladder.Rounds)
        {
            if (round.Rungs.Any(r => r.Effect is not null))
                text.Append('\n').Append(Table(round));
        }

        (string When, RungReport Rung)[] rungs =
        [
            .. ladder.Rounds.SelectMany(round => round.Rungs.Concat(Newly(round, ladder.Rounds[0]))
                .Select(rung => (round.After is null ? "" : $"after {round.After}: ", rung))),
        ];
        string asked = ladder.Rows == 0 ? "rows asked: none"
            : $"rows asked: {ladder.Rows} of the {ladder.FullRun} of a full run; they lie in {ladder.Folder}";
        string[] notes =
        [
            asked,
            .. rungs.Where(r => r.Rung is { Errored: > 0, Effect: not null }).Select(r =>
                $"{r.When}{r.Rung.Setting} ({r.Rung.From} → {r.Rung.To}): {r.Rung.Errored} documents errored, and count as unmoved"),
            .. rungs.Where(r => r.Rung.Reason is not null).Select(r => r.When + Note(r.Rung)),
        ];
        text.Append('\n').AppendJoin("", notes.Select(n => $"- {n}\n"));
    }

    /// <summary>What a round did not try; of a later round, what the first one tried.</summary>
    private static IEnumerable<RungReport> Newly(RoundReport round, RoundReport first) => round.NotTried
        .Where(left => round == first || first.Rungs.Any(rung => rung.Setting == left.Setting && rung.Effect is not null));

    private static string Note(RungReport rung)
    {
        string change = rung.From is null ? "" : $" ({rung.From} → {rung.To})";
        return $"{(rung.Effect is null ? "not tried" : "not tried any further")}: {rung.Setting}{change}: {rung.Reason}";
    }

    private static TextTable Table(RoundReport round)
    {
        var table = new TextTable(
            (round.After is null ? "Setting" : $"After {round.After}", false),
            ("From", false),
            ("To", false),
            ("Effect", true),
            ("Share", true),
            ("Compared", true),
            ("Rows", true),
            ("Verdict", false));
        foreach (RungReport rung in round.Rungs.Where(r => r.Effect is not null))
        {
            table.Add(
                rung.Setting,
                rung.From ?? "",
                rung.To ?? "",
                PointsCell.Of(rung.Effect, rung.EffectLow, rung.EffectHigh),
                $"{TextTable.Number(rung.Share, "0%")} [{TextTable.Number(rung.ShareLow, "0%")}, {TextTable.Number(rung.ShareHigh, "0%")}]",
                TextTable.Number(rung.Compared),
                TextTable.Number(rung.Rows),
                Word(rung));
        }

        return table;
    }

    private static string Word(RungReport rung) => rung.Verdict switch
    {
        RungVerdict.Explains => "explains the gap",
        RungVerdict.ExplainsPart => "explains a part",
        RungVerdict.Overshoots => "goes further than the gap",
        RungVerdict.MovesAway => "moves the score away",
        RungVerdict.NotTheWholeCause => $"explains at most {TextTable.Number(rung.ShareHigh, "0%")}",
        _ => "is left open",
    };
}
