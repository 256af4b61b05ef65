using System.Globalization;
using System.Text;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Deciding early on the rows of two finished runs, in many orders: whether any order says the contrary of what all rows say.
/// </summary>
internal static class DecidePairsStudy
{
    private const int Orders = 1000;
    private const double Level = 0.025;

    private static readonly double[] Margins = [0.5, 1, 2, 3, 5, 8, 12];

    /// <param name="before">The folder of the run that is compared with.</param>
    /// <param name="after">The folder of a run over the same documents.</param>
    internal static async Task<string> ReportAsync(string before, string after)
    {
        FinishedRun[] runs = [FinishedRun.Read(RunFolder.Open(before)), FinishedRun.Read(RunFolder.Open(after))];
        var text = new StringBuilder();
        text.AppendLine("| Task | Rows | Lost | Won | Margin | All rows | Fine | Regression | Undecided | Contrary | Rows used, median |");
        text.AppendLine("|---|---:|---:|---:|---:|---|---:|---:|---:|---:|---:|");
        foreach (ScoreRow row in runs[0].Report.Rows.Where(r => r.Depth == 0).DistinctBy(r => r.Name))
        {
            var losses = new List<double>();
            foreach (string task in runs[0].Report.Leaves(row.Name))
            {
                JoinedScores scores = await JoinedScores.ReadAsync(runs, task, CancellationToken.None).ConfigureAwait(false);
                losses.AddRange(
                    Enumerable.Range(0, scores.Documents.Count)
                        .Select(i => scores.Score(0, row.Key, i) - scores.Score(1, row.Key, i))
                        .Where(loss => !double.IsNaN(loss)));
            }

            foreach (double margin in Margins)
                text.AppendLine(Line(row.Name, [.. losses], margin));
        }

        return text.ToString();
    }

    private static string Line(string name, double[] losses, double margin)
    {
        int lost = losses.Count(l => l > 0), won = losses.Count(l => l < 0);
        Interval whole = new PairedProportions(lost, won, losses.Length).Interval(Interval.Normal95);
        SequentialVerdict all = whole.Low > margin / 100 ? SequentialVerdict.Above
            : whole.High <= margin / 100 ? SequentialVerdict.Below
            : SequentialVerdict.Undecided;
        (double Share, SequentialVerdict Verdict)[] ends =
        [
            .. Enumerable.Range(0, Orders).AsParallel().Select(seed => Ask(losses, seed, margin / 100)),
        ];
        int Count(SequentialVerdict verdict) => ends.Count(e => e.Verdict == verdict);
        int contrary = all switch
        {
            SequentialVerdict.Above => Count(SequentialVerdict.Below),
            SequentialVerdict.Below => Count(SequentialVerdict.Above),
            _ => 0,
        };
        string verdicts = $"{Count(SequentialVerdict.Below)} | {Count(SequentialVerdict.Above)} | {Count(SequentialVerdict.Undecided)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {losses.Length} | {lost} | {won} | {margin} | {Word(all)} | {verdicts} | {contrary} "
            + $"| {ends.Select(e => e.Share).Order().ElementAt(Orders / 2):0%} |");
    }

    private static string Word(SequentialVerdict verdict) => verdict switch
    {
        SequentialVerdict.Above => "REGRESSION",
        SequentialVerdict.Below => "fine",
        _ => "inconclusive",
    };

    private static (double Share, SequentialVerdict Verdict) Ask(double[] losses, int seed, double margin)
    {
        IReadOnlyList<SequentialRow> order = SequentialOrder.Of(new bool[losses.Length], seed).Rows;
        var test = new SequentialTest(margin, Level, Level, 1);
        int asked = 0;
        while (asked < order.Count && test.Verdict == SequentialVerdict.Undecided)
        {
            int next = SequentialLooks.Next(asked, order.Count);
            for (; asked < next; asked++)
                test.Add(losses[order[asked].Index]);
        }

        return ((double)asked / order.Count, test.Verdict);
    }
}
