using System.Globalization;
using System.Text;
using EvalHarness.Analysis.Published;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>Measured scores beside published ones.</summary>
internal static class ReproductionTable
{
    public static string Render(PublishedScores registry, IReadOnlyList<Reproduction> reproductions)
    {
        var table = new TextTable(
            ("Benchmark", false),
            ("Quantization", false),
            ("Setting", false),
            ("Published", true),
            ("Measured", true),
            ("n", true),
            ("Verdict", false),
            ("Source", false));
        foreach (Reproduction one in reproductions)
        {
            table.Add(
                one.Published.Benchmark,
                one.Published.Quantization ?? "",
                one.Published.Setting.ToString(),
                TextTable.Number(one.Published.Value, "0.0#"),
                one.Measured is null ? "" : Invariant($"{one.Measured:0.0} [{one.Low:0.0}, {one.High:0.0}]"),
                one.Rows is { } rows ? TextTable.Number(rows) : "",
                Word(one),
                $"{registry.SourceOf(one.Published).Title}{(one.Published.Primary ? "" : " (second-hand)")}");
        }

        var text = new StringBuilder(table.ToString());
        foreach (Reproduction one in reproductions)
        {
            string quantization = one.Published.Quantization is { } name ? $" ({name})" : "";
            string[] notes =
            [
                .. one.Open.Count == 0 ? [] : (string[])[$"left open by the source, chosen here: {string.Join("; ", one.Open)}"],
                .. one.Departures.Select(d => $"not as the source: {d}"),
                .. one.Remarks.Select(r => one.Verdict == ReproductionVerdict.Differs ? $"known to move it: {r}" : r),
                .. one.Published.Remarks is { } remarks ? [$"remark: {remarks}"] : (string[])[],
            ];
            if (notes.Length == 0)
                continue;
            text.Append(CultureInfo.InvariantCulture, $"\n{one.Published.Benchmark} {one.Published.Value}{quantization}:\n");
            text.AppendJoin("", notes.Select(n => $"- {n}\n"));
        }

        return text.ToString();
    }

    private static string Word(Reproduction one) => one.Verdict switch
    {
        ReproductionVerdict.Agrees => "agrees",
        ReproductionVerdict.Differs => Invariant($"DIFFERS by {one.Beyond:0.0} points more than the interval explains"),
        _ => "cannot be compared",
    };
}
