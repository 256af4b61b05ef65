namespace EvalHarness.Data.Shards;

/// <summary>A cursor over all entries of a column in a row group, which are in memory.</summary>
/// <param name="column">The column.</param>
/// <param name="definitions">The definition level of each entry; empty where all values are there.</param>
/// <param name="repetitions">The repetition level of each entry; empty where the column lies in no list.</param>
/// <param name="entries">The number of entries.</param>
/// <param name="values">The values that are there.</param>
/// <param name="convert">Makes the value of a document.</param>
internal sealed class ColumnCursor<T>(
    ShardColumn column, int[] definitions, int[] repetitions, int entries, T[] values, Func<T, object> convert)
    : LevelCursor
{
    private int _entry;
    private int _value;

    internal override bool IsAtEnd => _entry == entries;

    internal override int Definition => definitions.Length > 0 ? definitions[Checked] : column.MaxDefinition;

    internal override int Repetition => _entry == entries ? -1 : repetitions.Length > 0 ? repetitions[_entry] : 0;

    private int Checked => _entry < entries ? _entry : throw Short(column, entries);

    internal override object? Take()
    {
        bool isThere = Definition == column.MaxDefinition;
        if (_entry >= entries)
            throw Short(column, entries);
        _entry++;
        return isThere ? convert(values[_value++]) : null;
    }
}
