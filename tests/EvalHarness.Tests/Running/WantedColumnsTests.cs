using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using Parquet.Serialization;

namespace EvalHarness.Tests.Running;

/// <summary>Columns of bytes are read where something may look at them, and only there.</summary>
public sealed class WantedColumnsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal sealed record Row
    {
        public string Question { get; init; } = "";

        public byte[] Image { get; init; } = [];
    }

    [Theory]
    [InlineData("\"{{Question}}\"", "", false)]
    [InlineData("\"{{Question}} {{Image}}\"", "", true)]
    [InlineData("\"{{Question}}{{ ' seen' if Image is defined }}\"", "", true)]
    [InlineData("Question", "where: {Question: a}", false)]
    [InlineData("Question", "fewshot_config: {sampler: per_doc}", true)]
    public async Task Image_IsInTheSampleWhereItWasRead(string question, string more, bool isRead)
    {
        string file = _folder["data/org/images/test.parquet"];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (FileStream stream = File.Create(file))
            await ParquetSerializer.SerializeAsync([new Row { Question = "a", Image = [1, 2, 255] }], stream);
        string task = _folder.Write(
            "images.yaml", $"task: images\ndataset_path: org/images\ntest_split: test\ndoc_to_text: {question}\ndoc_to_target: b\n{more}");
        _folder.Write("answers.jsonl", """{"task": "images", "doc_id": 0, "index": 0, "context": "a", "response": "b"}""");
        await CommandLine.RunAsync(
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", task, "--datasets", _folder["data"], "--output",
            _folder["run"], "--quiet");
        IReadOnlyList<SampleRow> rows = await RunFolder.Open(_folder["run"]).ReadSamplesAsync("images", CancellationToken.None);
        Assert.Equal(isRead, Assert.Single(rows).Document.Contains("AQL/", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
