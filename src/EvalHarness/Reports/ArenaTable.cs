using System.Text;
using EvalHarness.Analysis.Arena;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>Ratings of models for a terminal.</summary>
internal static class ArenaTable
{
    /// <summary>Models of which the table of wins fits on a screen.</summary>
    private const int Columns = 12;

    public static string Render(ArenaStandings standings)
    {
        string documents = standings.Documents is { } count ? Invariant($" on {count} documents") : "";
        string controls = standings.Effects.Count == 0
            ? "no controls"
            : $"with {string.Join(", ", standings.Effects.Select(e => e.Control))} held equal";
        var text = new StringBuilder(Invariant($"{standings.Battles} battles{documents}, {standings.Ties} of them ties; {controls}\n\n"));
        text.Append(Invariant($"{Ratings(standings)}\n"));
        if (standings.Effects.Count > 0)
            text.Append(Invariant($"{Effects(standings)}\n"));
        if (standings.Models.Count <= Columns)
            text.Append(Invariant($"{Wins(standings)}\n"));
        else
            text.Append(Invariant($"The table of wins of {standings.Models.Count} models is in the page and in arena.json.\n"));
        text.AppendJoin("", standings.Notes.Select(n => n + "\n"));
        if (standings.Judge is { } card)
        {
            text.Append(Invariant($"{(standings.Notes.Count > 0 ? "\n" : "")}{PairJudgeTable.Table(card)}\n"));
            text.AppendJoin("", PairJudgeTable.Notes(card).Select(n => n + "\n"));
        }

        return text.ToString();
    }

    private static TextTable Ratings(ArenaStandings standings)
    {
        var table = new TextTable(("Ranks", true), ("Model", false), ("Rating", true), ("Battles", true), ("Won", true));
        foreach (ArenaModel model in standings.Models)
        {
            table.Add(
                model.BestRank == model.WorstRank ? Invariant($"{model.BestRank}") : Invariant($"{model.BestRank} to {model.WorstRank}"),
                model.Model,
                WithInterval(model.Rating, model.RatingInterval, "0"),
                TextTable.Number(model.Battles),
                TextTable.Number(model.WinShare, "0.0000"));
        }

        return table;
    }

    private static TextTable Effects(ArenaStandings standings)
    {
        var table = new TextTable(("Held equal", false), ("Typical difference", true), ("Points that it brings", true));
        foreach (ArenaEffect effect in standings.Effects)
        {
            table.Add(
                effect.Control, TextTable.Number(effect.Difference, "0.0000"), WithInterval(effect.Effect, effect.EffectInterval, "0.0"));
        }

        return table;
    }

    /// <summary>What the model of the row won against that of the column, and of how many battles.</summary>
    private static TextTable Wins(ArenaStandings standings)
    {
        string[] names = [.. standings.Models.Select(m => m.Model)];
        var cells = new Dictionary<(string Row, string Column), string>();
        foreach (ArenaPair pair in standings.Pairs)
        {
            double share = (pair.Wins + (pair.Ties / 2.0)) / pair.Battles;
            cells[(pair.Model, pair.Other)] = Invariant($"{share:0.00} of {pair.Battles}");
            cells[(pair.Other, pair.Model)] = Invariant($"{1 - share:0.00} of {pair.Battles}");
        }

        var table = new TextTable([("Won against", false), .. names.Select(n => (n, true))]);
        foreach (string row in names)
            table.Add([row, .. names.Select(column => cells.GetValueOrDefault((row, column), ""))]);
        return table;
    }

    private static string WithInterval(double value, Interval interval, string format) =>
        $"{TextTable.Number(value, format)} [{TextTable.Number(interval.Low, format)}, {TextTable.Number(interval.High, format)}]";
}
