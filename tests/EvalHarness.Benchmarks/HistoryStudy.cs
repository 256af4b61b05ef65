using System.Globalization;
using EvalHarness.Scoring.Statistics;
using EvalHarness.Tests.Scoring.Statistics;
using MathNet.Numerics.Distributions;
using static System.FormattableString;

namespace EvalHarness.Benchmarks;

/// <summary>Prints how often <c>history</c> names a step that is none, and how often it finds one that is there.</summary>
internal static class HistoryStudy
{
    private const int Draws = 40_000, YearDraws = 1_000, Seed = 20261126;

    private static readonly int[] Lengths = [4, 6, 14, 30, 90];
    private static readonly int[] Rows = [20, 100, 300, 1_319, 14_042];
    private static readonly double[] Shares = [0.5, 0.8, 0.95, 0.99];

    internal static void Run()
    {
        FalseAlarms();
        Power();
        LastNights();
        LastNightsOfStableRows();
        Year();
        Measurements();
    }

    private static void FalseAlarms()
    {
        Header("Unchanged histories with a step", [.. Lengths.Select(n => $"{n} nights")]);
        Line("score with normal noise, from its standard errors", nights => Share(random =>
            ChangePoints.Find(Normals(random, nights), NightNoise.OfStandardErrors([1])).Count > 0));
        foreach (int rows in Rows)
        {
            foreach (double share in Shares)
                Line(Invariant($"{rows} rows, each right with {share}"), nights => NightSimulation.FalseAlarms(Draws, nights, rows, share));
        }

        foreach (int rows in (int[])[20, 300])
        {
            foreach (int few in (int[])[1, 2, 3])
            {
                foreach (double wrong in (double[])[0.1, 0.3, 0.5])
                {
                    Line(
                        Invariant($"{rows} rows, {few} of them wrong with {wrong}, no other ever changes"),
                        nights => NightSimulation.FalseAlarmsOfFew(Draws, nights, rows, few, wrong));
                }
            }
        }

        AlikeRows[] macro = [new(20, 1.0 / 60, _ => 0.8), new(100, 1.0 / 300, _ => 0.8), new(1_319, 1.0 / 3_957, _ => 0.8)];
        Line(
            "macro group of 20, 100 and 1,319 rows, each right with 0.8",
            nights => Share(random => NightSimulation.Steps(random, nights, 1_439, macro).Count > 0));
    }

    private static void Line(string setting, Func<int, double> share) =>
        Console.WriteLine($"| {setting} | {string.Join(" | ", Lengths.Select(n => Text(share(n))))} |");

    private static void Power()
    {
        const int nights = 14, at = 7;
        Header(
            "A drop of 2 standard errors of one night's score at night 8 of 14",
            ["rows lost", "all rows noisy, levels one standard error above and below", "all rows noisy, from this level", "no row noisy",
                "3 rows wrong with 0.1"]);
        double normal = Share(random => ChangePoints
            .Find([.. Normals(random, nights).Select((z, i) => z - (i >= at ? 2 : 0))], NightNoise.OfStandardErrors([1])).Count > 0);
        Console.WriteLine($"| score with normal noise, from its standard errors | | {Text(normal)} | | | |");
        foreach (int rows in Rows)
        {
            foreach (double share in Shares)
            {
                double error = Math.Sqrt(share * (1 - share) / rows);
                int lost = (int)Math.Round(2 * error * rows);
                double around = NightSimulation.Found(Draws, nights, at, rows, Math.Min(1, share + error), share - error);
                double from = NightSimulation.Found(Draws, nights, at, rows, share, share - (2 * error));
                double stable = NightSimulation.FoundAmongStable(Draws, nights, at, rows, lost, 0, 0);
                double few = NightSimulation.FoundAmongStable(Draws, nights, at, rows, lost, 3, 0.1);
                Console.WriteLine(Invariant($"| {rows} rows, each right with {share} | {2 * error * rows:0.0} ({lost}) | ")
                    + $"{Text(around)} | {Text(from)} | {Text(stable)} | {Text(few)} |");
            }
        }
    }

    /// <summary>The smallest drop, in half standard errors of a night, that is found at the right night in 70% of histories.</summary>
    private static void LastNights()
    {
        Header(
            "Standard errors of a drop that 70% find at the right night", ["on the last night", "on the last two nights", "in the middle"]);
        foreach (int nights in (int[])[14, 30, 90])
        {
            foreach (int rows in (int[])[100, 300, 14_042])
            {
                string Smallest(int at)
                {
                    double error = Math.Sqrt(0.25 / rows);
                    for (double size = 1; size <= 10; size += 0.5)
                    {
                        double half = size * error / 2;
                        double found = NightSimulation.Found(2_000, nights, at, rows, 0.5 + half, 0.5 - half, exact: true);
                        if (found >= 0.7)
                            return Invariant($"{size:0.0} ({Text(found, 2_000)})");
                    }

                    return "more than 10";
                }

                Console.WriteLine(Invariant($"| {nights} nights, {rows} rows, each right with about 0.5 | ")
                    + $"{Smallest(nights - 1)} | {Smallest(nights - 2)} | {Smallest(nights / 2)} |");
            }
        }
    }

