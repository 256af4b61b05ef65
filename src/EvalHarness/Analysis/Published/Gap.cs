using EvalHarness.Engines;
using EvalHarness.Results;

namespace EvalHarness.Analysis.Published;

/// <summary>What models cost to run: a file of the user's, because prices change.</summary>
internal sealed record PriceFile
{
    /// <summary>Name of the currency, as tables show it.</summary>
    public required string Currency { get; init; }

    /// <summary>By the model's name in the runs.</summary>
    public required IReadOnlyDictionary<string, ModelPrice> Models { get; init; }
}

internal sealed record ModelPrice
{
    /// <summary>What the machine costs per hour.</summary>
    public required double PerHour { get; init; }
}

/// <summary>A line of <c>gap</c>: a measured model, or a published score of a closed one.</summary>
internal sealed record GapRow
{
    public required string Model { get; init; }

    public required bool Measured { get; init; }

    /// <summary>Points.</summary>
    public required double Value { get; init; }

    public double? Low { get; init; }

    public double? High { get; init; }

    /// <summary>Run folder, or title of the source.</summary>
    public required string Source { get; init; }

    public required string Setting { get; init; }

    /// <summary>Points to the best published score of a closed model; null for these themselves.</summary>
    public double? Behind { get; init; }

    public double? Gigabytes { get; init; }

    public double? Billions { get; init; }

    /// <summary>What the run's time costs, in the price file's currency.</summary>
    public double? Cost { get; init; }

    public double? PerBillion => Value / Billions;

    public double? PerGigabyte => Value / Gigabytes;

    public double? PerCost => Value / Cost;
}

/// <summary>A benchmark with measured and published scores.</summary>
/// <param name="Name">Of the benchmark.</param>
/// <param name="Rows">The best first.</param>
/// <param name="Differences">Between the settings: why the numbers are not quite the same thing.</param>
internal sealed record GapBenchmark(string Name, IReadOnlyList<GapRow> Rows, IReadOnlyList<string> Differences);

/// <summary>Measured open models beside published scores of closed ones.</summary>
internal static class Gap
{
    /// <param name="registry">Published scores.</param>
    /// <param name="runs">Finished runs.</param>
    /// <param name="parameters">The number of parameters of a run's model; null where its folder is gone.</param>
    /// <param name="prices">Null for none.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Incomparable"/>: no run has a benchmark of which a closed model's score is known.
    /// </exception>
    public static IReadOnlyList<GapBenchmark> Of(
        PublishedScores registry, IReadOnlyList<RunFolder> runs, Func<Manifest, long?> parameters, PriceFile? prices)
    {
        FinishedRun[] read = [.. runs.Select(FinishedRun.Read)];
        IGrouping<string, PublishedScore>[] closed = [.. registry.Scores.Where(s => s.Closed).GroupBy(s => s.Benchmark)];
        GapBenchmark[] benchmarks = [.. closed.Select(c => Of(registry, c.Key, [.. c], read, parameters, prices)).OfType<GapBenchmark>()];
        return benchmarks.Length > 0 ? benchmarks : throw new EvalException(
            ExitCode.Incomparable,
            "none of these runs has a task of which a closed model's score is known: expected " +
            string.Join(", ", closed.Select(c => c.Key)));
    }

    private static GapBenchmark? Of(
        PublishedScores registry,
        string benchmark,
        IReadOnlyList<PublishedScore> closed,
        FinishedRun[] runs,
        Func<Manifest, long?> parameters,
        PriceFile? prices)
    {
        double best = closed.Max(s => s.Value);
        PublishedProtocol[] protocols = [.. registry.Protocols.Where(p => p.Tasks == benchmark).DistinctBy(p => (p.Metric, p.Filter))];
        var rows = new List<GapRow>();
        foreach (FinishedRun run in runs)
        {
            if (protocols.Select(p => MeasuredScore.Of(run.Report, p, ScoreAverage.Micro)).FirstOrDefault(s => s is not null) is { } score)
                rows.Add(Measured(run, benchmark, score, best, parameters(run.Manifest), prices));
        }

        if (rows.Count == 0)
            return null;
        string[] measured = [.. rows.Select(r => r.Setting).Distinct()];
        rows.AddRange(closed.Select(s => new GapRow
        {
            Model = s.Model,
            Measured = false,
            Value = s.Value,
            Source = $"{registry.SourceOf(s).Title}{(s.Primary ? "" : " (second-hand)")}",
            Setting = s.Setting.ToString(),
        }));
        return new GapBenchmark(benchmark, [.. rows.OrderByDescending(r => r.Value)],
        [
            $"measured: {string.Join("; ", measured)}",
            .. closed.GroupBy(s => (s.Source, Setting: s.Setting.ToString(), s.Remarks)).Select(g =>
                $"{registry.SourceOf(g.First()).Title} ({string.Join(", ", g.Select(s => s.Model))}): " +
                $"{g.Key.Setting}{(g.Key.Remarks is null ? "" : $"; {g.Key.Remarks}")}"),
        ]);
    }

    private static GapRow Measured(FinishedRun run, string benchmark, MeasuredScore score, double best, long? parameters, PriceFile? prices)
    {
        EngineDescription model = run.Manifest.Model;
        return new GapRow
        {
            Model = model.ModelName,
            Measured = true,
            Value = 100 * score.Value,
            Low = 100 * score.Interval.Low,
            High = 100 * score.Interval.High,
            Source = run.Name,
            Setting = Setting(run, benchmark, score.Count),
            Behind = best - (100 * score.Value),
            Gigabytes = model.Files.Count == 0 ? null : model.Files.Sum(f => f.Bytes) / 1e9,
            Billions = parameters / 1e9,
            Cost = prices?.Models.GetValueOrDefault(model.ModelName)?.PerHour * run.Report.Harness.Seconds.Total / 3600,
        };
    }

    private static string Setting(FinishedRun run, string benchmark, int rows)
    {
        string first = run.Report.Members(benchmark) is { Count: > 0 } members ? members[0] : benchmark;
        string answer = run.Report.Config(first).Generates ? "answer generated" : "answer letters by log-likelihood";
        string template = run.Manifest.Options.ApplyChatTemplate ? "applied" : "not applied";
        string limit = run.Manifest.Options.Limit is null ? "" : $", only {rows} rows";
        return $"shots {run.Report.Shots(first)}, {answer}, chat template {template}{limit}";
    }
}
