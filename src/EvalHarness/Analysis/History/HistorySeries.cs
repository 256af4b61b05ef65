using System.Globalization;
using EvalHarness.Scoring.Statistics;
using static System.FormattableString;

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
    /// <summary>How many runs a change may lie from a step that it explains: a night between them may have been left out.</summary>
    private const int Near = 2;

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
            Steps =
            [
                .. FindSteps(points, marks, "score", "0.0000", p => p.Score.Value, relative: false),
                .. FindSteps(points, marks, "decode", "0", p => p.Run.Decode, relative: true),
                .. FindSteps(points, marks, "prefill", "0", p => p.Run.Prefill, relative: true),
                .. FindSteps(points, marks, "memory", "0", p => p.Run.PeakMemory > 0 ? p.Run.PeakMemory / 1048576.0 : null, relative: true),
            ],
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

    /// <summary>Speed and memory are compared as logarithms, so that a fast and a slow model are judged alike.</summary>
    private static IEnumerable<HistoryStep> FindSteps(
        IReadOnlyList<(HistoryEntry Run, HistoryScore Score)> points,
        List<HistoryMark> marks,
        string measure,
        string format,
        Func<(HistoryEntry Run, HistoryScore Score), double?> value,
        bool relative)
    {
        int[] there = [.. Enumerable.Range(0, points.Count).Where(i => value(points[i]) is not null)];
        double[] values = [.. there.Select(i => value(points[i])!.Value)];
        int[] starts = [.. ChangePoints.Find(relative ? [.. values.Select(v => Math.Log(v))] : values)];
        for (int step = 0; step < starts.Length; step++)
        {
            int from = step == 0 ? 0 : starts[step - 1], at = starts[step];
            int to = step + 1 < starts.Length ? starts[step + 1] : values.Length;
            double before = values[from..at].Average(), after = values[at..to].Average();
            string change = relative ? Invariant($"{after / before:0.00} x") : Invariant($"{100 * (after - before):+0.00;-0.00} points");
            string unit = measure switch { "score" => "", "memory" => " MiB", _ => " tokens/s" };
            string Text(double level) => level.ToString(format, CultureInfo.InvariantCulture);
            string since = points[there[at]].Run.Started.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            string what = $"since {since}: {measure} {Text(before)} → {Text(after)}{unit} ({change}), {With(marks, there[at])}";
            yield return new HistoryStep(there[at], measure, what);
        }
    }

    private static string With(List<HistoryMark> marks, int at)
    {
        IEnumerable<HistoryMark>? nearest = marks.Where(m => Math.Abs(m.At - at) <= Near)
            .GroupBy(m => Math.Abs(m.At - at))
            .OrderBy(g => g.Key)
            .FirstOrDefault();
        HistoryMark[] near = [.. nearest ?? []];
        return near.Length == 0 ? "and nothing that is recorded changed" : $"with {string.Join(", ", near.Select(m => m.What))}";
    }
}
