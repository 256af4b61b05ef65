using System.Diagnostics;
using System.Globalization;
using EvalHarness.Analysis.Arena;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Benchmarks;

/// <summary>
/// How long rating takes for 100,000, 1 million and 10 million battles of 100 models: of a file of verdicts as a whole, and of battles that
/// are there already, counted, on documents, and with four controls. Ten times the battles are to take at most 11 times as long.
/// </summary>
internal static class ArenaStudy
{
    private const int Models = 100, PerDocument = 4;

    private static readonly int[] Sizes = [100_000, 1_000_000, 10_000_000];

    internal static async Task RunAsync()
    {
        Console.WriteLine("| Battles | Seconds | Times those of a tenth | Battles per second | Heap at the last collection, MiB |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        await MeasureAsync("from a CSV file", FromFileAsync).ConfigureAwait(false);
        await MeasureAsync("counted", n => Task.FromResult(Rate(n, hasDocuments: false, ArenaControls.None))).ConfigureAwait(false);
        await MeasureAsync("on documents", n => Task.FromResult(Rate(n, hasDocuments: true, ArenaControls.None))).ConfigureAwait(false);
        await MeasureAsync(
            "on documents, with 4 controls",
            n => Task.FromResult(Rate(n, hasDocuments: true, ArenaControls.Read("length,markdown")))).ConfigureAwait(false);
    }

    private static async Task MeasureAsync(string name, Func<int, Task<double>> seconds)
    {
        // The first time compiles.
        await seconds(Sizes[0]).ConfigureAwait(false);
        double? before = null;
        foreach (int size in Sizes)
        {
            double taken = await seconds(size).ConfigureAwait(false);
            double memory = GC.GetGCMemoryInfo().HeapSizeBytes / (double)(1 << 20);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {size}, {name} | {taken:0.00} | {(before is { } b ? $"{taken / b:0.0}" : "")} | {size / taken:0} | {memory:0} |"));
            before = taken;
        }
    }

    private static double Rate(int count, bool hasDocuments, ArenaControls controls)
    {
        long start = Stopwatch.GetTimestamp();
        var tally = new ArenaTally(controls);
        foreach (ArenaBattle battle in Battles(count, hasDocuments))
            tally.Add(battle);
        tally.Rate();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> FromFileAsync(int count)
    {
        string file = Path.Combine(Path.GetTempPath(), $"battles-{Guid.NewGuid():n}.csv");
        try
        {
            await File.WriteAllLinesAsync(file, Battles(count, hasDocuments: true)
                .Select(b => $"{b.ModelA},{b.ModelB},{(b.Outcome == BattleOutcome.First ? "model_a" : "model_b")},{b.Document}")
                .Prepend("model_a,model_b,winner,question_id")).ConfigureAwait(false);
            long start = Stopwatch.GetTimestamp();
            var tally = new ArenaTally(ArenaControls.None);
            await foreach (ArenaBattle battle in BattleFile.ReadAsync(file, hasStyle: false, CancellationToken.None).ConfigureAwait(false))
                tally.Add(battle);
            tally.Rate();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static IEnumerable<ArenaBattle> Battles(int count, bool hasDocuments)
    {
        var random = new Random(1);
        string[] names = [.. Enumerable.Range(0, Models).Select(i => $"model-{i}")];
        for (int i = 0; i < count; i++)
        {
            int a = random.Next(Models), b = (a + 1 + random.Next(Models - 1)) % Models;
            BattleOutcome outcome = random.NextDouble() < 1 / (1 + Math.Exp((a - b) * 0.02)) ? BattleOutcome.First : BattleOutcome.Second;
            string? document = hasDocuments ? (i / PerDocument).ToString(CultureInfo.InvariantCulture) : null;
            yield return new ArenaBattle(names[a], names[b], outcome, document, Style(), Style());
        }

        AnswerStyle Style() => new(random.Next(10, 4_000), random.Next(5), random.Next(9), random.Next(12));
    }
}
