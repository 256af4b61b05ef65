namespace EvalHarness.Data.Shards;

/// <summary>
/// Goes through the entries of a column in one row group. An entry is a value, or the place of one that is not there because it, or a
/// struct or list around it, is null or empty.
/// </summary>
/// <param name="column">The column.</param>
/// <param name="definitions">The definition level of each entry; empty where all values are there.</param>
/// <param name="repetitions">The repetition level of each entry; empty where the column lies in no list.</param>
/// <param name="entries">The number of entries.</param>
internal abstract class LevelCursor(ShardColumn column, int[] definitions, int[] repetitions, int entries)
{
    private int _entry;
    private int _value;

    internal bool IsAtEnd => _entry == entries;

    /// <summary>The definition level of the next entry.</summary>
    internal int Definition => definitions.Length > 0 ? definitions[Checked] : column.MaxDefinition;

    /// <summary>The repetition level of the next entry; -1 at the end.</summary>
    internal int Repetition => _entry == entries ? -1 : repetitions.Length > 0 ? repetitions[_entry] : 0;

    private int Checked => _entry < entries ? _entry : throw Short();

    /// <summary>Takes the next entry: its value, or null where it has none.</summary>
    internal object? Take()
    {
        bool isThere = Definition == column.MaxDefinition;
        if (_entry >= entries)
            throw Short();
        _entry++;
        return isThere ? Value(_value++) : null;
    }

    protected abstract object Value(int index);

    private InvalidDataException Short() => new($"column {column.Path} ends after {entries} entries, in the middle of a row");
}

/// <param name="column">The column.</param>
/// <param name="definitions">See <see cref="LevelCursor"/>.</param>
/// <param name="repetitions">See <see cref="LevelCursor"/>.</param>
/// <param name="entries">See <see cref="LevelCursor"/>.</param>
/// <param name="values">The values that are there.</param>
/// <param name="convert">Makes the value of a document.</param>
internal sealed class LevelCursor<T>(
    ShardColumn column, int[] definitions, int[] repetitions, int entries, T[] values, Func<T, object> convert)
    : LevelCursor(column, definitions, repetitions, entries)
{
    protected override object Value(int index) => convert(values[index]);
}
