namespace EvalHarness.Analysis.History;

/// <summary>A change of what was run, between a run and the one before it.</summary>
/// <param name="At">Index of the first run with the change.</param>
/// <param name="What">"ONNX Runtime 1.28.0 → 1.29.0" and the like.</param>
internal sealed record HistoryMark(int At, string What);

/// <summary>A change of the level around which a measure varies.</summary>
/// <param name="At">Index of the first run on the new level.</param>
/// <param name="Measure">"score", "decode", "prefill" or "memory".</param>
/// <param name="What">In words: since when, from what to what, and with which change.</param>
internal sealed record HistoryStep(int At, string Measure, string What);

/// <summary>One metric of one task, of one model on one device, over time.</summary>
internal sealed record HistorySeries
{
    public required string Model { get; init; }

    public required string Device { get; init; }

    public required string Task { get; init; }

    public required string Metric { get; init; }

    public required string Filter { get; init; }

    /// <summary>In the order of time.</summary>
    public required IReadOnlyList<(HistoryEntry Run, HistoryScore Score)> Points { get; init; }

    public required IReadOnlyList<HistoryMark> Marks { get; init; }

    public required IReadOnlyList<HistoryStep> Steps { get; init; }

    /// <param name="entries">In the order of time.</param>
    public static IReadOnlyList<HistorySeries> Of(IEnumerable<HistoryEntry> entries) =>
    [
        .. entries.SelectMany(e => e.Scores.Select(s => (Run: e, Score: s)))
            .GroupBy(p => (p.Run.Model, p.Run.Device, p.Score.Task, p.Score.Metric, p.Score.Filter))
            .Select(g => Of([.. g])),
    ];

    private static HistorySeries Of(IReadOnlyList<(HistoryEntry Run, HistoryScore Score)> points)
    {
        List<HistoryMark> marks =
        [
            .. Enumerable.Range(1, points.Count - 1)
                .SelectMany(i => Changes(points[i - 1], points[i]).Select(what => new HistoryMark(i, what))),
        ];
        (HistoryEntry run, HistoryScore score) = points[0];
        return new HistorySeries
        {
            Model = run.Model,
            Device = run.Device,
            Task = score.Task,
            Metric = score.Metric,
            Filter = score.Filter,
            Points = points,
            Marks = marks,
            Steps = StepSearch.Find(points, marks),
        };
    }

    private static IEnumerable<string> Changes((HistoryEntry Run, HistoryScore Score) before, (HistoryEntry Run, HistoryScore Score) after)
    {
        foreach (string name in before.Run.Circumstances.Keys.Union(after.Run.Circumstances.Keys))
        {
            string was = before.Run.Circumstances.GetValueOrDefault(name, "none");
            string now = after.Run.Circumstances.GetValueOrDefault(name, "none");
            if (was != now)
                yield return $"{name} {was} → {now}";
        }

        if (before.Score.TaskHash != after.Score.TaskHash)
            yield return $"task definition {before.Score.TaskHash} → {after.Score.TaskHash}";
        if (before.Score.DataHash != after.Score.DataHash)
            yield return $"dataset {before.Score.DataHash} → {after.Score.DataHash}";
        if (before.Score.Count != after.Score.Count)
            yield return $"rows {before.Score.Count} → {after.Score.Count}";
    }
}
