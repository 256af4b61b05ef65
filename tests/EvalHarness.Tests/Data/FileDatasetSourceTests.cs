using EvalHarness.Data;

namespace EvalHarness.Tests.Data;

/// <summary>What is special to Parquet shards; <see cref="DatasetSourceContractTests"/> holds what every source promises.</summary>
public sealed class FileDatasetSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private async Task<List<Document>> ReadAsync(DatasetName name, string? root = null)
    {
        DatasetSplit split = await new FileDatasetSource(root ?? _folder.Path).OpenAsync(name, CancellationToken.None);
        return await split.ReadAsync(CancellationToken.None).ToListAsync();
    }

    private static IEnumerable<TinyData.Row> Rows(int from, int count) => Enumerable.Range(from, count).Select(TinyData.MakeRow);

    [Fact]
    public async Task Read_SeveralShardsAndRowGroups_KeepsTheOrder()
    {
        TinyData.WriteShard(_folder.Path, "test-00001-of-00002.parquet", Rows(5000, 10), rowGroupSize: 3);
        TinyData.WriteShard(_folder.Path, "test-00000-of-00002.parquet", Rows(0, 5000), rowGroupSize: 2048);
        List<Document> documents = await ReadAsync(new DatasetName("org/tiny", "main", "test"));
        Assert.Equal(Enumerable.Range(0, 5010).Select(i => $"What is {i} + {i}?"), documents.Select(d => (string)d.Values["question"]!));
    }

    [Fact]
    public async Task Read_ConvertedLayout_IsFound()
    {
        TinyData.WriteShard(_folder.Path, "test/0001.parquet", Rows(2, 2));
        TinyData.WriteShard(_folder.Path, "test/0000.parquet", Rows(0, 2));
        Assert.Equal(
            ["0", "2", "4", "6"], (await ReadAsync(new DatasetName("org/tiny", "main", "test"))).Select(d => (string)d.Values["answer"]!));
    }

    [Fact]
    public async Task Read_Null_IsThereAsNull()
    {
        TinyData.WriteShard(_folder.Path, "test-00000-of-00001.parquet", [TinyData.MakeRow(1) with { Answer = null }, TinyData.MakeRow(2)]);
        List<Document> documents = await ReadAsync(new DatasetName("org/tiny", "main", "test"));
        Assert.Equal(["question", "answer", "choices", "label"], documents[0].Values.Keys);
        Assert.Null(documents[0].Values["answer"]);
        Assert.Equal(1L, documents[0].Values["label"]);
        Assert.Equal(["1", "2", "3"], Assert.IsAssignableFrom<IReadOnlyList<object?>>(documents[0].Values["choices"]).Cast<string>());
    }

    /// <summary>A file with nested columns, written by DuckDB: structs of lists, a list of structs, a map, nulls on every level.</summary>
    [Fact]
    public async Task Read_NestedColumns_ArePlainValues()
    {
        List<Document> documents = await ReadAsync(
            new DatasetName("org/nested", null, "test"), Path.Combine(AppContext.BaseDirectory, "Data", "fixtures"));
        Assert.Equal(
            """{"id":1,"choices":{"text":["red","green"],"label":["A","B"]},"score":1.5,"price":2.25,"flag":true""" +
                ""","turns":[{"role":"user","content":"hi"}],"scores":[[1,2],[3]],"day":"2026-11-21"}""",
            documents[0].ToJson());
        Assert.Equal(
            """{"id":2,"choices":{"text":null,"label":["C"]},"score":null,"price":null,"flag":false,"turns":[],"scores":null,"day":null}""",
            documents[1].ToJson());
        Assert.Equal(
            """{"id":null,"choices":null,"score":-0.10000000149011612,"price":100.00,"flag":null,"turns":null""" +
                ""","scores":[[4],[5,6]],"day":null}""",
            documents[2].ToJson());
    }

    /// <summary>A file that several splits use is hashed once by a source, and again where its size or time is another.</summary>
    [Fact]
    public async Task Open_AShardAgain_DoesNotHashItAgain()
    {
        string file = Path.Combine(_folder.Path, "org", "tiny", "main", "test-00000-of-00001.parquet");
        TinyData.WriteShard(_folder.Path, Path.GetFileName(file), Rows(0, 3));
        var source = new FileDatasetSource(_folder.Path);
        async Task<string> HashAsync(FileDatasetSource from) =>
            (await from.OpenAsync(new DatasetName("org/tiny", "main", "test"), CancellationToken.None)).Shards[0].Sha256;
        string first = await HashAsync(source);
        DateTime written = File.GetLastWriteTimeUtc(file);
        byte[] shard = await File.ReadAllBytesAsync(file);
        shard[20] ^= 1;
        await File.WriteAllBytesAsync(file, shard);
        File.SetLastWriteTimeUtc(file, written);
        Assert.Equal(first, await HashAsync(source));
        File.SetLastWriteTimeUtc(file, written.AddSeconds(1));
        Assert.NotEqual(first, await HashAsync(source));
    }

    [Fact]
    public async Task Open_Shards_AreHashed()
    {
        TinyData.WriteShard(_folder.Path, "test-00000-of-00001.parquet", Rows(0, 3));
        DatasetSplit split = await new FileDatasetSource(_folder.Path).OpenAsync(
            new DatasetName("org/tiny", "main", "test"), CancellationToken.None);
        DatasetShard shard = Assert.Single(split.Shards);
        Assert.Equal("org/tiny/main/test-00000-of-00001.parquet", shard.File);
        byte[] bytes = await File.ReadAllBytesAsync(_folder[shard.File]);
        Assert.Equal(
            (bytes.Length, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))), (shard.Bytes, shard.Sha256));
    }

    [SharedTheory]
    [InlineData("cais/mmlu", "all", "test", 14042, "question, subject, choices, answer")]
    [InlineData("openai/gsm8k", "main", "train", 7473, "question, answer")]
    [InlineData("openai/openai_humaneval", "openai_humaneval", "test", 164, "task_id, prompt, canonical_solution, test, entry_point")]
    public async Task Read_TheRealDatasets_AreComplete(string path, string config, string split, int rows, string columns)
    {
        List<Document> documents = await ReadAsync(new DatasetName(path, config, split), Shared.Hub);
        Assert.Equal(rows, documents.Count);
        Assert.All(documents, d => Assert.Equal(columns, string.Join(", ", d.Values.Keys)));
    }

    public void Dispose() => _folder.Dispose();
}
