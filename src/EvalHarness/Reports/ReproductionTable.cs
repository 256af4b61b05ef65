using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Published;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>Measured scores beside published ones.</summary>
internal static class ReproductionTable
{
    private const string Legend =
        """

        Difference: the measured score minus the published one, with its 95% interval, which has the noise of both scores and the rounding
        of the published one. p Holm: how often scores that are equal come out at least this far apart, with all scores of this table
        taken into account; at or below 0.05 the score differs, unless its whole interval lies within the margin.

        """;

    public static string Render(PublishedScores registry, IReadOnlyList<Reproduction> reproductions)
    {
        var table = new TextTable(
            ("Benchmark", false),
            ("Quantization", false),
            ("Setting", false),
            ("Published", true),
            ("Measured", true),
            ("n", true),
            ("Difference", true),
            ("p Holm", true),
            ("Verdict", false),
            ("Source", false));
        foreach (Reproduction one in reproductions)
        {
            table.Add(
                one.Published.Benchmark,
                one.Published.Quantization ?? "",
                one.Published.Setting.ToString(),
                one.Published.Value.Text,
                one.Measured is null ? "" : Invariant($"{one.Measured:0.0} [{one.Low:0.0}, {one.High:0.0}]"),
                one.Rows is { } rows ? TextTable.Number(rows) : "",
                PointsCell.Of(one.Difference, one.DifferenceLow, one.DifferenceHigh),
                one.PHolm is { } p ? TextTable.Number(p, "0.0000") : "",
                Word(one),
                $"{registry.SourceOf(one.Published).Title}{(one.Published.Primary ? "" : " (second-hand)")}");
        }

        var text = new StringBuilder(table.ToString());
        if (reproductions.Any(r => r.Measured is not null))
            text.Append(Legend);
        foreach (Reproduction one in reproductions)
        {
            string[] notes =
            [
                .. one.Open.Count == 0 ? [] : (string[])[$"left open by the source, chosen here: {string.Join("; ", one.Open)}"],
                .. one.Departures.Select(d => $"not as the source: {d}"),
                .. one.Remarks,
                .. one.Published.Remarks is { } remarks ? [$"remark: {remarks}"] : (string[])[],
            ];
            if (notes.Length == 0)
                continue;
            text.Append(CultureInfo.InvariantCulture, $"\n{registry.NameOf(one.Published)}:\n");
            text.AppendJoin("", notes.Select(n => $"- {n}\n"));
        }

        return text.ToString();
    }

    private static string Word(Reproduction one) => one.Verdict switch
    {
        ReproductionVerdict.Agrees => Invariant($"agrees within {one.Margin:0.####} points"),
        // Rounded up, so that it never looks as if it were within the margin.
        ReproductionVerdict.NotRefuted =>
            $"not refuted: {PointsCell.Number(Math.Ceiling(10 * one.CouldHide!.Value) / 10)} points could hide",
        ReproductionVerdict.Differs => $"DIFFERS by {PointsCell.Number(Math.Abs(one.Difference!.Value))} points",
        _ => "cannot be compared",
    };
}
