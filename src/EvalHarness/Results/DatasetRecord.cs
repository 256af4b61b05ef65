using EvalHarness.Data;

namespace EvalHarness.Results;

/// <summary>What was read of one split, as the manifest records it.</summary>
public sealed record DatasetRecord
{
    public required string Path { get; init; }

    public string? Config { get; init; }

    public required string Split { get; init; }

    /// <summary>The files as the task gives them, paths and globs by split; null if the dataset's layout says which they are.</summary>
    public string? DataFiles { get; init; }

    public required long Rows { get; init; }

    public required IReadOnlyList<DatasetShard> Shards { get; init; }
}
