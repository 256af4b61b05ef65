using System.Globalization;
using EvalHarness.Analysis.History;

namespace EvalHarness.Reports;

/// <summary>One series of <c>history</c>, as programs and the HTML page get it; several changes at one run are one mark.</summary>
internal sealed record HistoryData(
    string Model,
    string Device,
    string Task,
    string Metric,
    string Filter,
    bool HigherIsBetter,
    IReadOnlyList<HistoryPoint> Points,
    IReadOnlyList<HistoryMark> Marks,
    IReadOnlyList<HistoryStep> Steps)
{
    public static IReadOnlyList<HistoryData> Of(IReadOnlyList<HistorySeries> series) =>
    [
        .. series.Select(s => new HistoryData(
            s.Model,
            s.Device,
            s.Task,
            s.Metric,
            s.Filter,
            s.Points[^1].Score.HigherIsBetter,
            [.. s.Points.Select(p => HistoryPoint.Of(p.Run, p.Score))],
            [.. s.Marks.GroupBy(m => m.At).Select(m => new HistoryMark(m.Key, string.Join("; ", m.Select(x => x.What))))],
            s.Steps)),
    ];
}

/// <summary>A score of one run.</summary>
/// <param name="Run">The run's folder, relative to the index.</param>
/// <param name="Started">UTC, in ISO 8601.</param>
/// <param name="Value">The score.</param>
/// <param name="Low">Lower end of the 95% interval; null where it has none.</param>
/// <param name="High">Upper end.</param>
/// <param name="N">Samples.</param>
/// <param name="Prefill">Prompt tokens per second; null where none were computed.</param>
/// <param name="Decode">Generated tokens per second; null where none were.</param>
/// <param name="PeakMemory">Bytes; null where no model ran.</param>
internal sealed record HistoryPoint(
    string Run, string Started, double Value, double? Low, double? High, int N, double? Prefill, double? Decode, long? PeakMemory)
{
    /// <summary>Samples that have no score.</summary>
    public int Errored { get; init; }

    /// <summary>Lower end of the interval that these could make; null where none errored or the score has no bounds.</summary>
    public double? ErroredLow { get; init; }

    public double? ErroredHigh { get; init; }

    internal static HistoryPoint Of(HistoryEntry run, HistoryScore score) => new(
        run.Run,
        run.Started.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        score.Value,
        score.Interval?.Low,
        score.Interval?.High,
        score.Count,
        run.Prefill,
        run.Decode,
        run.PeakMemory == 0 ? null : run.PeakMemory)
    {
        Errored = score.Errored,
        ErroredLow = score.WithErrored?.Low,
        ErroredHigh = score.WithErrored?.High,
    };
}
