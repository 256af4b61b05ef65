namespace EvalHarness.Data.Shards;

/// <summary>
/// Goes through the entries of a column in one row group. An entry is a value, or the place of one that is not there because it, or a
/// struct or list around it, is null or empty.
/// </summary>
internal abstract class LevelCursor
{
    internal abstract bool IsAtEnd { get; }

    /// <summary>The definition level of the next entry.</summary>
    internal abstract int Definition { get; }

    /// <summary>The repetition level of the next entry; -1 at the end.</summary>
    internal abstract int Repetition { get; }

    /// <summary>Takes the next entry: its value, or null where it has none.</summary>
    internal abstract object? Take();

    protected static InvalidDataException Short(ShardColumn column, long entries) =>
        new($"column {column.Path} ends after {entries} entries, in the middle of a row");
}
