using EvalHarness.Data;

namespace EvalHarness.Running;

/// <summary>Why a task cannot use a split that can be read.</summary>
internal static class SplitProblems
{
    /// <summary>The error of a column that the task selects rows by and that the split does not have; null if it has all.</summary>
    internal static EvalException? MissingColumn(SplitUse use, DatasetSplit split) =>
        use.Where.FirstOrDefault(w => !split.Columns.Contains(w.Key)).Key is { } missing
            ? new EvalException(
                ExitCode.Data,
                $"{split.Shards[0].File}: has no column {missing}, which task {use.Task.Name} selects rows by; "
                + $"it has {string.Join(", ", split.Columns)}")
            : null;

    /// <summary>The error of a split that was read and has no row for the task.</summary>
    /// <param name="use">What the task takes of the split.</param>
    /// <param name="split">The split.</param>
    /// <param name="rows">The number of its rows; null where not all have been read.</param>
    internal static EvalException NoRow(SplitUse use, DatasetSplit split, long? rows = null) => new(
        ExitCode.Data,
        $"{split.Shards[0].File}: split {split.Name.Split} of {split.Name.Path} has no row{use.Condition}"
        + (rows is null ? "" : $" ({rows} rows in all)")
        + $", and task {use.Task.Name} needs some");
}
