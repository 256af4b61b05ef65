using System.Text.Json;
using EvalHarness.Data;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>Shards that other writers wrote, kept beside the repository with what other readers give for them.</summary>
public sealed class SharedShardTests
{
    private static readonly string Root = Path.Combine(Shared.Folder, "parquet");

    /// <summary>Shards that are refused, and what the line says.</summary>
    private static readonly Dictionary<string, string> Refused = new()
    {
        ["comp-lz4hadoop-v2page"] = "is compressed with LZ4 in Hadoop's frames",
        ["encrypted"] = "is encrypted",
        ["t-decimal256"] = "has decimals of",
    };

    public static TheoryData<string> Names => Directory.Exists(Root)
        ? [.. Directory.GetDirectories(Path.Combine(Root, "org")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)]
        : ["none"];

    private static async Task<(DatasetSplit Split, List<Document> Documents)> ReadAsync(string name)
    {
        DatasetSplit split = await new FileDatasetSource(Root).OpenAsync(
            new DatasetName($"org/{name}", null, "test"), CancellationToken.None);
        return (split, await split.ReadAsync(CancellationToken.None).ToListAsync());
    }

    [SharedTheory]
    [MemberData(nameof(Names))]
    public async Task Read_ShardOfAnotherWriter_IsItsTruthOrRefused(string name)
    {
        if (Refused.TryGetValue(name, out string? line))
        {
            EvalException e = await Assert.ThrowsAsync<EvalException>(() => ReadAsync(name));
            Assert.Equal(ExitCode.Data, e.ExitCode);
            Assert.Contains(line, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', e.Message);
            return;
        }

        (DatasetSplit split, List<Document> documents) = await ReadAsync(name);
        string[] truth = await File.ReadAllLinesAsync(Path.Combine(Root, "truth", $"{name}.jsonl"));
        Assert.Equal(truth.Length, documents.Count);
        for (int i = 0; i < truth.Length; i++)
        {
            using JsonDocument found = JsonDocument.Parse(documents[i].ToJson()), expected = JsonDocument.Parse(truth[i]);
            Assert.Null(ShardTruth.Difference(found.RootElement, expected.RootElement, $"row {i}"));
        }

        Assert.All(split.Shards, shard => Assert.NotNull(shard.Reader));
    }

    /// <summary>Every reader that can be asked gives the same as the one that is chosen.</summary>
    [SharedTheory]
    [MemberData(nameof(Names))]
    public async Task Read_ByEitherReader_IsTheSame(string name)
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Root, "org", name), "*.parquet", SearchOption.AllDirectories))
        {
            if (!Refused.ContainsKey(name))
                await ShardReaderContractTests.AssertReadersAgreeAsync(file);
        }
    }
}
