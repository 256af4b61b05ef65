using System.Globalization;
using EvalHarness.Tests.Nightly.Gating;

namespace EvalHarness.Benchmarks;

/// <summary>
/// Prints how often nights against a fixed baseline raise false alarms, and how soon they call drops and drifts. Behind each share stands
/// one Monte Carlo standard error.
/// </summary>
internal static class NightsStudy
{
    private const int Draws = 4_000;

    internal static void Run()
    {
        Console.WriteLine("| Rows | Differ between unchanged nights | Margin, points | Rules | Nights | False alarm in any night |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|");
        foreach ((int rows, double discordant, double margin, int rules, int nights) in ((int, double, double, int, int)[])
        [
            (300, 0.05, 0, 1, 30), (300, 0.05, 0, 1, 365), (300, 0.05, 0, 10, 30), (300, 0.05, 1, 1, 30), (300, 0.1, 0, 1, 30),
            (300, 0.1, 1, 1, 30), (300, 0.01, 0, 1, 30), (20, 0.1, 0, 1, 30), (50, 0.05, 0, 1, 30), (100, 0.1, 0, 1, 30),
            (1_319, 0.02, 0, 1, 30), (1_319, 0.05, 0, 1, 30), (14_042, 0.02, 0, 1, 30),
        ])
        {
            var task = new NightsSimulation(rows, discordant, margin) { Rules = rules };
            int draws = nights > 30 ? Draws / 4 : Draws;
            string alarms = Share(draws, random => task.FirstAlarm(random, nights, _ => 0) >= 0);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {rows} | {discordant:0%} | {margin} | {rules} | {nights} | {alarms} |"));
        }

        Console.WriteLine("\n| Rows | Differ between unchanged nights | Margin, points | What happens | Called within | Share |");
        Console.WriteLine("|---:|---:|---:|---|---:|---:|");
        foreach (double margin in (double[])[0, 1])
        {
            var task = new NightsSimulation(300, 0.05, margin);
            Print(task, "3 points are lost from the first night on", 14, 0, _ => 9);
            Print(task, "3 points are lost from the ninth night on", 14, 8, night => night < 8 ? 0 : 9);
            Print(task, "2 points more are lost each night", 4, 0, night => 6 * (night + 1));
            Print(task, "1 point is lost in eight nights, then 4 points", 14, 8, night => night < 8 ? 3 : 12);
            Print(task, "2 points more are lost each night from the ninth on", 4, 8, night => night < 8 ? 0 : 6 * (night - 7));
        }
    }

    private static void Print(NightsSimulation task, string what, int nights, int from, Func<int, int> lostAt)
    {
        string called = Share(Draws, random =>
        {
            // A false alarm before the drop is not counted as a call; such a series is drawn again.
            int alarm;
            do
                alarm = task.FirstAlarm(random, from + nights, lostAt);
            while (alarm >= 0 && alarm < from);
            return alarm >= 0;
        });
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {task.Rows} | {task.Discordant:0%} | {task.Margin} | {what} | {nights} nights | {called} |"));
    }

    private static string Share(int draws, Func<Random, bool> happens) =>
        IntervalStudy.Share((int)Math.Round(draws * GateSimulation.Share(draws, happens)), draws);
}
