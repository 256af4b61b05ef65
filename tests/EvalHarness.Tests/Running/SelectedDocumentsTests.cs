using System.Runtime.CompilerServices;
using EvalHarness.Data;
using EvalHarness.Running;
using EvalHarness.Tasks;
using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Tests.Running;

/// <summary>A large split that several tasks take some rows of is read for all of them at once.</summary>
public sealed class SelectedDocumentsTests : IDisposable
{
    private const int Rows = 60, Subjects = 4, RowGroup = 10;

    private readonly TemporaryFolder _folder = new();

    private sealed record Row
    {
        public string Question { get; init; } = "";

        public string Subject { get; init; } = "";

        public string Kind { get; init; } = "";

        public List<string> Choices { get; init; } = [];

        public double Weight { get; init; }
    }

    /// <summary>A pass over the split: the columns that were asked for, null for all, and how many rows were given.</summary>
    private sealed class Pass(IReadOnlySet<string>? columns)
    {
        internal string Columns => columns is null ? "all" : string.Join(",", columns);

        internal int Given { get; set; }
    }

    /// <summary>Notes each pass over the split of another source.</summary>
    private sealed class CountingSource(IDatasetSource source) : IDatasetSource
    {
        internal List<Pass> Passes { get; } = [];

        internal string[] Noted => [.. Passes.Select(p => $"{p.Columns} {p.Given}")];

        public async Task<DatasetSplit> OpenAsync(DatasetName name, CancellationToken cancellationToken)
        {
            DatasetSplit split = await source.OpenAsync(name, cancellationToken);
            return new CountingSplit(split, Passes)
            {
                Name = split.Name,
                Columns = split.Columns,
                Shards = split.Shards,
            };
        }
    }

    private sealed class CountingSplit(DatasetSplit split, List<Pass> passes) : DatasetSplit
    {
        internal override long? CountRows() => split.CountRows();

        internal override double EstimateBytes(IReadOnlySet<string>? columns) => split.EstimateBytes(columns);

        public override async IAsyncEnumerable<Document> ReadAsync(
            IReadOnlySet<string>? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var pass = new Pass(columns);
            passes.Add(pass);
            await foreach (Document document in split.ReadAsync(columns, cancellationToken))
            {
                pass.Given++;
                yield return document;
            }
        }
    }

    /// <param name="format">Of the file: parquet, whose footer has the number of rows, or jsonl.</param>
    private CountingSource Source(string format)
    {
        Row[] rows =
        [
            .. Enumerable.Range(0, Rows).Select(i => new Row
            {
                Question = $"q{i} \u00e9\ud83d\ude00",
                Subject = $"s{(i * 7) % Subjects}",
                Kind = i % 3 == 0 ? "a" : "b",
                Choices = [$"{i}", "none"],
                Weight = i / 3.0,
            }),
        ];
        if (format == "parquet")
        {
            string path = _folder["data/org/rows/test-00000-of-00001.parquet"];
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using FileStream stream = File.Create(path);
            ParquetSerializer.SerializeAsync(rows, stream, new ParquetOptions { RowGroupSize = RowGroup }).GetAwaiter().GetResult();
        }
        else
        {
            _folder.Write(
                "data/org/rows/test.jsonl", string.Concat(rows.Select(r => System.Text.Json.JsonSerializer.Serialize(r) + "\n")));
        }

        return new CountingSource(new FileDatasetSource(_folder["data"]));
    }

    /// <summary>A task for each subject.</summary>
    private TaskRun[] Runs(string more = "", int shots = 0)
    {
        _folder.Write("tasks/utils.py", "def only(dataset):\n    return dataset.filter(lambda row: row[\"Kind\"] == \"b\")\n");
        string[] files =
        [
            .. Enumerable.Range(0, Subjects).Select(i => _folder.Write(
                $"tasks/s{i}.yaml",
                $"task: s{i}\ndataset_path: org/rows\ntest_split: test\nwhere: {{Subject: s{i}}}\n"
                + $"doc_to_text: \"{{{{Question}}}}\"\ndoc_to_target: Subject\n{more}\n")),
        ];
        return [.. TaskCatalog.Load([]).Select(files).Runs(shots, seed: 3)];
    }

    private static Task<DocumentStore> LoadAsync(IDatasetSource source, TaskRun[] runs, bool keep = false) =>
        DocumentStore.LoadAsync(source, runs, requirePinned: false, CancellationToken.None, keep ? double.MaxValue : 0);

    private static string[] Shown(DocumentStore store) =>
    [
        .. store.Tasks.SelectMany(t => t.Documents.Select(d =>
            $"{t.Definition.Name} of {t.Available}: {d.Id} {d.Row} {d.Document.ToJson()}")),
    ];

