using System.Security.Cryptography;
using System.Text.Json;
using EvalHarness.Data;
using Parquet.Serialization;

namespace EvalHarness.Tests.Data;

/// <summary>What every <see cref="IDatasetSource"/> promises, checked on every implementation and every place that it reads from.</summary>
public sealed class DatasetSourceContractTests : IDisposable
{
    private static readonly DatasetName Name = new("org/tiny", "main", "test");

    /// <summary>
    /// A source, and how its files are named and where they are kept. The shards are written as <c>ROOT/org/tiny/main/FILE</c>;
    /// <paramref name="Place"/> moves them to where the source looks for them.
    /// </summary>
    private sealed record Case(Type Type, Func<int, int, string> File, Func<string, IDatasetSource> Open, Action<string>? Place = null)
    {
        internal bool IsJson => File(0, 1).EndsWith(".jsonl", StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["Parquet, numbered shards"] = new(typeof(FileDatasetSource), Numbered, root => new FileDatasetSource(root)),
        ["Parquet, folder per split"] = new(
            typeof(FileDatasetSource), (i, _) => $"test/{i:D4}.parquet", root => new FileDatasetSource(root)),
        ["Parquet, second root"] = new(typeof(FileDatasetSource), Numbered, root => new FileDatasetSource(root + "-none", root)),
        ["Parquet, hub cache"] = new(typeof(FileDatasetSource), Numbered, root => new FileDatasetSource(root), MoveToCache),
        ["JSON lines, numbered shards"] = new(
            typeof(FileDatasetSource), (i, of) => $"test-{i:D5}-of-{of:D5}.jsonl", root => new FileDatasetSource(root)),
        ["JSON lines, hub cache"] = new(
            typeof(FileDatasetSource), (i, _) => $"test/part-{i}.jsonl", root => new FileDatasetSource(root), MoveToCache),
    };

    public static TheoryData<string> Sources => [.. Cases.Keys];

    private readonly TemporaryFolder _folder = new();

    private string Root => _folder["datasets"];

    private static string Numbered(int shard, int of) => $"test-{shard:D5}-of-{of:D5}.parquet";

    private static void MoveToCache(string root)
    {
        string commit = new('a', 40), cached = Path.Combine(root, "datasets--org--tiny");
        Directory.CreateDirectory(Path.Combine(cached, "snapshots"));
        Directory.CreateDirectory(Path.Combine(cached, "refs"));
        File.WriteAllText(Path.Combine(cached, "refs", "main"), commit);
        Directory.Move(Path.Combine(root, "org", "tiny"), Path.Combine(cached, "snapshots", commit));
    }

    /// <summary>Writes one shard per argument, with row groups of two rows, and opens the source over them.</summary>
    private IDatasetSource Open(string source, params TinyData.Row[][] shards)
    {
        Case chosen = Cases[source];
        for (int i = 0; i < shards.Length; i++)
            Write(chosen, chosen.File(i, shards.Length), shards[i]);
        chosen.Place?.Invoke(Root);
        return chosen.Open(Root);
    }

    private void Write(Case chosen, string file, TinyData.Row[] rows)
    {
        if (chosen.IsJson)
            _folder.Write($"datasets/org/tiny/main/{file}", string.Concat(rows.Select(r => JsonSerializer.Serialize(r) + "\n")));
        else
            TinyData.WriteShard(Root, file, rows, rowGroupSize: 2);
    }

    /// <summary>Eleven rows in three shards of several row groups, row 4 without an answer.</summary>
    private IDatasetSource OpenThreeShards(string source) =>
        Open(source, Rows(0, 3), [TinyData.MakeRow(3), TinyData.MakeRow(4) with { Answer = null }], Rows(5, 6));

    private static TinyData.Row[] Rows(int from, int count) => [.. Enumerable.Range(from, count).Select(TinyData.MakeRow)];

    private static async Task<string[]> ReadAsync(DatasetSplit split) =>
        [.. (await split.ReadAsync(CancellationToken.None).ToListAsync()).Select(d => d.ToJson())];

