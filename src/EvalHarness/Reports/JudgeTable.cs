using System.Globalization;
using EvalHarness.Results;
using EvalHarness.Scoring.Judging;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Reports;

/// <summary>The judge's card: how far the grades of a model can be trusted.</summary>
internal static class JudgeTable
{
    /// <summary>What stands at the head of each column.</summary>
    internal static IReadOnlyList<string> Header { get; } =
        ["Judge's grades of", "Compared with", "n", "Same", "Agreement", "Kappa", "Score changes by"];

    /// <summary>The cells of each row; none where no model graded.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> Rows(RunReport report) =>
    [
        .. (report.Harness.Judges ?? []).SelectMany(card => Compared(card).Select(c => Cells(card, c.With, c.Agreement))),
    ];

    /// <summary>The table with what it says in words; empty where no model graded.</summary>
    internal static TextTable? Table(RunReport report)
    {
        if (Rows(report) is not { Count: > 0 } rows)
            return null;
        var table = new TextTable([.. Header.Select((name, i) => (name, i >= 2))]);
        foreach (IReadOnlyList<string> row in rows)
            table.Add([.. row]);
        return table;
    }

    /// <summary>Who judged, what people's grades make of the score, and what a reader should beware of.</summary>
    internal static IEnumerable<string> Notes(RunReport report)
    {
        HarnessReport harness = report.Harness;
        foreach (JudgeCard card in harness.Judges ?? [])
        {
            string votes = card.Votes == 1 ? "" : $" with {card.Votes} votes";
            string again = card.Audited == 0 ? "none was judged again in another form (audit: 0)"
                : $"{card.Audited} documents were to be judged again in other forms";
            yield return $"{Name(card)}: graded by {harness.Judge}{votes}; {again}";
            foreach (string warning in Warnings(card))
                yield return $"{Name(card)}: {warning}";
            if (card.Corrected is { } corrected)
            {
                double? raw = report.Rows.FirstOrDefault(r => r.Name == card.Task && r.Filter == card.Filter)?.Value;
                yield return $"{Name(card)}: corrected by {corrected.Labels} grades of people the score is {Number(corrected.Value)} "
                    + $"{Between(corrected.Interval)}; the judge alone says {TextTable.Number(raw, "0.000")}, these grades alone "
                    + $"{Number(corrected.OfLabels)} {Between(corrected.OfLabelsInterval)}";
            }
        }

        if (harness.JudgeTokens is { } tokens)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"judge: {tokens.Prompt:N0} prompt tokens, {tokens.Completion:N0} generated");
        }
    }

    private static IEnumerable<string> Warnings(JudgeCard card)
    {
        foreach ((string form, JudgeAgreement agreement) in card.Again.Where(a => Excludes(a.Value.ChangeInterval, 0)))
        {
            string change = Signed(agreement.Change);
            yield return form switch
            {
                "other_order" => $"the judge's grades depend on the order in which the grades are listed: the score changes by {change}",
                "other_wording" => $"the judge's grades depend on the wording of the rubric: the score changes by {change}",
                _ => $"the judge's grades depend on the length of the answer: with the same answer twice the score changes by {change}",
            };
        }

        if (card.Labels is { } labels && Excludes(labels.ChangeInterval, 0))
            yield return $"the judge grades {(labels.Change > 0 ? "higher" : "lower")} than people, by {Number(Math.Abs(labels.Change))}";
    }

    private static IEnumerable<(string With, JudgeAgreement Agreement)> Compared(JudgeCard card)
    {
        foreach ((string form, JudgeAgreement agreement) in card.Again)
        {
            yield return (form switch
            {
                "other_order" => "itself, grades in another order",
                "other_wording" => "itself, in other words",
                _ => "itself, the answer twice",
            }, agreement);
        }

        if (card.Labels is { } labels)
            yield return ("people's grades", labels);
    }

    private static string[] Cells(JudgeCard card, string with, JudgeAgreement agreement) =>
    [
        Name(card),
        with,
        $"{agreement.Documents}",
        $"{agreement.Same}",
        $"{Number(agreement.Agreement)} {Between(agreement.AgreementInterval)}",
        agreement.Kappa is not { } kappa ? "n/a"
            : agreement.KappaInterval is { } interval ? $"{Number(kappa)} {Between(interval)}"
            : Number(kappa),
        Signed(agreement.Change) + (agreement.ChangeInterval is { } bounds ? $" [{Signed(bounds.Low)}, {Signed(bounds.High)}]" : ""),
    ];

    private static string Name(JudgeCard card) => card.Filter == "none" ? card.Task : $"{card.Task},{card.Filter}";

    private static bool Excludes(Interval? interval, double value) => interval is { } bounds && (bounds.Low > value || bounds.High < value);

    private static string Between(Interval interval) => $"[{Number(interval.Low)}, {Number(interval.High)}]";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
