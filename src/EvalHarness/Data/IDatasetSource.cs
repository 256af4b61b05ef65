namespace EvalHarness.Data;

/// <summary>
/// Finds a dataset's files and reads their rows as documents. Opening or reading the same split again gives the same. One contract test
/// runs over every implementation.
/// </summary>
public interface IDatasetSource
{
    /// <summary>
    /// Finds the shards of a split, in order, without reading rows.
    /// </summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: there is no such dataset, configuration or split, which the message names; or the first shard, whose
    /// schema gives the columns, is damaged.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken);
}

/// <summary>The name of a split of a dataset.</summary>
/// <param name="Path">
/// The dataset's repository on the Hugging Face hub, <c>ORG/NAME</c>; or, where <see cref="Files"/> are local, a path or a format.
/// </param>
/// <param name="Config">The configuration; null for the only one, or the one that the dataset makes its default.</param>
/// <param name="Split">The split, for example <c>test</c>.</param>
public sealed record DatasetName(string Path, string? Config, string Split)
{
    /// <summary>What the task says of the dataset's files; null if the layout of the repository says all.</summary>
    internal DataFiles? Files { get; init; }

    public override string ToString() =>
        $"{Path}{(Config is null ? "" : $" ({Config})")}{(Files?.Patterns is { } patterns ? $" ({patterns.Key})" : "")}, split {Split}";
}

/// <summary>The shards of one split.</summary>
public abstract class DatasetSplit
{
    public required DatasetName Name { get; init; }

    /// <summary>The column names, in the order of the first shard's schema.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    /// <summary>The columns that have bytes as their values, or inside them.</summary>
    public IReadOnlySet<string> ByteColumns { get; init; } = new HashSet<string>();

    public required IReadOnlyList<DatasetShard> Shards { get; init; }

    /// <summary>
    /// Reads all documents, shard by shard and row group by row group, with one row group in memory at a time. Each document has every
    /// wanted column, in the order of its own shard's schema, with null where the row has no value. Several readers may read at the same
    /// time, and a reader may leave early.
    /// </summary>
    /// <param name="columns">
    /// The columns that are wanted; null for all. Others are neither read nor checked. A name that the split does not have is no error.
    /// </param>
    /// <param name="cancellationToken">Stops before the next row group is read.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: a shard is damaged, or its columns differ from the first shard's. The message begins with the shard's
    /// path, and the documents before it have been given.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; thrown before the next row group is read.</exception>
    public abstract IAsyncEnumerable<Document> ReadAsync(IReadOnlySet<string>? columns, CancellationToken cancellationToken);

    /// <summary>The number of documents, where the files say it without being read; null where only reading tells it.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a shard's footer is damaged, or its columns differ.</exception>
    internal virtual long? CountRows() => null;

    /// <summary>
    /// About how many bytes the documents take, without the compression of the files; 0 where that is not known, as for a source of others,
    /// whose documents are kept in memory.
    /// </summary>
    /// <param name="columns">The columns that are wanted; null for all.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: as for <see cref="CountRows"/>.</exception>
    internal virtual double EstimateBytes(IReadOnlySet<string>? columns) => 0;

    /// <summary>
    /// Looks whether the first documents are damaged, without making them, where <see cref="CountRows"/> tells how many there are, so that
    /// none of them has been read yet. The end of a run would be a bad time to find out.
    /// </summary>
    /// <param name="columns">The columns that are wanted; null for all.</param>
    /// <param name="rows">The number of documents that are needed.</param>
    /// <param name="cancellationToken">Stops between two row groups.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: a shard is damaged.</exception>
    internal virtual void Check(IReadOnlySet<string>? columns, long rows, CancellationToken cancellationToken)
    {
    }

    /// <summary>Reads all documents with all columns.</summary>
    /// <inheritdoc cref="ReadAsync(IReadOnlySet{string}?, CancellationToken)"/>
    public IAsyncEnumerable<Document> ReadAsync(CancellationToken cancellationToken) => ReadAsync(null, cancellationToken);
}

/// <summary>One file of a split, as the manifest records it.</summary>
public sealed record DatasetShard
{
    /// <summary>The file's path relative to the datasets root, with forward slashes.</summary>
    public required string File { get; init; }

    public required long Bytes { get; init; }

    /// <summary>The hash of the file, in lower-case hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether the file has the hash pinned in <c>datasets/sources.yaml</c>; null if no hash is pinned for it.</summary>
    public bool? Pinned { get; init; }

    /// <summary>
    /// The library that reads the file, and why it is not the usual one, in words; null for a file that is no Parquet, or a damaged one.
    /// </summary>
    public string? Reader { get; init; }

    /// <summary>What makes the file another than the pinned one, in words; null if it is that one, or none is pinned.</summary>
    internal string? Departure => Pinned is not false
        ? null
        : $"{File} is not the pinned shard (its SHA-256 is {Sha256[..12]}..., sources.yaml pins another for this split): "
            + "scores on it cannot be compared with scores on the pinned one";
}
