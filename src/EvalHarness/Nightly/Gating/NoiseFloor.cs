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

    /// <summary>What differed between the runs: repeats, batch sizes, workers.</summary>
    public required IReadOnlyList<string> Variations { get; init; }

    public required IReadOnlyList<NoiseScore> Scores { get; init; }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the file is missing or something else, or an earlier version wrote it and counted no rows.
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

        return floor.Scores.Any(s => s.SquaredChanges is not null) ? floor : throw new EvalException(
            ExitCode.Usage,
            $"{path}: does not say how many rows changed in a score from 0 to 1; expected what '{Invocation.Command} noise' of this "
            + "version wrote, so run it again");
    }

    internal bool Concerns(string model, string device) => Model == model && Device.Split(',').Contains(device);

    /// <summary>The measured score of a task that counts the rows that changed; null where there is none.</summary>
    internal NoiseScore? Counted(string task, string key) =>
        Scores.FirstOrDefault(s => s.Task == task && s.Key == key && s.SquaredChanges is not null);

    /// <summary>
    /// Returns how far the score of a task or group lies apart in two runs of the same model over as many rows as this run has, in 95 of
    /// 100 pairs of runs. What is random is which rows change and to which side. The share of rows that change is the upper limit that the
    /// rows of this file allow.
    /// </summary>
    /// <param name="report">The run's results.</param>
    /// <param name="row">The score of the task or group.</param>
    /// <returns>Points (hundredths), or null where this file does not have enough rows of all its tasks.</returns>
    internal double? Points(RunReport report, ScoreRow row)
    {
        IReadOnlyList<string> tasks = report.Leaves(row.Name);
        ScoreRow?[] rows = [.. tasks.Select(t => report.Rows.FirstOrDefault(r => r.Name == t && r.Key == row.Key))];
        NoiseScore?[] counted = [.. tasks.Select(t => Counted(t, row.Key))];
        if (rows.Any(r => r is not { Count: > 0, Value: not null }) || counted.Contains(null))
            return null;
        int known = counted.Sum(s => s!.Rows), here = rows.Sum(r => r!.Count);
        if (known < Needed(report, tasks))
            return null;
        double rate = ClopperPearson.Interval(counted.Sum(s => s!.SquaredChanges!.Value), known).High;
        // The tasks of a group weigh by their rows, or the same.
        bool bySize = !row.IsMeanOfTasks && Math.Abs((rows.Sum(r => r!.Count * r.Value!.Value) / here) - row.Value ?? 0) < 1e-9;
        double variance = rate * (bySize ? 1.0 / here : rows.Sum(r => 1.0 / r!.Count) / rows.Length / rows.Length);
        return 100 * Interval.Normal95 * Math.Sqrt(variance);
    }

    /// <summary>The fewest rows of these tasks that a noise file must have.</summary>
    internal static int Needed(RunReport report, IReadOnlyList<string> tasks) =>
        Math.Min(FewestRows, tasks.Sum(t => report.Available(t) ?? FewestRows));

    /// <summary>
    /// A drop that the same model can give twice is no regression. It is not fine either: that it is noise is not shown.
    /// </summary>
    internal static GateCheck Doubt(GateCheck check) =>
        check is { Verdict: GateVerdict.Regression, Limit: GateLimit.MaxDrop, NoiseFloor: { } floor, Measured: { } drop } && drop <= floor
            ? check with
            {
                Verdict = GateVerdict.Inconclusive,
                Remark = FormattableString.Invariant(
                    $"two runs of the same model over {check.Rows} rows lie up to {floor:0.##} points apart (noise)"),
            }
            : check;
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
/// <param name="SquaredChanges">
/// Sum over the samples of the squared difference of their scores, of the two runs that differ most: for right and wrong the number of
/// samples that changed. Null for groups, and for scores that leave 0 to 1.
/// </param>
/// <param name="Definition">The hash of the task's definition; null for groups.</param>
internal sealed record NoiseScore(
    string Task,
    string Metric,
    string Filter,
    int Rows,
    double LargestDifference,
    int? LargestFlips = null,
    double? LeastSameText = null,
    double? SquaredChanges = null,
    string? Definition = null)
{
    internal string Key => $"{Metric},{Filter}";

    /// <summary>The largest share of rows, 0 to 1, that may change between two runs; null where changes are not counted.</summary>
    internal double? LargestRate => SquaredChanges is { } changes ? ClopperPearson.Interval(changes, Rows).High : null;
}
