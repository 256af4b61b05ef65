using System.Globalization;
using System.Text;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Nights with known truth, judged as --decide does, by all rows, by NeMo Evaluator's rule and by a plain threshold. Rows are drawn; those
/// of a night's tasks err together.
/// </summary>
internal static class DecideStudy
{
    private const int Nights = 10_000;
    private const double Alarms = 0.05;

    private static readonly double[] Drops = [0, 0.5, 1, 2, 3, 5];
    private static readonly double[] FlipRates = [1, 5, 10, 30];
    private static readonly int[] RowCounts = [200, 1000, 4000, 14_000];

    internal static string Report()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"## One task a night, margin 1 point ({Nights:#,0} nights a line)\n");
        text.AppendLine(
            "| Rows | Flips % | Drop | Right | Wrong | Undecided | Rows used, median | Not covered "
            + "| All rows: right | wrong | NeMo: red | plain 2 points: red |");
        text.AppendLine("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (int rows in RowCounts)
        {
            foreach (double flips in FlipRates)
            {
                foreach (double drop in Drops.Where(d => d <= flips))
                    text.AppendLine(Line(rows, flips / 100, drop / 100, margin: 0.01));
            }
        }

        text.AppendLine("\n## Where all rows would decide easily: their interval reaches a third of the margin to each side\n");
        text.AppendLine("| Rows | Flips % | Margin | Drop | Right | Wrong | Undecided | Rows used, median |");
        text.AppendLine("|---:|---:|---:|---:|---:|---:|---:|---:|");
        foreach (double flips in FlipRates)
        {
            foreach (double margin in (double[])[1, 2, 5])
            {
                int rows = EasyRows(flips / 100, margin / 100);
                foreach (double times in (double[])[0, 3, 5])
                {
                    double drop = margin * times;
                    if (drop > flips || rows > 100_000)
                        continue;
                    Ends ends = Simulate(rows, flips / 100, drop / 100, margin / 100, tasks: 1, level: Alarms / 2);
                    text.AppendLine(
                        CultureInfo.InvariantCulture,
                        $"| {rows:#,0} | {flips} | {margin} | {drop} | {ends.Verdicts(drop / 100, margin / 100)} | {ends.Share:0.0%} |");
                }
            }
        }

        text.AppendLine("\n## Several tasks a night that err together, and thirty nights\n");
        text.AppendLine(
            "What is lost is just allowed. Any false alarm (REGRESSION) of a night, and of 30 independent nights; levels are shared by the "
            + "tasks, and by the nights where decide_nights says so.\n");
        text.AppendLine("| Tasks | Rows each | Flips % | Margin | A night | Any of 30 nights, decide_nights: 1 | decide_nights: 30 |");
        text.AppendLine("|---:|---:|---:|---:|---:|---:|---:|");
        foreach (int tasks in (int[])[1, 3, 10])
        {
            foreach (double flips in (double[])[5, 30])
            {
                // The truth is just allowed: nothing makes more false alarms.
                double one = FalseAlarms(tasks, 1000, flips / 100, 0.01, Alarms / 2 / tasks, nights: Nights);
                double thirty = FalseAlarms(tasks, 1000, flips / 100, 0.01, Alarms / 2 / tasks / 30, nights: Nights * 3);
                string month = string.Create(
                    CultureInfo.InvariantCulture, $"{1 - Math.Pow(1 - one, 30):0.0%} | {1 - Math.Pow(1 - thirty, 30):0.0%}");
                text.AppendLine(CultureInfo.InvariantCulture, $"| {tasks} | 1,000 | {flips} | 1 | {one:0.00%} | {month} |");
            }
        }

        text.AppendLine(LikelyFlips());
        return text.ToString();
    }

    /// <summary>What is gained by asking rows first that earlier nights flipped.</summary>
    internal static string LikelyFlips()
    {
        var text = new StringBuilder();
        text.AppendLine("\n## Likely flips first\n");
        text.AppendLine(
            "A tenth of the rows flipped in earlier nights and flips again with probability 0.4, the others with 0.01; nothing is lost.\n");
        text.AppendLine("| Rows | Margin | Rows used, median: as drawn | likely flips first | Wrong |");
        text.AppendLine("|---:|---:|---:|---:|---:|");
        foreach ((int rows, double margin) in ((int, double)[])[(2000, 0.03), (4000, 0.02), (14_000, 0.01)])
            text.AppendLine(Strata(rows, margin));
        return text.ToString();
    }

    private static string Strata(int rows, double margin)
    {
        const int nights = 2000;
        var plain = new double[nights];
        var first = new double[nights];
        int wrong = 0;
        bool[] likely = [.. Enumerable.Range(0, rows).Select(i => i % 10 == 0)];
        Parallel.For(0, nights, new ParallelOptions { MaxDegreeOfParallelism = 2 }, night =>
        {
            var random = Seeded(night, rows);
            double[] losses =
            [
                .. likely.Select(l => random.NextDouble() < (l ? 0.4 : 0.01) ? random.NextDouble() < 0.5 ? 1.0 : -1.0 : 0.0),
            ];
            (plain[night], SequentialVerdict one) = Ask(losses, SequentialOrder.Of(new bool[rows], night).Rows, margin);
            (first[night], SequentialVerdict other) = Ask(losses, SequentialOrder.Of(likely, night).Rows, margin);
            if (one == SequentialVerdict.Above || other == SequentialVerdict.Above)
                Interlocked.Increment(ref wrong);
        });
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {rows:#,0} | {100 * margin} | {plain.Order().ElementAt(nights / 2):0.0%} | {first.Order().ElementAt(nights / 2):0.0%} "
            + $"| {(double)wrong / nights:0.00%} |");
    }

    private static (double Share, SequentialVerdict Verdict) Ask(double[] losses, IReadOnlyList<SequentialRow> order, double margin)
    {
        var test = new SequentialTest(margin, Alarms / 2, Alarms / 2, Math.Max(1, order.Max(r => r.Weight)));
        int asked = 0;
        while (asked < order.Count && test.Verdict == SequentialVerdict.Undecided)
        {
            int next = SequentialLooks.Next(asked, order.Count);
            for (; asked < next; asked++)
            {
                if (order[asked].Weight > 0)
                    test.Add(order[asked].Weight * losses[order[asked].Index]);
            }
        }

        return ((double)asked / order.Count, test.Verdict);
    }

    private static int EasyRows(double flips, double margin)
    {
        int rows = 100;
        while (new PairedProportions((int)(flips * rows / 2), (int)(flips * rows / 2), rows).Interval(1.96).High > margin / 3)
            rows += rows / 50;
        return rows;
    }

    private static string Line(int rows, double flips, double drop, double margin)
    {
        Ends ends = Simulate(rows, flips, drop, margin, tasks: 1, level: Alarms / 2);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"| {rows:#,0} | {100 * flips:0.#} | {100 * drop:0.#} | {ends.Verdicts(drop, margin)} | {ends.Share:0.0%} "
            + $"| {ends.NotCovered:0.00%} | {ends.WholeVerdicts(drop, margin)} | {ends.NeMo:0.0%} | {ends.Plain:0.0%} |");
    }

    /// <summary>The same draws in every start of the study, and others for each night and setting.</summary>
    private static Random Seeded(int night, params double[] setting) =>
        new(setting.Aggregate(night, (seed, value) => unchecked((seed * 16_777_619) ^ (int)(long)Math.Round(value * 1e6))));

    private static Ends Simulate(int rows, double flips, double drop, double margin, int tasks, double level)
    {
        var ends = new Ends();
        Parallel.For(0, Nights, new ParallelOptions { MaxDegreeOfParallelism = 2 }, night =>
        {
            var random = Seeded(night, rows, flips, drop);
            sbyte[] losses = Draw(random, rows, flips, drop);
            ends.Add(Night.Of(losses, drop, margin, level));
        });
        return ends;
    }

    private static double FalseAlarms(int tasks, int rows, double flips, double margin, double level, int nights)
    {
        int alarms = 0;
        Parallel.For(0, nights, new ParallelOptions { MaxDegreeOfParallelism = 2 }, night =>
        {
            var random = Seeded(night, tasks, flips, level);
            // The rows of one task are those of the others too, but for a third of them: tasks err together.
            sbyte[] shared = Draw(random, rows, flips, margin);
            bool any = false;
            for (int task = 0; task < tasks && !any; task++)
            {
                sbyte[] own = Draw(random, rows, flips, margin);
                for (int row = 0; row < rows; row++)
                    own[row] = random.NextDouble() < 2.0 / 3 ? shared[row] : own[row];
                any = Night.Decide(own, margin, level).Verdict == SequentialVerdict.Above;
            }

            if (any)
                Interlocked.Increment(ref alarms);
        });
        return (double)alarms / nights;
    }

    private static sbyte[] Draw(Random random, int rows, double flips, double drop)
    {
        var losses = new sbyte[rows];
        double lost = (flips + drop) / 2;
        for (int row = 0; row < rows; row++)
        {
            double draw = random.NextDouble();
            losses[row] = (sbyte)(draw < lost ? 1 : draw < flips ? -1 : 0);
        }

        return losses;
    }

    /// <summary>What the rules say of one night.</summary>
    private readonly record struct Night(
        SequentialVerdict Verdict, double Share, bool Covered, SequentialVerdict Whole, bool NeMo, bool Plain)
    {
        internal static (SequentialVerdict Verdict, int Rows, SequentialTest Test) Decide(sbyte[] losses, double margin, double level)
        {
            var test = new SequentialTest(margin, level, level, 1);
            int asked = 0;
            while (asked < losses.Length && test.Verdict == SequentialVerdict.Undecided)
            {
                int next = SequentialLooks.Next(asked, losses.Length);
                for (; asked < next; asked++)
                    test.Add(losses[asked]);
            }

            return (test.Verdict, asked, test);
        }

        internal static Night Of(sbyte[] losses, double drop, double margin, double level)
        {
            (SequentialVerdict verdict, int rows, SequentialTest test) = Decide(losses, margin, level);
            int lost = losses.Count(l => l > 0), won = losses.Count(l => l < 0), n = losses.Length;
            var pairs = new PairedProportions(lost, won, n);
            Interval whole = pairs.Interval(Interval.Normal95);
            SequentialVerdict all = whole.Low > margin ? SequentialVerdict.Above
                : whole.High <= margin ? SequentialVerdict.Below
                : SequentialVerdict.Undecided;
            double mean = (double)(lost - won) / n, variance = (((double)(lost + won) / n) - (mean * mean)) * n / (n - 1);
            // NeMo Evaluator: red where the paired t interval of the drop lies beyond the allowed drop.
            double half = StudentQuantile.Upper(n - 1, 0.025) * Math.Sqrt(variance / n);
            return new Night(
                verdict,
                (double)rows / n,
                test.Holds(drop),
                all,
                mean - half > margin,
                mean > 0.02);
        }
    }

    private sealed class Ends
    {
        private readonly Lock _lock = new();
        private readonly List<Night> _nights = [];

        internal void Add(Night night)
        {
            lock (_lock)
                _nights.Add(night);
        }

        internal double Share => _nights.Select(n => n.Share).Order().ElementAt(_nights.Count / 2);

        internal double NotCovered => Part(n => !n.Covered);

        internal double NeMo => Part(n => n.NeMo);

        internal double Plain => Part(n => n.Plain);

        internal string Verdicts(double drop, double margin) => Verdicts(n => n.Verdict, drop, margin, withUndecided: true);

        internal string WholeVerdicts(double drop, double margin) => Verdicts(n => n.Whole, drop, margin, withUndecided: false);

        private string Verdicts(Func<Night, SequentialVerdict> verdict, double drop, double margin, bool withUndecided)
        {
            // A drop that is just allowed is on neither side, and any verdict about it is wrong.
            SequentialVerdict? right = drop > margin ? SequentialVerdict.Above : drop < margin ? SequentialVerdict.Below : null;
            double undecided = Part(n => verdict(n) == SequentialVerdict.Undecided), good = Part(n => verdict(n) == right);
            double wrong = Math.Max(0, Math.Round(1 - undecided - good, 6));
            string text = string.Create(CultureInfo.InvariantCulture, $"{good:0.0%} | {wrong:0.00%}");
            return withUndecided ? string.Create(CultureInfo.InvariantCulture, $"{text} | {undecided:0.0%}") : text;
        }

        private double Part(Func<Night, bool> fits) => (double)_nights.Count(fits) / _nights.Count;
    }
}
