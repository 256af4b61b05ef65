namespace EvalHarness.Data.Shards;

/// <summary>
/// Reads the rows of a Parquet shard. Who reads a shard is decided by <see cref="ShardReaders"/> from what the file says of itself; a
/// reader that fails does not hand the shard on. One contract test runs over every implementation.
/// </summary>
internal interface IShardReader
{
    /// <summary>The name of the library, as the manifest has it; that of the program where it reads the shard itself.</summary>
    string Name { get; }

    /// <summary>
    /// Reads the rows in their order. The pages of the columns that are read are checked before the rows in them are given.
    /// </summary>
    /// <param name="file">The path of the file.</param>
    /// <param name="stream">The file, from which no one else reads meanwhile.</param>
    /// <param name="footer">The file's footer.</param>
    /// <param name="fields">The columns that are read, in the order in which a row has their values; at least one.</param>
    /// <param name="cancellationToken">Stops between row groups or blocks of rows.</param>
    /// <returns>
    /// The rows in blocks, each of which is read once and before the next one is asked for: the values of each row, of the types that a
    /// document has.
    /// </returns>
    /// <exception cref="InvalidDataException">The shard is damaged. The library may throw others.</exception>
    /// <exception cref="UnsupportedShardException">The library cannot give a column rightly.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    IAsyncEnumerable<IEnumerable<object?[]>> ReadAsync(
        string file, FileStream stream, ShardFooter footer, IReadOnlyList<ShardField> fields, CancellationToken cancellationToken);
}
