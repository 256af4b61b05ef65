using System.Globalization;
using System.Text;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Nightly.Gating;

namespace EvalHarness.Benchmarks;

/// <summary>Nights on devices that are not deterministic, judged with and without the noise file that was measured on them.</summary>
internal static class NoiseStudy
{
    private const int Nights = 10_000, NightSeries = 4_000;

    private static readonly int[] RowCounts = [200, 600, 2000];
    private static readonly double[] Margins = [0, 1, 2];

    /// <summary>
    /// Whether the file has all rows of the task, or the fewest that the gate takes; its configurations, and the runs of each.
    /// </summary>
    private static readonly (bool Whole, int Configurations, int Repeats)[] Files =
        [(true, 8, 1), (true, 4, 2), (false, 8, 1), (true, 2, 1)];

    internal static string Report()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Nights:#,0} nights a line, each with a device and a noise file of its own.\n");
        text.AppendLine("| Rows | File: rows x configurations | Flips % | Move together | Noise, ± points, median "
            + "| Nothing lost, margin 0 / 1 / 2: red without the file | red with it "
            + "| Three margins lost (3 / 3 / 6 points): red without | red with it | and twice the noise more: red with it |");
        text.AppendLine("|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (int rows in RowCounts)
        {
            foreach ((bool whole, int configurations, int repeats) in Files)
            {
                foreach (double flips in (double[])[0, 0.5, 2, 5])
                {
                    foreach (double common in flips == 0 ? [0] : (double[])[0, 0.1, 0.25])
                        text.AppendLine(Line(new NoiseSimulation(rows, flips / 100, common, whole ? rows : 100, configurations, repeats)));
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Nights in a row, which must confirm a regression together.</summary>
    internal static string Series()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{NightSeries:#,0} series of 30 unchanged nights against one baseline a line.\n");
        text.AppendLine("| Rows | Flips % | Move together | Margin | A false alarm in any night: without the file | with it |");
        text.AppendLine("|---:|---:|---:|---:|---:|---:|");
        foreach (int rows in (int[])[300, 1319])
        {
            foreach ((double flips, double common, double margin) in ((double, double, double)[])
                [(5, 0, 0), (5, 0.1, 0), (5, 0.1, 1), (5, 0.25, 0), (5, 0.25, 1), (2, 0.1, 0), (2, 0.25, 0), (2, 0.25, 1),
                (0.5, 0.25, 0)])
            {
                var device = new NoiseSimulation(rows, flips / 100, common, rows);
                (int without, int with) = (0, 0);
                Parallel.For(0, NightSeries, new ParallelOptions { MaxDegreeOfParallelism = 2 }, series =>
                {
                    (bool alarmWithout, bool alarmWith) = device.AnyAlarm(new Random(series), 30, margin);
                    Interlocked.Add(ref without, alarmWithout ? 1 : 0);
                    Interlocked.Add(ref with, alarmWith ? 1 : 0);
                });
                (double shareWithout, double shareWith) = ((double)without / NightSeries, (double)with / NightSeries);
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"| {rows:#,0} | {flips} | {common} | {margin} | {shareWithout:0.0%} | {shareWith:0.0%} |");
            }
        }

        return text.ToString();
    }

    private static string Line(NoiseSimulation device)
    {
        Red unchanged = Share(device, _ => 0);
        // Where nothing is allowed there are no three margins; three points then.
        Red lost = Share(device, margin => (margin == 0 ? 3 : 3 * margin) / 100);
        Red more = Share(device, margin => ((margin == 0 ? 3 : 3 * margin) / 100) + (2 * unchanged.Noise));
        string repeats = device.Repeats > 1 ? $" x {device.Repeats}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {device.Rows:#,0} | {device.FileRows:#,0} x {device.Configurations}{repeats} | {100 * device.Flips:0.#} | {device.Common} "
            + $"| {100 * unchanged.Noise:0.00} | {Red.Text(unchanged.Without)} | {Red.Text(unchanged.With)} "
            + $"| {Red.Text(lost.Without)} | {Red.Text(lost.With)} | {Red.Text(more.With)} |");
    }

    private static Red Share(NoiseSimulation device, Func<double, double> drop)
    {
        int[] without = new int[Margins.Length], with = new int[Margins.Length];
        double[] noise = new double[Nights];
        Parallel.For(0, Nights, new ParallelOptions { MaxDegreeOfParallelism = 2 }, night =>
        {
            foreach ((int i, double margin) in Margins.Index())
            {
                var random = new Random((night * Margins.Length) + i);
                (LossTest runs, NoisyTest noisy) = device.Draw(random, drop(margin));
                noise[night] = noisy.Noise.Reach(Interval.Level95);
                // The noise only widens, so what is not red without it needs no second look.
                if (!NoiseSimulation.IsRed(runs, margin))
                    continue;
                Interlocked.Increment(ref without[i]);
                if (NoiseSimulation.IsRed(noisy, margin))
                    Interlocked.Increment(ref with[i]);
            }
        });
        double median = noise.Order().ElementAt(Nights / 2);
        return new Red([.. without.Select(n => (double)n / Nights)], [.. with.Select(n => (double)n / Nights)], median);
    }

    /// <summary>The share of red nights for each margin, without and with the file, and the median of what noise alone can make.</summary>
    private sealed record Red(double[] Without, double[] With, double Noise)
    {
        internal static string Text(double[] shares) =>
            string.Join(" / ", shares.Select(s => (100 * s).ToString("0.0", CultureInfo.InvariantCulture))) + "%";
    }
}
