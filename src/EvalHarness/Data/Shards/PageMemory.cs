using System.Collections.Concurrent;

namespace EvalHarness.Data.Shards;

/// <summary>
/// The memory in which the pages of each column are read, which the column's pages in the next row group use again. The pages of a column
/// are read one after the other; those of several columns may be read by several threads.
/// </summary>
internal sealed class PageMemory : IDisposable
{
    private readonly ConcurrentDictionary<ShardColumn, ColumnMemory> _columns = new(ReferenceEqualityComparer.Instance);

    internal ColumnMemory Of(ShardColumn column) => _columns.GetOrAdd(column, _ => new ColumnMemory());

    public void Dispose()
    {
        foreach (ColumnMemory memory in _columns.Values)
            memory.Dispose();
    }
}

/// <summary>The memory of one column: for what is read of the file, for the page that is looked at, and for the dictionary.</summary>
internal sealed class ColumnMemory : IDisposable
{
    internal PageBuffer Read { get; } = new();

    internal PageBuffer Page { get; } = new();

    internal PageBuffer Dictionary { get; } = new();

    public void Dispose()
    {
        Read.Dispose();
        Page.Dispose();
        Dictionary.Dispose();
    }
}
