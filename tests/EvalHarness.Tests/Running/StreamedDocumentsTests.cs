using EvalHarness.Data;
using EvalHarness.Data.Shards;
using EvalHarness.Prompts;
using EvalHarness.Running;
using EvalHarness.Tasks;
using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Tests.Running;

/// <summary>Documents that are read while they are used are those that would be kept in memory.</summary>
public sealed class StreamedDocumentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal sealed record Row
    {
        public string Question { get; init; } = "";

        public string Kind { get; init; } = "";

        public long Label { get; init; }
    }

    private static Row Make(int i) => new() { Question = $"q{i}", Kind = i % 3 == 0 ? "a" : "b", Label = i % 4 };

    private string Shard(string name, int from, int count, int rowGroupSize)
    {
        string path = _folder[$"data/org/rows/{name}.parquet"];
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream stream = File.Create(path);
        ParquetSerializer.SerializeAsync(
            Enumerable.Range(from, count).Select(Make), stream, new ParquetOptions { RowGroupSize = rowGroupSize })
            .GetAwaiter().GetResult();
        return path;
    }

    private void Write(string format)
    {
        switch (format)
        {
            case "parquet":
                Shard("test-00000-of-00002", 0, 20, rowGroupSize: 7);
                Shard("test-00001-of-00002", 20, 11, rowGroupSize: 7);
                Shard("train-00000-of-00001", 100, 40, rowGroupSize: 16);
                return;
            case "csv":
                string Table(int from, int count) =>
                    "Question,Kind,Label\n"
                    + string.Concat(Enumerable.Range(from, count).Select(Make).Select(r => $"{r.Question},{r.Kind},{r.Label}\n"));
                _folder.Write("data/org/rows/test.csv", Table(0, 31));
                _folder.Write("data/org/rows/train.csv", Table(100, 40));
                return;
        }
    }

    private TaskRun Run(string more, int shots = 0)
    {
        _folder.Write("tasks/utils.py", "def only(dataset):\n    return dataset.filter(lambda row: row[\"Kind\"] == \"b\")\n");
        string file = _folder.Write(
            "tasks/rows.yaml",
            $"task: rows\ndataset_path: org/rows\ntest_split: test\ndoc_to_text: \"{{{{Question}}}}\"\ndoc_to_target: Kind\n{more}\n");
        return Assert.Single(TaskCatalog.Load([]).Select([file]).Runs(shots, seed: 3));
    }

    private Task<DocumentStore> LoadAsync(TaskRun run, bool stream) => DocumentStore.LoadAsync(
        new FileDatasetSource(_folder["data"]), [run], requirePinned: false, CancellationToken.None, stream ? 0 : double.MaxValue);

    private static string[] Shown(TaskRun task) => [.. task.Documents.Select(d => $"{d.Id} {d.Row} {d.Document.ToJson()}")];

    public static TheoryData<string, string, string> Cases()
    {
        var cases = new TheoryData<string, string, string>();
        string[] selections = ["", "limit", "long limit", "share", "samples"];
        string[] tasks =
        [
            "", "where: {Label: 2}", "where: {Label: [1, 3], Kind: b}", "process_docs: !function utils.only",
            "where: {Label: 1}\nprocess_docs: !function utils.only",
        ];
        foreach (string format in (string[])["parquet", "csv"])
        {
            foreach (string task in tasks)
            {
                foreach (string selection in selections)
                    cases.Add(format, task, selection);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Documents_Streamed_AreThoseInMemory(string format, string task, string selection)
    {
        Write(format);
        TaskRun run = Run(task);
        run = selection switch
        {
            "limit" => run with { Limit = 3 },
            "long limit" => run with { Limit = 1000 },
            "share" => run with { Share = 0.4 },
            "samples" => run with { Indices = new HashSet<int> { 3, 1 } },
            _ => run,
        };
        using DocumentStore kept = await LoadAsync(run, stream: false), streamed = await LoadAsync(run, stream: true);
        TaskRun inMemory = kept.Tasks[0], onDisk = streamed.Tasks[0];
        Assert.IsAssignableFrom<IReadOnlyList<NumberedDocument>>(inMemory.Documents);
        Assert.IsType(task.Length == 0 ? typeof(StreamedDocuments) : typeof(SelectedDocuments), onDisk.Documents);
        string[] expected = Shown(inMemory);
        Assert.NotEmpty(expected);
        Assert.Equal(selection switch { "limit" => 3, "samples" => 2, _ => expected.Length }, expected.Length);
        Assert.Equal(expected, Shown(onDisk));
        // Each enumeration gives the same documents, also one that begins before another has ended.
        Assert.Equal(expected, onDisk.Documents.Zip(onDisk.Documents, (first, _) => $"{first.Id} {first.Row} {first.Document.ToJson()}"));
        Assert.Equal(expected.Length, onDisk.Documents.Count);
        Assert.Equal(inMemory.Documents.Select(d => (int)d.Id), onDisk.DocumentIds);
        Assert.Equal((inMemory.Available, 31L), (onDisk.Available, streamed.Records[0].Rows));
        Assert.Equal(31, kept.Records[0].Rows);
    }

    /// <summary>A function with a random generator begins with its seed at each pass.</summary>
    [Fact]
    public async Task ProcessDocs_WithRandomDraws_GivesTheSameAtEachPass()
    {
        _folder.Write(
            "data/org/rows/test.csv",
            "Correct Answer,Incorrect Answer 1,Incorrect Answer 2,Incorrect Answer 3\n"
            + string.Concat(Enumerable.Range(0, 30).Select(i => $"right{i},one{i},two{i},three{i}\n")));
        string file = _folder.Write(
            "gpqa/zeroshot/rows.yaml",
            "task: rows\ndataset_path: org/rows\ntest_split: test\nprocess_docs: !function utils.process_docs\n"
            + "doc_to_text: \"{{choice1}}\"\ndoc_to_target: answer\n");
        TaskRun run = Assert.Single(TaskCatalog.Load([]).Select([file]).Runs(numFewShot: 0, seed: 0));
        using DocumentStore kept = await LoadAsync(run, stream: false), streamed = await LoadAsync(run, stream: true);
        string[] expected = Shown(kept.Tasks[0]);
        Assert.Equal(30, expected.Length);
        Assert.Equal(expected, Shown(streamed.Tasks[0]));
        Assert.Equal(expected, Shown(streamed.Tasks[0]));
    }

    /// <summary>Changes a page of a row group, so that nothing can be read of it.</summary>
    private static void Damage(string file, Index group)
    {
        byte[] shard = File.ReadAllBytes(file);
        ShardChunk chunk = ShardFooter.Read(new MemoryStream(shard)).Groups[group].Chunks[0];
        shard.AsSpan((int)(chunk.Start + (chunk.Length / 2)), (int)(chunk.Length / 2)).Fill(0xff);
        File.WriteAllBytes(file, shard);
    }

    [Theory]
    [InlineData(40, 10, false)]
    [InlineData(40, 10, true)]
    [InlineData(60_000, 30_000, false)]
    [InlineData(60_000, 30_000, true)]
    public async Task Limit_ReadsNoFurtherRowGroup(int rows, int rowGroupSize, bool stream)
    {
        Damage(Shard("test-00000-of-00001", 0, rows, rowGroupSize), ^1);
        using DocumentStore first = await LoadAsync(Run("") with { Limit = 10 }, stream);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"q{i}"), first.Tasks[0].Documents.Select(d => d.Document.Values["Question"]));
        Assert.Equal((rows, (long)rows), (first.Tasks[0].Available, first.Records[0].Rows));
        // A run that needs all documents ends before it has used one, and not when it comes to the damage.
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => LoadAsync(Run(""), stream));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.Contains("fetch the shard again", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training_split: train")]
    [InlineData("training_split: train\nfewshot_config: {sampler: first_n}")]
    [InlineData("training_split: train\nfewshot_config: {sampler: per_doc}")]
    [InlineData("training_split: train\nwhere: {Label: 2}")]
    [InlineData("fewshot_split: test")]
    [InlineData("fewshot_split: test\nfewshot_config: {sampler: first_n}")]
    [InlineData("process_docs: !function utils.only\nfewshot_split: test")]
    public async Task Prompts_OfAPoolInAFile_AreTheSame(string more)
    {
        Write("parquet");
        TaskRun run = Run(more, shots: 3);
        using DocumentStore kept = await LoadAsync(run, stream: false), streamed = await LoadAsync(run, stream: true);
        Assert.IsType<SpooledDocuments>(streamed.Tasks[0].FewShotPool);
        string[] Prompts(TaskRun task)
        {
            var builder = new PromptBuilder(task);
            return [.. task.Documents.Select(document => builder.Prepare(document).Context)];
        }

        string[] expected = Prompts(kept.Tasks[0]);
        Assert.Contains("\n\n", expected[0], StringComparison.Ordinal);
        Assert.Equal(expected, Prompts(streamed.Tasks[0]));
    }

    [Fact]
    public async Task Files_ThatGetShorterMeanwhile_AreAnError()
    {
        Write("csv");
        using DocumentStore store = await LoadAsync(Run(""), stream: true);
        _folder.Write("data/org/rows/test.csv", "Question,Kind,Label\nq0,a,0\n");
        Assert.Contains(
            "task rows had 31 documents when its data was opened, and now there are 1",
            Assert.Throws<EvalException>(() => store.Tasks[0].Documents.Count(d => d.Id >= 0)).Message,
            StringComparison.Ordinal);
    }

    /// <summary>Small splits stay in memory beside a large one.</summary>
    [Fact]
    public async Task Splits_ThatFitTogether_AreKept()
    {
        Write("parquet");
        double Bytes(string split) => Opened(split).EstimateBytes(null);
        DatasetSplit Opened(string split) => new FileDatasetSource(_folder["data"])
            .OpenAsync(new DatasetName("org/rows", null, split), CancellationToken.None).GetAwaiter().GetResult();
        Assert.True(Bytes("test") < Bytes("train"));
        Assert.True(Bytes("test") > Opened("test").EstimateBytes(new HashSet<string> { "Label" }));
        using DocumentStore store = await DocumentStore.LoadAsync(
            new FileDatasetSource(_folder["data"]), [Run("training_split: train", shots: 2)], requirePinned: false, CancellationToken.None,
            Bytes("test") + 1);
        Assert.IsNotType<StreamedDocuments>(store.Tasks[0].Documents);
        Assert.IsType<SpooledDocuments>(store.Tasks[0].FewShotPool);
    }

    /// <summary>The documents of a run that are not in memory; nobody may read them before the model is loaded.</summary>
    private sealed class Unread(int count) : IReadOnlyCollection<NumberedDocument>
    {
        public int Count => count;

        public IEnumerator<NumberedDocument> GetEnumerator() => throw new InvalidOperationException("a document was read");

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>An example that does not fit is found before the model is loaded, and no document that it is drawn for is read.</summary>
    [Fact]
    public void Examples_OfLaterDocuments_AreCheckedWithoutTheDocuments()
    {
        static Document Of(object? question) => new(new Dictionary<string, object?> { ["Question"] = question, ["Kind"] = "a" });
        TaskRun run = Run("training_split: train\ndoc_to_text: Question", shots: 1) with
        {
            Documents = new Unread(1000),
            FewShotPool = [.. Enumerable.Range(0, 50).Select(i => Of(i == 17 ? null : $"q{i}"))],
        };
        EvalException e = Assert.Throws<EvalException>(() => new PromptBuilder(run).CheckExamples(first: 1));
        Assert.StartsWith("task rows, example 17 of the few-shot pool from split train: ", e.Message, StringComparison.Ordinal);
        var large = run with { FewShotPool = [.. Enumerable.Range(0, 10_001).Select(_ => Of(null))] };
        new PromptBuilder(large).CheckExamples(first: 1);
    }

    public void Dispose() => _folder.Dispose();
}
