using Microsoft.Win32.SafeHandles;

namespace EvalHarness.Data.Shards;

/// <summary>A cursor over the entries of a column in a row group, of which one page at a time is in memory, and the dictionary.</summary>
internal sealed class PageCursor : LevelCursor
{
    private readonly ShardColumn _column;
    private readonly ChunkPages _pages;
    private PageBody? _page;
    private uint[] _definitions = [], _repetitions = [], _indices = [];
    private PlainValues? _values, _dictionary;
    private bool _hasIndices;
    private int _entry, _value;
    private long _taken;

    /// <param name="file">The file.</param>
    /// <param name="chunk">Where the column lies.</param>
    /// <param name="rows">The rows of the row group.</param>
    /// <param name="memory">Memory for the pages.</param>
    internal PageCursor(SafeFileHandle file, ShardChunk chunk, long rows, ColumnMemory memory) =>
        (_column, _pages) = (chunk.Column, new ChunkPages(file, chunk, rows, memory));

    internal override bool IsAtEnd => !HasEntry();

    internal override int Definition => !HasEntry()
        ? throw Short(_column, _taken)
        : _column.MaxDefinition > 0 ? (int)_definitions[_entry] : 0;

    internal override int Repetition => !HasEntry() ? -1 : _column.MaxRepetition > 0 ? (int)_repetitions[_entry] : 0;

    internal override object? Take()
    {
        bool isThere = Definition == _column.MaxDefinition;
        _entry++;
        _taken++;
        if (!isThere)
            return null;
        int value = _value++;
        return _hasIndices ? _dictionary![(int)_indices[value]] : _values![value];
    }

    /// <summary>Goes to the next page where this one has no entry any more.</summary>
    private bool HasEntry()
    {
        while (_page is null || _entry == _page.Count)
        {
            if (_pages.Next() is not { } next)
                return false;
            Open(next);
        }

        return true;
    }

    private void Open(PageBody page)
    {
        (_page, _entry, _value) = (page, 0, 0);
        ArraySegment<byte> values = page.Values ?? throw new InvalidOperationException("The page is compressed by a codec of others.");
        Read(page.Definition, _column.MaxDefinition, page.Count, ref _definitions);
        Read(page.Repetition, _column.MaxRepetition, page.Count, ref _repetitions);
        _hasIndices = page.Encoding != PageValues.Plain;
        if (!_hasIndices)
        {
            _values = new PlainValues(_column, values, page.There);
            return;
        }

        _dictionary ??= new PlainValues(_column, _pages.Dictionary!.Value, page.Dictionary!.Value);
        Grow(ref _indices, page.There);
        if (page.There > 0)
            HybridRuns.Read(values[1..], values[0], _indices.AsSpan(0, page.There), $"column {_column.Path}: the values of a page");
    }

    private void Read(ArraySegment<byte> runs, int most, int count, ref uint[] levels)
    {
        if (most == 0)
            return;
        Grow(ref levels, count);
        HybridRuns.Read(runs, HybridRuns.Width(most), levels.AsSpan(0, count), $"column {_column.Path}: the levels of a page");
    }

    private static void Grow(ref uint[] numbers, int count)
    {
        if (numbers.Length < count)
            numbers = new uint[count];
    }
}