    /// <summary>The smallest number of rows lost for good that is found among rows of which three are noisy.</summary>
    private static void LastNightsOfStableRows()
    {
        Header("Rows lost for good that 70% find at the right night", ["on the last night", "on the last two nights", "in the middle"]);
        foreach (int nights in (int[])[14, 30, 90])
        {
            string Smallest(int at) => Enumerable.Range(1, 20)
                .Select(lost => (Lost: lost, Found: NightSimulation.FoundAmongStable(2_000, nights, at, 300, lost, 3, 0.1, exact: true)))
                .Where(f => f.Found >= 0.7)
                .Select(f => $"{f.Lost} ({Text(f.Found, 2_000)})")
                .First();

            Console.WriteLine(Invariant($"| {nights} nights, 300 rows, 3 others wrong with 0.1 | ")
                + $"{Smallest(nights - 1)} | {Smallest(nights - 2)} | {Smallest(nights / 2)} |");
        }
    }

    private static void Year()
    {
        Header(
            "An unchanged year of 365 nights", ["a step at its end", "a step on any of the evenings", "evenings with a step"]);
        foreach ((int rows, double share) in ((int, double)[])[(100, 0.8), (300, 0.8), (14_042, 0.8)])
        {
            int end = 0, any = 0, evenings = 0;
            var random = new Random(Seed);
            for (int draw = 0; draw < YearDraws; draw++)
            {
                (double[] scores, RowChanges[] pairs) = NightSimulation.Draw(random, 365, [new(rows, 1.0 / rows, _ => share)]);
                int shown = Enumerable.Range(2, 364).Count(
                    n => ChangePoints.Find(scores[..n], NightNoise.Of(pairs[..(n - 1)], rows)).Count > 0);
                end += ChangePoints.Find(scores, NightNoise.Of(pairs, rows)).Count > 0 ? 1 : 0;
                any += shown > 0 ? 1 : 0;
                evenings += shown;
            }

            Console.WriteLine(Invariant($"| {rows} rows, each right with {share} | ")
                + $"{Text((double)end / YearDraws, YearDraws)} | {Text((double)any / YearDraws, YearDraws)} | "
                + Invariant($"{(double)evenings / YearDraws / 364:0.00%} |"));
        }
    }

    /// <summary>Speed and memory as logarithms, with a noise of 2%.</summary>
    private static void Measurements()
    {
        Header("Unchanged speed or memory with a step", [.. Lengths.Select(n => $"{n} nights")]);
        (string Name, Func<Random, double> Draw)[] noises =
        [
            ("normal noise of 2%", random => Normal.Sample(random, 0, 0.02)),
            ("uniform noise of 2%", random => random.NextDouble() * 0.07),
            ("noise of 2%, t with 3 degrees of freedom", random => StudentT.Sample(random, 0, 0.0115, 3)),
            ("normal noise of 2%, one night in 20 at half the speed",
                random => Normal.Sample(random, 0, 0.02) - (random.NextDouble() < 0.05 ? 0.7 : 0)),
            ("equal values, one night in 20 at half the speed", random => random.NextDouble() < 0.05 ? -0.7 : 0),
        ];
        foreach ((string name, Func<Random, double> draw) in noises)
        {
            Line(name, nights => Share(random =>
                ChangePoints.FindMeasured([.. Enumerable.Range(0, nights).Select(_ => draw(random))], 0.005).Count > 0));
        }

        Header("A lasting loss of speed from the middle on, noise 2%", ["14 nights", "30 nights", "90 nights"]);
        foreach (double loss in (double[])[0.04, 0.06, 0.08, 0.1])
        {
            string[] found =
            [
                .. ((int[])[14, 30, 90]).Select(nights => Text(Share(random => ChangePoints.FindMeasured(
                    [.. Normals(random, nights).Select((z, i) => (0.02 * z) + (i >= nights / 2 ? Math.Log(1 - loss) : 0))],
                    0.005).Count > 0))),
            ];
            Console.WriteLine(Invariant($"| {loss:0%} | {string.Join(" | ", found)} |"));
        }
    }

    private static double[] Normals(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Normal.Sample(random, 0, 1))];

    private static double Share(Func<Random, bool> happens) => NightSimulation.Share(Draws, Seed, happens);

    private static void Header(string name, string[] columns) => Console.WriteLine(
        $"\n| {name} | {string.Join(" | ", columns)} |\n|---|{string.Concat(columns.Select(_ => "---:|"))}");

    private static string Text(double share, int draws = Draws) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} ± {100 * Math.Sqrt(share * (1 - share) / draws):0.00}%");
}
