using System.Runtime.CompilerServices;

namespace EvalHarness.Data.Shards;

/// <summary>
/// Reads shards of long rows with one page of each column in memory, which are checked as they are read. Parquet.Net has a whole row group
/// in memory, and DuckDB several times 2,048 rows, which are gigabytes where each row is a book.
/// </summary>
internal sealed class PageShardReader : IShardReader
{
    public string Name => "EvalHarness";

    /// <summary>Whether all columns have values, encodings and codecs that are read here.</summary>
    internal static bool Reads(Stream stream, ShardFooter footer) => footer.Groups.SelectMany(group => group.Chunks).All(chunk =>
        PageCodec.Reads(chunk.Codec)
        && PlainValues.Has(chunk.Column)
        && ShardPages.DataPages(stream, chunk).All(page => page.Encoding == PageValues.Plain || PageValues.IsOfDictionary(page.Encoding)));

    public async IAsyncEnumerable<IEnumerable<object?[]>> ReadAsync(
        string file,
        FileStream stream,
        ShardFooter footer,
        IReadOnlyList<ShardField> fields,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        HashSet<ShardColumn> columns = [.. fields.SelectMany(field => field.Columns)];
        using var memory = new PageMemory();
        foreach (ShardRowGroup group in footer.Groups)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Dictionary<ShardColumn, LevelCursor> cursors = group.Chunks.Where(chunk => columns.Contains(chunk.Column)).ToDictionary(
                chunk => chunk.Column,
                LevelCursor (chunk) => new PageCursor(stream.SafeFileHandle, chunk, group.Rows, memory.Of(chunk.Column)));
            ColumnNode[] nodes = [.. fields.Select(field => ColumnNode.Of(ColumnShape.Of(field), cursors))];
            yield return ColumnNode.Rows(nodes, group.Rows);

            if (columns.FirstOrDefault(column => !cursors[column].IsAtEnd) is { } longer)
                throw new InvalidDataException($"column {longer.Path} has values behind the {group.Rows} rows of its row group");
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }
}
