using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Scoring.Statistics;

namespace EvalHarness.Nightly.Gating;

/// <summary>What the same model on the same device gives twice: <c>noise.json</c>, written by <c>evalharness noise</c>.</summary>
internal sealed record NoiseFloor
{
    /// <summary>
    /// The fewest rows of a task or group that say how often rows change, unless it has fewer: of 100 rows without a change follows that
    /// at most 4% of all rows change.
    /// </summary>
    internal const int FewestRows = 100;

    public required string Model { get; init; }

    /// <summary>cpu, cuda or directml; several with commas between them.</summary>
    public required string Device { get; init; }

    /// <summary>
    /// One for each run: what differed from the others. Repeats of a configuration stand beside each other.
    /// </summary>
    public required IReadOnlyList<string> Variations { get; init; }

    /// <summary>The runs of each configuration, 1 or more.</summary>
    public int Repeats { get; init; } = 1;

    public required IReadOnlyList<NoiseScore> Scores { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the file is missing or something else, or an earlier version wrote it, without each run's score.
    /// </exception>
    public static NoiseFloor Read(string path)
    {
        NoiseFloor floor;
        try
        {
            floor = ResultsJson.Read<NoiseFloor>(File.ReadAllText(path));
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new EvalException(
                ExitCode.Usage, $"{path}: is no noise file: {e.Message}; expected what '{Invocation.Command} noise' wrote", e);
        }

        return floor.Scores.Any(s => s.IsMeasured) ? floor : throw new EvalException(
            ExitCode.Usage,
            $"{path}: does not say what each run scored and how many rows changed, of a score from 0 to 1; expected what "
            + $"'{Invocation.Command} noise' of this version wrote, so run it again");
    }

    internal bool Concerns(string model, string device) => Model == model && Device.Split(',').Contains(device);

    private NoiseScore? Measured(string task, string key) =>
        Scores.FirstOrDefault(s => s.Task == task && s.Key == key && s.IsMeasured);

    /// <summary>Of these tasks, those of which this file measures a score.</summary>
    internal IEnumerable<string> Known(IReadOnlyList<string> tasks, string key) => tasks.Where(t => Measured(t, key) is not null);

    /// <summary>Returns how far two runs of the same model lie apart in the score of a task or group.</summary>
    /// <param name="report">The run's results, by which the tasks of a group weigh.</param>
    /// <param name="row">The score of the task or group.</param>
    /// <returns>Null where this file does not measure that score of all its tasks.</returns>
    internal RunNoise? Of(RunReport report, ScoreRow row)
    {
        IReadOnlyList<string> tasks = report.Leaves(row.Name);
        ScoreRow?[] rows = [.. tasks.Select(t => report.Rows.FirstOrDefault(r => r.Name == t && r.Key == row.Key))];
        NoiseScore?[] measured = [.. tasks.Select(t => Measured(t, row.Key))];
        if (rows.Any(r => r is not { Count: > 0, Value: not null }) || measured.Contains(null))
            return null;
        double here = rows.Sum(r => r!.Count);
        // The tasks of a group weigh by their rows, or the same.
        bool bySize = !row.IsMeanOfTasks && Math.Abs((rows.Sum(r => r!.Count * r.Value!.Value) / here) - row.Value ?? 0) < 1e-9;
        (double Weight, NoiseScore Score)[] parts =
            [.. rows.Zip(measured, (r, s) => (bySize ? r!.Count / here : 1.0 / rows.Length, s!))];
        return RunNoise.Of(
            [.. Enumerable.Range(0, Variations.Count).Select(run => parts.Sum(p => p.Weight * p.Score.RunScores![run]))],
            Repeats,
            parts.Sum(p => p.Weight * p.Weight * p.Score.MeanSquaredChanges!.Value / p.Score.Rows / p.Score.Rows),
            parts.Max(p => p.Weight / p.Score.Rows),
            parts.Sum(p => p.Weight * p.Score.Changes!.Value / p.Score.Rows));
    }

    /// <summary>The fewest rows of these tasks that a noise file must have.</summary>
    internal static int Needed(RunReport report, IReadOnlyList<string> tasks) =>
        Math.Min(FewestRows, tasks.Sum(t => report.Available(t) ?? FewestRows));
}

/// <summary>How far a score of several runs of the same model lies apart.</summary>
/// <param name="Task">Task or group.</param>
/// <param name="Metric">Its metric.</param>
/// <param name="Filter">Its filter.</param>
/// <param name="Rows">Samples that all runs answered.</param>
/// <param name="LargestDifference">The largest difference of the score between any two of the runs.</param>
/// <param name="LargestFlips">
/// Samples that changed between right and wrong, of the two runs that differ most; null for scores other than right and wrong.
/// </param>
/// <param name="LeastSameText">Share of completions that are the same text, of those two; null where nothing is generated.</param>
/// <param name="Changes">
/// Sum over the samples of the difference of their scores without its sign, of the two runs that differ most: for right and wrong the
/// number of samples that changed. Null for groups, and for scores that leave 0 to 1.
/// </param>
/// <param name="Definition">The hash of the task's definition; null for groups.</param>
/// <param name="RunScores">The mean over the samples in each run, in the order of the variations; null as before.</param>
/// <param name="MeanSquaredChanges">
/// Sum over the samples of the squared difference of their scores, the mean over all pairs of runs of different configurations, or over all
/// pairs if there is but one; null as before.
/// </param>
internal sealed record NoiseScore(
    string Task,
    string Metric,
    string Filter,
    int Rows,
    double LargestDifference,
    int? LargestFlips = null,
    double? LeastSameText = null,
    double? Changes = null,
    string? Definition = null,
    IReadOnlyList<double>? RunScores = null,
    double? MeanSquaredChanges = null)
{
    internal string Key => $"{Metric},{Filter}";

    /// <summary>Whether it says what the gate needs.</summary>
    internal bool IsMeasured => Changes is not null && MeanSquaredChanges is not null && RunScores is { Count: > 1 };

    /// <summary>The largest share of rows, 0 to 1, that may change between two runs; null where changes are not counted.</summary>
    internal double? LargestRate => Changes is { } changes ? ClopperPearson.Interval(changes, Rows).High : null;

    /// <summary>
    /// What the noise alone may make between two runs over the same samples, 0 to 1, in 95 of 100 pairs; null as before.
    /// </summary>
    /// <param name="repeats">The runs of each configuration.</param>
    internal double? Reach(int repeats) => !IsMeasured ? null : RunNoise
        .Of(RunScores!, repeats, MeanSquaredChanges!.Value / Rows / Rows, 1.0 / Rows, Changes!.Value / Rows)
        .Reach(Interval.Level95);
}