    private string[] ShardFiles() => [.. Directory.GetFiles(Root, "*", SearchOption.AllDirectories)
        .Where(f => Path.GetExtension(f) is ".parquet" or ".jsonl").Order(StringComparer.Ordinal)];

    [Fact]
    public void Sources_AreAllImplementations() =>
        Assert.Equal(
            Implementations.Of<IDatasetSource>(),
            Cases.Values.Select(c => c.Type).Distinct().OrderBy(t => t.FullName, StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_GivesTheRowsOfAllShardsInOrder(string source)
    {
        DatasetSplit split = await OpenThreeShards(source).OpenAsync(Name, CancellationToken.None);
        string[] expected = [.. Enumerable.Range(0, 11).Select(i => i == 4
            ? """{"question":"What is 4 + 4?","answer":null,"choices":["4","8","12"],"label":1}"""
            : $$"""{"question":"What is {{i}} + {{i}}?","answer":"{{2 * i}}","choices":["{{i}}","{{2 * i}}","{{3 * i}}"],"label":1}""")];
        Assert.Equal(expected, await ReadAsync(split));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_GivesEveryColumnAsAPlainValue(string source)
    {
        DatasetSplit split = await OpenThreeShards(source).OpenAsync(Name, CancellationToken.None);
        List<Document> documents = await split.ReadAsync(CancellationToken.None).ToListAsync();
        Assert.Equal(["question", "answer", "choices", "label"], split.Columns);
        Assert.All(documents, d =>
        {
            Assert.Equal(split.Columns, d.Values.Keys);
            Assert.IsType<string>(d.Values["question"]);
            Assert.True(d.Values["answer"] is null or string);
            Assert.All(Assert.IsAssignableFrom<IReadOnlyList<object?>>(d.Values["choices"]), c => Assert.IsType<string>(c));
            Assert.IsType<long>(d.Values["label"]);
        });
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Open_DescribesTheShards(string source)
    {
        DatasetSplit split = await OpenThreeShards(source).OpenAsync(Name, CancellationToken.None);
        Assert.Equal(Name, split.Name);
        Assert.Equal(Enumerable.Range(0, 3).Select(i => $"org/tiny/main/{Cases[source].File(i, 3)}"), split.Shards.Select(s => s.File));
        Assert.Equal(
            ShardFiles().Select(File.ReadAllBytes).Select(bytes => ((long)bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)))),
            split.Shards.Select(s => (s.Bytes, s.Sha256)));
        Assert.All(split.Shards, s => Assert.Null(s.Pinned));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_Again_GivesTheSame(string source)
    {
        IDatasetSource opened = OpenThreeShards(source);
        DatasetSplit split = await opened.OpenAsync(Name, CancellationToken.None);
        await foreach (Document _ in split.ReadAsync(CancellationToken.None))
            break;
        string[] first = await ReadAsync(split);
        Assert.Equal(11, first.Length);
        Assert.Equal(first, await ReadAsync(split));
        Assert.Equal(first, await ReadAsync(await opened.OpenAsync(Name, CancellationToken.None)));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_TwoReadersAtOnce_BothGetEverything(string source)
    {
        DatasetSplit split = await OpenThreeShards(source).OpenAsync(Name, CancellationToken.None);
        List<(string, string)> pairs = [];
        await using IAsyncEnumerator<Document> second = split.ReadAsync(CancellationToken.None).GetAsyncEnumerator();
        await foreach (Document document in split.ReadAsync(CancellationToken.None))
        {
            Assert.True(await second.MoveNextAsync());
            pairs.Add((document.ToJson(), second.Current.ToJson()));
        }

        Assert.False(await second.MoveNextAsync());
        Assert.Equal(11, pairs.Count);
        Assert.All(pairs, p => Assert.Equal(p.Item1, p.Item2));
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_ShardWithoutRows_GivesTheOthers(string source)
    {
        DatasetSplit split = await Open(source, Rows(0, 1), [], Rows(1, 1)).OpenAsync(Name, CancellationToken.None);
        Assert.Equal((3, 2), (split.Shards.Count, (await ReadAsync(split)).Length));
    }

    public static TheoryData<string, string, string?, string, string> Unknown
    {
        get
        {
            var data = new TheoryData<string, string, string?, string, string>();
            foreach (string source in Cases.Keys)
            {
                data.Add(source, "org/other", "main", "test", "org/other");
                data.Add(source, "org/tiny", "other", "test", "other");
                data.Add(source, "org/tiny", "main", "validation", "validation");
                // "tes" begins as "test" does, and is still another split.
                data.Add(source, "org/tiny", "main", "tes", "tes");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Unknown))]
    public async Task Open_Unknown_IsADataErrorThatNamesWhatIsMissing(
        string source, string path, string? config, string split, string named)
    {
        IDatasetSource opened = OpenThreeShards(source);
        EvalException e = await Assert.ThrowsAsync<EvalException>(
            () => opened.OpenAsync(new DatasetName(path, config, split), CancellationToken.None));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Open_FirstShardDamaged_IsADataErrorThatNamesIt(string source)
    {
        IDatasetSource opened = OpenThreeShards(source);
        await File.WriteAllTextAsync(ShardFiles()[0], "this is no shard");
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => opened.OpenAsync(Name, CancellationToken.None));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.StartsWith(ShardFiles()[0], e.Message, StringComparison.Ordinal);
    }

    /// <summary>Rows before the damage are given: a source does not read ahead of what its reader asks for.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_LaterShardDamaged_IsADataErrorThatNamesIt(string source)
    {
        IDatasetSource opened = OpenThreeShards(source);
        await File.WriteAllTextAsync(ShardFiles()[1], "this is no shard");
        await AssertReadingFailsAsync(await opened.OpenAsync(Name, CancellationToken.None), ShardFiles()[1]);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_LaterShardHasOtherColumns_IsADataErrorThatNamesIt(string source)
    {
        IDatasetSource opened = OpenThreeShards(source);
        using (FileStream stream = File.Create(ShardFiles()[1]))
        {
            if (Cases[source].IsJson)
                await JsonSerializer.SerializeAsync(stream, new OtherRow());
            else
                await ParquetSerializer.SerializeAsync([new OtherRow()], stream);
        }

        await AssertReadingFailsAsync(await opened.OpenAsync(Name, CancellationToken.None), ShardFiles()[1]);
    }

    private sealed record OtherRow
    {
        public string Question { get; init; } = "What is 3 + 3?";
    }

    private static async Task AssertReadingFailsAsync(DatasetSplit split, string file)
    {
        int read = 0;
        EvalException e = await Assert.ThrowsAsync<EvalException>(async () =>
        {
            await foreach (Document _ in split.ReadAsync(CancellationToken.None))
                read++;
        });
        Assert.Equal((ExitCode.Data, 3), (e.ExitCode, read));
        Assert.StartsWith(file, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Cancelled_Throws(string source)
    {
        IDatasetSource opened = OpenThreeShards(source);
        var cancelled = new CancellationToken(canceled: true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opened.OpenAsync(Name, cancelled));
        DatasetSplit split = await opened.OpenAsync(Name, CancellationToken.None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await split.ReadAsync(cancelled).ToListAsync());
    }

    /// <summary>The row group that is in memory may still be given to its end.</summary>
    [Theory]
    [MemberData(nameof(Sources))]
    public async Task Read_CancelledOnTheWay_ThrowsBeforeTheNextRowGroup(string source)
    {
        DatasetSplit split = await OpenThreeShards(source).OpenAsync(Name, CancellationToken.None);
        using var cancellation = new CancellationTokenSource();
        int read = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (Document _ in split.ReadAsync(cancellation.Token))
            {
                read++;
                await cancellation.CancelAsync();
            }
        });
        Assert.InRange(read, 1, 2);
    }

    public void Dispose() => _folder.Dispose();
}