    [Theory]
    [InlineData("parquet", "", 1.0)]
    [InlineData("parquet", "process_docs: !function utils.only", 1.0)]
    [InlineData("parquet", "", 0.3)]
    [InlineData("jsonl", "", 1.0)]
    [InlineData("jsonl", "process_docs: !function utils.only", 0.3)]
    public async Task Documents_OfSeveralTasks_TakeOnePass(string format, string more, double share)
    {
        CountingSource source = Source(format);
        TaskRun[] runs = [.. Runs(more).Select(r => share < 1 ? r with { Share = share } : r)];
        using DocumentStore kept = await LoadAsync(source, runs, keep: true);
        string[] expected = Shown(kept);
        Assert.True(expected.Length >= Subjects * 3);
        source.Passes.Clear();
        using DocumentStore store = await LoadAsync(source, runs);
        Assert.Equal(expected, Shown(store));
        Assert.Equal(expected, Shown(store));
        Assert.Equal(expected.Length, store.Tasks.Sum(t => t.Documents.Count));
        Assert.Equal(Rows, store.Records[0].Rows);
        if (share == 1)
            Assert.Equal([$"all {Rows}"], source.Noted);
        else
            Assert.InRange(source.Passes.Count, 1, 2);
    }

    /// <summary>Reading all columns ends with what the tasks need; the rest is counted by the one column that selects rows.</summary>
    [Theory]
    [InlineData("", "all 12|Subject 60")]
    [InlineData("process_docs: !function utils.only", "all 60")]
    public async Task Limit_KeepsNoMore_AndCountsByTheSelectingColumn(string more, string passes)
    {
        CountingSource source = Source("parquet");
        TaskRun[] runs = [.. Runs(more).Select(r => r with { Limit = 3 })];
        using DocumentStore kept = await LoadAsync(source, runs, keep: true);
        string[] expected = Shown(kept);
        Assert.Equal(Subjects * 3, expected.Length);
        source.Passes.Clear();
        using DocumentStore store = await LoadAsync(source, runs);
        Assert.Equal(expected, Shown(store));
        Assert.Equal(passes.Split('|'), source.Noted);
    }

    [Fact]
    public async Task Samples_OfOneTask_AreThoseOfAKeptSplit()
    {
        CountingSource source = Source("parquet");
        TaskRun[] runs = [Runs()[2] with { Indices = new HashSet<int> { 6, 1 } }];
        using DocumentStore kept = await LoadAsync(source, runs, keep: true), store = await LoadAsync(source, runs);
        Assert.Equal([1L, 6L], store.Tasks[0].Documents.Select(d => d.Id));
        Assert.Equal(Shown(kept), Shown(store));
    }

    /// <summary>A task over all rows reads the shards anew; the others, and the examples of all, are kept by one pass.</summary>
    [Fact]
    public async Task TaskOverAllRows_BesideOthers_ReadsItsOwn()
    {
        CountingSource source = Source("parquet");
        TaskRun[] runs = Runs("fewshot_split: test", shots: 2);
        string file = _folder.Write(
            "tasks/all.yaml", "task: all\ndataset_path: org/rows\ntest_split: test\ndoc_to_text: Question\ndoc_to_target: Subject\n");
        runs = [.. runs, Assert.Single(TaskCatalog.Load([]).Select([file]).Runs(numFewShot: 0, seed: 3))];
        using DocumentStore kept = await LoadAsync(source, runs, keep: true);
        source.Passes.Clear();
        using DocumentStore store = await LoadAsync(source, runs);
        Assert.Equal(Shown(kept), Shown(store));
        Assert.Equal([$"all {Rows}", $"all {Rows}"], source.Noted);
        Assert.IsType<StreamedDocuments>(store.Tasks[^1].Documents);
        Assert.Equal(
            kept.Tasks.SelectMany(t => t.FewShotPool).Select(d => d.ToJson()),
            store.Tasks.SelectMany(t => t.FewShotPool).Select(d => d.ToJson()));
    }

    [Fact]
    public async Task Documents_ReadByManyThreads_AreTheSame()
    {
        CountingSource source = Source("parquet");
        using DocumentStore store = await LoadAsync(source, Runs());
        string[] expected = Shown(store);
        string[][] seen = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Shown(store))));
        Assert.All(seen, shown => Assert.Equal(expected, shown));
    }

    [Fact]
    public async Task Documents_OfACancelledRun_End()
    {
        using var stop = new CancellationTokenSource();
        using DocumentStore store = await DocumentStore.LoadAsync(
            Source("parquet"), Runs(), requirePinned: false, stop.Token, mostKeptBytes: 0);
        using IEnumerator<NumberedDocument> documents = store.Tasks[0].Documents.GetEnumerator();
        Assert.True(documents.MoveNext());
        await stop.CancelAsync();
        Assert.Throws<OperationCanceledException>(() => documents.MoveNext());
    }

    public void Dispose() => _folder.Dispose();
}
