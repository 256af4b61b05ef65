using System.Globalization;
using EvalHarness.Analysis.Arena;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>The card of a judge that compared answers in pairs.</summary>
internal static class PairJudgeTable
{
    internal static TextTable Table(PairJudgeCard card)
    {
        var table = new TextTable(("Judge's card", false), ("Value", true), ("Of", false));
        table.Add("Same verdict in both orders", Share(card.SameShare, card.SameInterval), Invariant($"{card.Pairs} pairs"));
        table.Add(
            "Won by the answer that stood first", Share(card.FirstShare, card.FirstInterval), Invariant($"{card.Decided} decided battles"));
        string points = card.Length is { } length
            ? $"{Signed(length.Effect)} [{Signed(length.EffectInterval.Low)}, {Signed(length.EffectInterval.High)}]"
            : "n/a";
        string difference = card.Length is null ? "" : Invariant($"a typical difference of {card.Length.Difference:0.00}");
        table.Add("Points that a longer answer gains", points, difference);
        return table;
    }

    /// <summary>Who judged, what was left out, and what a reader should beware of.</summary>
    internal static IEnumerable<string> Notes(PairJudgeCard card)
    {
        string errored = card.Errored == 0 ? "" : Invariant($"; {card.Errored} battles errored and are in no rating");
        yield return $"judged by {card.Judge}{errored}";
        if (card.OtherDocuments > 0)
            yield return Invariant($"left out: {card.OtherDocuments} documents that are not the same in two runs");
        if (card.Unanswered > 0)
            yield return Invariant($"left out: {card.Unanswered} documents with an error or no answer in one of two runs");
        foreach (string note in card.Notes)
            yield return note;
    }

    private static string Share(double? share, Interval? interval) =>
        TextTable.Number(share, "0.000") + (interval is { } bounds ? Invariant($" [{bounds.Low:0.000}, {bounds.High:0.000}]") : "");

    private static string Signed(double points) => points.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);
}
