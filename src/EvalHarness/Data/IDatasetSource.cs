namespace EvalHarness.Data;

/// <summary>Provides the documents of datasets. The same contract test runs for every implementation.</summary>
public interface IDatasetSource
{
    /// <summary>Finds the shards of a split, in their order, and reads their schema but no rows.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Data"/>: there is no such dataset, configuration or split.</exception>
    Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken);
}

/// <summary>The name of a split on the Hugging Face hub.</summary>
/// <param name="Path">The dataset's repository, <c>ORG/NAME</c>.</param>
/// <param name="Config">The configuration; null for the default one.</param>
/// <param name="Split">The split, for example <c>test</c>.</param>
public sealed record DatasetName(string Path, string? Config, string Split)
{
    public override string ToString() => $"{Path}{(Config is null ? "" : $" ({Config})")}, split {Split}";
}

/// <summary>The shards of one split.</summary>
public abstract class DatasetSplit
{
    public required DatasetName Name { get; init; }

    /// <summary>The column names, in the order of the first shard's schema.</summary>
    public required IReadOnlyList<string> Columns { get; init; }

    public required IReadOnlyList<DatasetShard> Shards { get; init; }

    /// <summary>Reads all documents in the order of the shards. Only one row group is in memory at a time.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Data"/>: a shard is damaged, or its columns differ from those of the first shard.
    /// </exception>
    public abstract IAsyncEnumerable<Document> ReadAsync(CancellationToken cancellationToken);
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
}
