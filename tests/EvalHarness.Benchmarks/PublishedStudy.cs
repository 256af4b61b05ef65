using System.Globalization;
using EvalHarness.Tests.Analysis.Published;

namespace EvalHarness.Benchmarks;

/// <summary>
/// How often <c>reproduce</c> says that scores differ or agree where the truth is known, and how often the interval of <c>gap</c> holds it.
/// </summary>
internal static class PublishedStudy
{
    private const int Draws = 10_000;

    private static readonly int[] Benchmarks = [164, 541, 1_319, 14_042];

    internal static void Run()
    {
        Equal();
        Apart();
        Behind();
    }

    private static void Equal()
    {
        Console.WriteLine("| Rows | Scores | True score | DIFFERS, published is the truth | DIFFERS, published on rows of its own "
            + "| DIFFERS, same rows, a tenth answered otherwise |\n|---:|---:|---:|---:|---:|---:|");
        foreach (int rows in Benchmarks)
        {
            foreach (double truth in (double[])[0.5, 0.7, 0.95])
            {
                foreach (int scores in (int[])[1, 5, 10, 20])
                {
                    double Differs(PublishedNoise noise, int draws) =>
                        new PublishedSimulation(rows, truth, noise).Rates(draws, scores).Differs;
                    // Rows are drawn one by one where they are the same, which takes long.
                    string same = scores == 1 ? Share(Differs(PublishedNoise.SameRows, Draws / 5), Draws / 5) : "";
                    string exact = Share(Differs(PublishedNoise.None, Draws), Draws);
                    string noisy = Share(Differs(PublishedNoise.OwnRows, Draws), Draws);
                    Print($"| {rows} | {scores} | {truth:0.00} | {exact} | {noisy} | {same} |");
                }
            }
        }
    }

    private static void Apart()
    {
        Console.WriteLine("\n| Rows | True score | True difference, points | Margin, points | Agrees | DIFFERS |\n"
            + "|---:|---:|---:|---:|---:|---:|");
        foreach (int rows in Benchmarks)
        {
            foreach (double truth in (double[])[0.5, 0.7, 0.85])
            {
                foreach ((double apart, double margin) in (ReadOnlySpan<(double, double)>)[(0, 2), (2, 2), (0, 5), (5, 5), (10, 2)])
                {
                    (double differs, double agrees) =
                        new PublishedSimulation(rows, truth, PublishedNoise.OwnRows, -apart / 100).Rates(Draws, margin: margin);
                    Print($"| {rows} | {truth:0.00} | {apart} | {margin} | {Share(agrees, Draws)} | {Share(differs, Draws)} |");
                }
            }
        }
    }

    private static void Behind()
    {
        Console.WriteLine("\n| Rows | Closed scores, all equal | Points behind | Interval holds the truth |\n|---:|---:|---:|---:|");
        foreach (int rows in Benchmarks)
        {
            foreach (int closed in (int[])[1, 3, 10])
            {
                double covers = new PublishedSimulation(rows, 0.8, PublishedNoise.OwnRows, -0.1).BehindCovers(Draws, closed);
                Print($"| {rows} | {closed} | 10 | {Share(covers, Draws)} |");
            }
        }
    }

    /// <summary>A share with its Monte Carlo standard error.</summary>
    private static string Share(double share, int draws) => string.Create(
        CultureInfo.InvariantCulture, $"{100 * share:0.00} ± {100 * Math.Sqrt(share * (1 - share) / draws):0.00}%");

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
