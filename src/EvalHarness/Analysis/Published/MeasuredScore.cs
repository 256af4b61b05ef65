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
    /// <summary>What counts the same in the score of a group; null for a task.</summary>
    public ScoreAverage? Average { get; init; }

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
    /// <param name="average">What counts the same in the score of a group; null for what does so in the run.</param>
    /// <param name="problem">Why there is no such score, or no interval for it; null where there is one.</param>
    /// <returns>Null where there is a problem.</returns>
    public static MeasuredScore? Of(RunReport report, PublishedProtocol protocol, ScoreAverage? average, out string? problem)
    {
        string name = $"{protocol.Score} of {protocol.Tasks}";
        IReadOnlyList<string> leaves = report.Leaves(protocol.Tasks);
        ScoreRow[] rows = [.. report.Rows.Where(r => r.Key == protocol.Score && r.Value is not null)];
        ScoreRow[] tasks = [.. leaves.Select(t => rows.FirstOrDefault(r => r.Name == t)).OfType<ScoreRow>()];
        int[] available = [.. tasks.Select(t => report.Available(t.Name)).OfType<int>()];
        ScoreRow? own = rows.FirstOrDefault(r => r.Name == protocol.Tasks);
        problem = tasks.Length == 0 || tasks.Length < leaves.Count || (own is null && average is null) ? $"the run has no {name}"
            : available.Length < tasks.Length ? $"the run does not say how many rows {protocol.Tasks} has"
            : null;
        if (problem is not null)
            return null;

        // The row of a group whose tasks count the same has two errors: its own, and that of the pooled rows.
        ScoreAverage? given = own is null ? null : own.IsMeanOfTasks ? ScoreAverage.Macro : ScoreAverage.Micro;
        ScoreAverage chosen = average ?? given!.Value;
        int[] sizes = [.. tasks.Select(t => t.Count)];
        (double value, double? error) = report.Members(protocol.Tasks) is null || chosen == given
            ? (own!.Value!.Value, own.StandardError)
            : MeanOfTasks(tasks, sizes, chosen);
        int count = sizes.Sum();
        Interval? interval = value is >= 0 and <= 1
            ? Interval.OfMean(value, count, error, isMeanOfTasks: chosen == ScoreAverage.Macro)
            : null;
        problem = value is < 0 or > 1 ? $"{name} is {value}, and only scores from 0 to 1 are compared"
            : error is null || interval is null ? $"{name} has no standard error; each task needs two rows or more"
            : null;
        return problem is not null ? null : new MeasuredScore(value, interval!.Value, count)
        {
            Average = report.Members(protocol.Tasks) is null ? null : chosen,
            Noise = tasks.Length == 1 && Interval.IsShare(value, count, error)
                ? new UncertainScore(value, count)
                : UncertainScore.Of(value, error!.Value, Math.Max(1, count - tasks.Length), Rows(sizes, chosen)),
            PublishedRows = Rows(available, chosen),
        };
    }

    /// <summary>Returns the mean over tasks, and its standard error, or null for that where a task has none.</summary>
    private static (double Value, double? Error) MeanOfTasks(ScoreRow[] tasks, int[] sizes, ScoreAverage average)
    {
        double?[] errors = [.. tasks.Select(t => t.StandardError)];
        return (
            Aggregation.GroupMean([.. tasks.Select(t => t.Value!.Value)], sizes, weightBySize: average == ScoreAverage.Micro),
            average == ScoreAverage.Micro
                ? Aggregation.PooledStandardError(errors, sizes)
                : Aggregation.MeanOfMeansStandardError(errors));
    }

    /// <summary>
    /// The rows whose share of right ones is as noisy as a mean over tasks, if all tasks are equally hard: all rows where each row counts
    /// the same, and fewer where each task counts the same.
    /// </summary>
    private static double Rows(int[] sizes, ScoreAverage average) =>
        average == ScoreAverage.Micro ? sizes.Sum() : sizes.Length * (double)sizes.Length / sizes.Sum(s => 1.0 / s);
}
