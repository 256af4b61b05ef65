using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Analysis.Published;

/// <summary>A score of a run as a protocol names it.</summary>
/// <param name="Value">0 to 1.</param>
/// <param name="Interval">95%.</param>
/// <param name="Count">Rows.</param>
internal sealed record MeasuredScore(double Value, Interval Interval, int Count)
{
    /// <summary>The score with its noise.</summary>
    public required UncertainScore Noise { get; init; }

    /// <summary>
    /// The rows whose share of right ones is as noisy as a score of the whole benchmark. They give a published score its noise, because it
    /// was measured on rows that were drawn too, and no score from 0 to 1 has more noise than such a share.
    /// </summary>
    public required double PublishedRows { get; init; }

    /// <returns>The measured score minus a published one, 1 for 100 points.</returns>
    public UnpairedDifference Minus(PrintedNumber published) =>
        new(Noise, new UncertainScore(published.Value / 100, PublishedRows), published.Rounding / 100);

    /// <param name="report">The run's results.</param>
    /// <param name="protocol">Names tasks and metric.</param>
    /// <param name="average">Macro: the mean over a group's tasks; otherwise the group's own mean.</param>
    /// <param name="problem">Why there is no such score, or no interval for it; null where there is one.</param>
    /// <returns>Null where there is a problem.</returns>
    public static MeasuredScore? Of(RunReport report, PublishedProtocol protocol, ScoreAverage? average, out string? problem)
    {
        ScoreRow[] rows = [.. report.Rows.Where(r => r.Key == protocol.Score && r.Value is not null)];
        ScoreRow[] tasks = [.. report.Leaves(protocol.Tasks).Select(t => rows.FirstOrDefault(r => r.Name == t)).OfType<ScoreRow>()];
        bool macro = average == ScoreAverage.Macro && report.Members(protocol.Tasks) is not null;
        ScoreRow? own = rows.FirstOrDefault(r => r.Name == protocol.Tasks);
        double? value = macro && tasks.Length > 0 ? tasks.Average(t => t.Value) : own?.Value;
        double? error = macro ? Aggregation.MeanOfMeansStandardError([.. tasks.Select(t => t.StandardError)]) : own?.StandardError;
        int count = macro ? tasks.Sum(t => t.Count) : own?.Count ?? 0;
        int[] available = [.. tasks.Select(t => report.Available(t.Name)).OfType<int>()];
        problem = tasks.Length == 0 || value is null || tasks.Length < report.Leaves(protocol.Tasks).Count
                ? $"the run has no {protocol.Score} of {protocol.Tasks}"
            : value is < 0 or > 1 ? $"{protocol.Score} of {protocol.Tasks} is {value}, and only scores from 0 to 1 are compared"
            : available.Length < tasks.Length ? $"the run does not say how many rows {protocol.Tasks} has"
            : error is null ? $"{protocol.Score} of {protocol.Tasks} has no standard error; each task needs two rows or more"
            : null;
        if (problem is not null || Interval.OfMean(value!.Value, count, error) is not { } interval)
            return null;
        // The row of a group whose tasks count the same has two errors: its own, and that of the pooled rows.
        bool equal = macro || own!.ReferenceStandardError is not null;
        return new MeasuredScore(value.Value, interval, count)
        {
            Noise = tasks.Length == 1 && Interval.IsShare(value.Value, count, error)
                ? new UncertainScore(value.Value, count)
                : UncertainScore.Of(
                    value.Value, error!.Value, Math.Max(1, count - tasks.Length), Rows([.. tasks.Select(t => t.Count)], equal)),
            PublishedRows = Rows(available, equal),
        };
    }

    /// <summary>
    /// The rows whose share of right ones is as noisy as a mean over tasks, if all tasks are equally hard: all rows where each row counts
    /// the same, and fewer where each task counts the same.
    /// </summary>
    private static double Rows(int[] sizes, bool equal) =>
        equal ? sizes.Length * (double)sizes.Length / sizes.Sum(s => 1.0 / s) : sizes.Sum();
}
