using EvalHarness.Analysis.Published;
using static System.FormattableString;

namespace EvalHarness.Reports;

/// <summary>Measured open models beside published scores of closed ones.</summary>
internal static class GapTable
{
    public static string Render(IReadOnlyList<GapBenchmark> benchmarks) => string.Join('\n', benchmarks.Select(Render));

    private static string Render(GapBenchmark benchmark)
    {
        var prices = new PriceColumns(benchmark.Rows.Select(r => r.Price));
        var table = new TextTable(
        [
            (benchmark.Name, false),
            ("Score", true),
            ("Behind", true),
            ("GB", true),
            ("Billions", true),
            ("Points per GB", true),
            ("Points per billion", true),
            .. prices.Headers,
            ("Source", false),
        ]);
        foreach (GapRow row in benchmark.Rows)
        {
            string Cell(double? value, string format) => row.Measured ? TextTable.Number(value, format) : "";
            table.Add(
            [
                row.Model,
                row.Printed ?? Invariant($"{row.Value:0.0} [{row.Low:0.0}, {row.High:0.0}]"),
                PointsCell.Of(row.Behind, row.BehindLow, row.BehindHigh),
                Cell(row.Gigabytes, "0.000"),
                Cell(row.Billions, "0.0000"),
                Cell(row.PerGigabyte, "0.0"),
                Cell(row.PerBillion, "0.0"),
                .. prices.Cells(row.Price),
                row.Source,
            ]);
        }

        IEnumerable<string> notes = [benchmark.Note, .. benchmark.PriceNotes, .. benchmark.Differences];
        return $"{table}{string.Concat(notes.Select(note => $"- {note}\n"))}";
    }
}
