using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;
using MathNet.Numerics.Distributions;

namespace EvalHarness.Analysis.Published;

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
            string.Join(", ", closed.Select(c => ProtocolsOf(registry, c.Key).Length > 0
                ? c.Key
                : $"{c.Key} (of which no score has a protocol, so that no run can be read)")));
    }

    private static GapBenchmark? Of(
        PublishedScores registry,
        string benchmark,
        IReadOnlyList<PublishedScore> closed,
        FinishedRun[] runs,
        Func<Manifest, long?> parameters,
        PriceFile? prices)
    {
        PublishedProtocol[] protocols = ProtocolsOf(registry, benchmark);
        var rows = new List<GapRow>();
        foreach (FinishedRun run in runs)
        {
            foreach (PublishedProtocol protocol in protocols)
            {
                if (MeasuredScore.Of(run.Report, protocol, average: null, out _) is not { } score)
                    continue;
                rows.Add(Measured(run, benchmark, protocol.Tasks, score, closed, parameters(run.Manifest), prices));
                break;
            }
        }

        if (rows.Count == 0)
            return null;
        string[] measured = [.. rows.Select(r => r.Setting).Distinct()];
        rows.AddRange(closed.Select(s => new GapRow
        {
            Model = s.Model,
            Measured = false,
            Value = s.Value.Value,
            Printed = s.Value.Text,
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

    /// <summary>Those of the benchmark's own task first; instruct models are measured with others.</summary>
    private static PublishedProtocol[] ProtocolsOf(PublishedScores registry, string benchmark) =>
    [
        .. registry.ProtocolsOf(benchmark).DistinctBy(p => (p.Tasks, p.Metric, p.Filter)).OrderBy(p => p.Tasks != benchmark),
    ];

    /// <summary>
    /// Returns the interval of the points from a measured score to the best of the closed models, which need not be the one with the best
    /// published score.
    /// </summary>
    /// <param name="score">The measured score.</param>
    /// <param name="closed">The published scores of the closed models, one or more.</param>
    /// <returns>95%, in points.</returns>
    /// <remarks>
    /// All k differences lie within their own intervals at once in 95% of cases if each interval has the level 1 - 0.05 / k (Bonferroni).
    /// Then the largest difference lies between the largest of their lower and the largest of their upper ends.
    /// </remarks>
    internal static Interval Behind(MeasuredScore score, IReadOnlyList<PublishedScore> closed)
    {
        double z = Normal.InvCDF(0, 1, 1 - (0.025 / closed.Count));
        Interval[] intervals = [.. closed.Select(s => score.Minus(s.Value).Interval(z))];
        return new Interval(100 * intervals.Max(i => -i.High), 100 * intervals.Max(i => -i.Low));
    }

    private static GapRow Measured(
        FinishedRun run,
        string benchmark,
        string task,
        MeasuredScore score,
        IReadOnlyList<PublishedScore> closed,
        long? parameters,
        PriceFile? prices)
    {
        Interval behind = Behind(score, closed);
        EngineDescription model = run.Manifest.Model;
        return new GapRow
        {
            Model = model.ModelName,
            Measured = true,
            Value = 100 * score.Value,
            Low = 100 * score.Interval.Low,
            High = 100 * score.Interval.High,
            Source = run.Name,
            Setting = (task == benchmark ? "" : $"task {task}, ") + Setting(run, task, score.Count),
            Behind = closed.Max(s => s.Value.Value) - (100 * score.Value),
            BehindLow = behind.Low,
            BehindHigh = behind.High,
            Gigabytes = model.Files.Count == 0 ? null : model.Files.Sum(f => f.Bytes) / 1e9,
            Billions = parameters / 1e9,
            Price = prices is null ? null : RunPrice.Of(run, run.Report.Leaves(task), prices),
        };
    }

    private static string Setting(FinishedRun run, string task, int rows)
    {
        string first = run.Report.Members(task) is { Count: > 0 } members ? members[0] : task;
        string answer = run.Report.Config(first).Generates ? "answer generated" : "answer letters by log-likelihood";
        string template = run.Manifest.Options.ApplyChatTemplate ? "applied" : "not applied";
        string limit = run.Manifest.Options.Limit is null ? "" : $", only {rows} rows";
        return $"shots {run.Report.Shots(first)}, {answer}, chat template {template}{limit}";
    }
}
