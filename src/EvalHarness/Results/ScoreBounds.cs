using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Results;

/// <summary>
/// What a score could be if the rows that errored had been answered: nothing is assumed of them, so each of them could be wrong, and each
/// of them could be right.
/// </summary>
/// <remarks>Source: Horowitz and Manski 2000, J. Am. Stat. Assoc. 95, 77-84.</remarks>
/// <param name="Lowest">The score if every errored row had 0.</param>
/// <param name="Highest">The score if every errored row had 1.</param>
internal sealed record ScoreBounds(RowMean Lowest, RowMean Highest)
{
    /// <summary>The 95% interval that the errored rows could make, from the lowest to the highest score's.</summary>
    internal Interval? Interval => Lowest.Interval is { } low && Highest.Interval is { } high ? new Interval(low.Low, high.High) : null;

    /// <returns>Null if no row errored, or the score is not known to lie between 0 and 1.</returns>
    internal static ScoreBounds? Of(RunReport report, ScoreRow row)
    {
        if (row.Errored == 0)
            return null;
        if (report.Members(row.Name) is not { } members)
            return OfTask(row);
        ScoreRow?[] found = [.. members.Select(m => report.Rows.FirstOrDefault(r => r.Name == m && r.Key == row.Key))];
        ScoreRow[] tasks = [.. found.OfType<ScoreRow>()];
        ScoreBounds?[] bounds = [.. tasks.Select(OfTask)];
        if (tasks.Length == 0 || bounds.Contains(null))
            return null;
        bool bySize = IsBySize(row, tasks);
        return new ScoreBounds(
            RowMean.OfGroup([.. bounds.Select(b => b!.Lowest)], bySize), RowMean.OfGroup([.. bounds.Select(b => b!.Highest)], bySize));
    }

    /// <summary>Whether a group's mean is that of its rows; otherwise its tasks have the same weight.</summary>
    private static bool IsBySize(ScoreRow group, ScoreRow[] tasks)
    {
        ScoreRow[] valued = [.. tasks.Where(t => t.Value is not null)];
        if (group.IsMeanOfTasks || group.Value is not { } value)
            return !group.IsMeanOfTasks;
        double[] values = [.. valued.Select(t => t.Value!.Value)];
        return Math.Abs(Aggregation.GroupMean(values, [.. valued.Select(t => t.Count)], weightBySize: true) - value) < 1e-9;
    }

    private static ScoreBounds? OfTask(ScoreRow row)
    {
        double value = row.Value ?? 0, error = row.StandardError ?? 0;
        if (!Scoring.Statistics.Interval.IsBounded(value, row.Count, error))
            return null;
        double squares = (error * error * row.Count * Math.Max(0, row.Count - 1)) + (row.Count * value * value);
        return new ScoreBounds(With(right: 0), With(right: row.Errored));

        RowMean With(int right)
        {
            int count = row.Count + row.Errored;
            double mean = ((value * row.Count) + right) / count;
            double variance = Math.Max(0, squares + right - (count * mean * mean)) / Math.Max(1, count - 1);
            return new RowMean(mean, count, count > 1 ? Math.Sqrt(variance / count) : null);
        }
    }
}

/// <summary>A mean over rows.</summary>
/// <param name="Value">The mean.</param>
/// <param name="Count">The number of rows.</param>
/// <param name="StandardError">The standard error, or null for a single row.</param>
internal sealed record RowMean(double Value, int Count, double? StandardError)
{
    /// <summary>Whether it is the mean over tasks, each with the same weight.</summary>
    internal bool IsMeanOfTasks { get; init; }

    internal Interval? Interval =>
        Scoring.Statistics.Interval.OfMean(Value, Count, StandardError, isMeanOfTasks: IsMeanOfTasks);

    internal static RowMean OfGroup(IReadOnlyList<RowMean> tasks, bool bySize)
    {
        int[] sizes = [.. tasks.Select(t => t.Count)];
        double?[] errors = [.. tasks.Select(t => t.StandardError)];
        return new RowMean(
            Aggregation.GroupMean([.. tasks.Select(t => t.Value)], sizes, bySize),
            sizes.Sum(),
            bySize ? Aggregation.PooledStandardError(errors, sizes) : Aggregation.MeanOfMeansStandardError(errors))
        {
            IsMeanOfTasks = !bySize,
        };
    }
}
