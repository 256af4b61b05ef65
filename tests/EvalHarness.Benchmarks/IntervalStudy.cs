using System.Globalization;
using EvalHarness.Nightly.Gating;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Nightly.Gating;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Prints how often 95% intervals contain the truth, and how often the gate is wrong at its margin, on rows that are drawn with known
/// truth. Behind each share stands one Monte Carlo standard error.
/// </summary>
internal static class IntervalStudy
{
    private const int Draws = 4_000, RowsOfTask = 100;

    /// <summary>The true loss, which is also the gate's margin: one point.</summary>
    private const double Loss = 0.01;

    /// <summary>How far the losses of tasks lie apart: their standard deviation.</summary>
    private const double Spread = 0.03;

    internal static void Run()
    {
        Console.WriteLine("| Tasks | Mean | Scores | Interval of the difference | REGRESSION at the margin | Fine just beyond it "
            + "| Interval of the score |");
        Console.WriteLine("|---:|---|---|---:|---:|---:|---:|");
        foreach (int tasks in (int[])[1, 2, 3, 5, 10, 27, 57])
        {
            foreach (bool macro in (bool[])[false, true])
            {
                foreach (bool binary in (bool[])[true, false])
                    Console.WriteLine(Row(tasks, macro, binary));
            }
        }

        Console.WriteLine("\n| Rows of a task | Scores | Truth | Interval of the score |\n|---:|---|---:|---:|");
        foreach (int rows in (int[])[6, 20, 40, 164, 1_000])
        {
            foreach (double truth in (double[])[0.5, 0.8, 0.95, 0.99])
                Console.WriteLine(Score(rows, "right or wrong", truth, random => random.NextDouble() < truth ? 1 : 0));
            Console.WriteLine(Score(rows, "F1, a fifth of the rows 0", 0.4, random => random.NextDouble() < 0.2 ? 0 : random.NextDouble()));
            Console.WriteLine(Score(rows, "pass@5", 0.992, random => random.NextDouble() < 0.016 ? random.NextDouble() : 1));
        }
    }

    private static string Row(int tasks, bool macro, bool binary)
    {
        var random = new Random(1234);
        int covered = 0, alarms = 0, fine = 0, scores = 0;
        // Tasks of a group weighed by size have 60 to 140 rows.
        int[] sizes = [.. Enumerable.Range(0, tasks).Select(i => tasks == 1 ? RowsOfTask : RowsOfTask + (20 * ((i % 5) - 2)))];
        for (int draw = 0; draw < Draws; draw++)
        {
            // Wilson's interval is a little too short or too wide at a single truth, as rows are whole numbers, so the truth varies.
            double right = 0.6 + (0.2 * random.NextDouble());
            double[] losses = [.. sizes.Select(_ => Loss + (tasks == 1 ? 0 : Spread * Gauss(random)))];
            double? share = binary ? right : null;
            List<PairedRow> rows =
                [.. sizes.SelectMany((n, t) => Enumerable.Range(0, n).Select(_ => Draw(random, t, losses[t], share)))];
            LossTest test = new PairedRows(rows, true, macro).Test()!;
            Interval interval = test.Interval(Interval.Level95);
            covered += interval.Low <= Loss && Loss <= interval.High ? 1 : 0;
            GateVerdict verdict = GateDecision.Decide([GateSimulation.Check(default, 100 * Loss) with { Test = test }])[0].Verdict;
            alarms += verdict == GateVerdict.Regression ? 1 : 0;
            fine += verdict == GateVerdict.Fine ? 1 : 0;
            scores += Covers(rows, sizes, macro, binary ? right : 0.5) ? 1 : 0;
        }

        string few = tasks is > 1 and < 5 ? ", said to be too few" : "";
        return $"| {tasks}{few} | {(macro ? "of tasks" : "of rows")} | {(binary ? "right or wrong" : "numbers")} "
            + $"| {Share(covered)} | {Share(alarms)} | {Share(fine)} | {Share(scores)} |";
    }

    /// <summary>
    /// Whether the interval of the base's score contains the truth. The tasks of a group are fixed, and all equally hard here.
    /// </summary>
    private static bool Covers(List<PairedRow> rows, int[] sizes, bool macro, double truth)
    {
        double[][] scores = [.. rows.GroupBy(r => r.Task).Select(g => g.Select(r => r.Base).ToArray())];
        double?[] errors = [.. scores.Select(Aggregation.MeanStandardError)];
        double mean = Aggregation.GroupMean([.. scores.Select(Aggregation.Mean)], sizes, !macro);
        double? error = macro ? Aggregation.MeanOfMeansStandardError(errors) : Aggregation.PooledStandardError(errors, sizes);
        return Interval.OfMean(mean, rows.Count, error) is { } interval && interval.Low <= truth && truth <= interval.High;
    }

    /// <summary>
    /// Right or wrong rows: so many are right in the base, and 10% of all flip. Without that share, numbers are even between 0 and 1, and
    /// 30% of them change by up to 0.3.
    /// </summary>
    private static PairedRow Draw(Random random, int task, double loss, double? right)
    {
        if (right is { } ofBase)
        {
            double flips = Math.Max(0.1, Math.Abs(loss)), draw = random.NextDouble();
            return draw < (flips + loss) / 2 ? new PairedRow(task, 1, 0)
                : draw < flips ? new PairedRow(task, 0, 1)
                : random.NextDouble() < (ofBase - ((flips + loss) / 2)) / (1 - flips) ? new PairedRow(task, 1, 1)
                : new PairedRow(task, 0, 0);
        }

        double value = random.NextDouble();
        double change = random.NextDouble() < 0.3 ? (0.6 * random.NextDouble()) - 0.3 + (loss / 0.3) : 0;
        return new PairedRow(task, value, value - change);
    }

    private static string Score(int rows, string scores, double truth, Func<Random, double> draw)
    {
        var random = new Random(1234);
        int covered = 0;
        for (int i = 0; i < Draws; i++)
        {
            double[] values = [.. Enumerable.Range(0, rows).Select(_ => draw(random))];
            covered += Interval.OfMean(Aggregation.Mean(values), rows, Aggregation.MeanStandardError(values)) is { } interval
                && interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        return string.Create(CultureInfo.InvariantCulture, $"| {rows} | {scores} | {truth} | {Share(covered)} |");
    }

    private static string Share(int count) => Share(count, Draws);

    internal static string Share(int count, int draws)
    {
        double share = (double)count / draws, error = Math.Sqrt(share * (1 - share) / draws);
        return string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} ± {100 * error:0.0}%");
    }

    /// <remarks>Source: Box and Muller 1958, Ann. Math. Stat. 29, 610-611.</remarks>
    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
