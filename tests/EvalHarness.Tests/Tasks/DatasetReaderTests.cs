using EvalHarness.Data;
using EvalHarness.Data.Tables;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Tasks;

/// <summary>What <c>dataset_path</c> and <c>dataset_kwargs</c> of a task mean.</summary>
public sealed class DatasetReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private TaskDefinition Read(string dataset, string more = "test_split: test")
    {
        _folder.Write("tasks/own.yaml", $"task: own\n{dataset}\n{more}\ndoc_to_text: \"{{{{q}}}}\"\ndoc_to_target: a\n");
        return TaskCatalog.Load([_folder["tasks"]]).Select(["own"]).Tasks.Single();
    }

    private string Refusal(string dataset, string more = "test_split: test")
    {
        EvalException e = Assert.Throws<EvalException>(() => Read(dataset, more));
        Assert.Equal(ExitCode.Task, e.ExitCode);
        Assert.DoesNotContain('\n', e.Message);
        return e.Message;
    }

    [Fact]
    public void Read_Repository_SaysNothingOfFiles() => Assert.Null(Read("dataset_path: org/name").DatasetFiles);

    [Fact]
    public void Read_FileOrFolder_IsLocal()
    {
        TaskDefinition file = Read("dataset_path: ./q.csv");
        Assert.True(file.DatasetFiles!.IsLocal);
        Assert.Equal((true, "./q.csv"), (file.DatasetFiles.Patterns!.IsUnnamed, file.DatasetFiles.Patterns.Key));
        Assert.Equal(Path.GetFullPath(_folder["tasks"]), file.DatasetFiles.Folder);
        Assert.True(Read("dataset_path: q.jsonl.gz").DatasetFiles!.IsLocal);
        DataFiles folder = Read("dataset_path: ./folder").DatasetFiles!;
        Assert.Equal((true, null), (folder.IsLocal, folder.Patterns));
    }

    [Fact]
    public void Read_FormatAndFiles_AreSplits()
    {
        DataFiles files = Read(
            """
            dataset_path: csv
            dataset_name: null
            dataset_kwargs:
              data_files: {train: /data/dev.csv, test: [a.csv, b.csv]}
              column_names: [q, a]
              header: null
              trust_remote_code: true
            """).DatasetFiles!;
        Assert.Equal((DataFormat.Csv, "train=/data/dev.csv test=a.csv,b.csv"), (files.Format, files.Patterns!.Key));
        Assert.Equal(["column_names", "header"], files.Options.Keys);
    }

    [Theory]
    [InlineData("hf://datasets/Org/Name/data/x.jsonl")]
    [InlineData("hf://datasets/Org/Name@main/data/x.jsonl")]
    [InlineData("https://huggingface.co/datasets/Org/Name/resolve/main/data/x.jsonl")]
    [InlineData("https://huggingface.co/datasets/Org/Name/resolve/main/data/x.jsonl?download=true")]
    public void Read_AddressOnTheHub_IsAFileOfARepository(string address)
    {
        TaskDefinition task = Read(
            $"dataset_path: json\ndataset_kwargs: {{data_files: {{validation: \"{address}\"}}}}", "validation_split: validation");
        DataFiles files = task.DatasetFiles!;
        Assert.Equal(("Org/Name", "validation=data/x.jsonl", false), (task.DatasetPath, files.Patterns!.Key, files.IsLocal));
    }

    [Fact]
    public void Dataset_OtherFiles_AreOtherSplits()
    {
        DatasetName one = Read("dataset_path: csv\ndataset_kwargs: {data_files: {test: a.csv}}").Dataset("test");
        Assert.Equal(one, Read("dataset_path: csv\ndataset_kwargs: {data_files: {test: a.csv}}").Dataset("test"));
        Assert.NotEqual(one, Read("dataset_path: csv\ndataset_kwargs: {data_files: {test: b.csv}}").Dataset("test"));
        Assert.NotEqual(one, Read("dataset_path: csv\ndataset_kwargs: {data_files: {test: a.csv}, sep: \";\"}").Dataset("test"));
    }

    [Theory]
    [InlineData("dataset_path: csv\ndataset_kwargs: {data_files: \"https://e.org/x.csv\"}", "with: curl -LO https://e.org/x.csv)")]
    [InlineData("dataset_path: \"https://example.org/x.csv\"", "download it")]
    [InlineData("dataset_path: csv\ndataset_kwargs: {data_files: \"hf://datasets/a/b@v2/x.csv\"}", "of the main revision; fetch")]
    [InlineData("dataset_path: csv", "dataset_path csv has no data_files")]
    [InlineData("dataset_path: ./q.csv\ndataset_kwargs: {sep: ab}", "own.yaml:3: dataset_kwargs: sep: found ab; expected one character")]
    [InlineData("dataset_path: ./q.csv\ndataset_kwargs: {field: a}", "field is no option of CSV files here")]
    [InlineData("dataset_path: ./q.csv\ndataset_kwargs: {data_files: x.csv}", "is a file; expected no data_files")]
    [InlineData("dataset_path: org/name\ndataset_kwargs: {split: test}", "split is not supported: test_split")]
    [InlineData("dataset_path: org/name\ndataset_kwargs: {features: {a: 1}}", "features is not supported; known are data_files, data_dir")]
    [InlineData("dataset_path: org/name\ndataset_kwargs: {data_files: 5}", "data_files: expected a path, a list of paths")]
    [InlineData("dataset_path: org/name\ncustom_dataset: !function utils.load", "a dataset made by Python cannot be read here")]
    public void Read_WhatIsNotRead_IsRefusedByName(string dataset, string expected) =>
        Assert.Contains(expected, Refusal(dataset), StringComparison.Ordinal);

    [Fact]
    public void Read_OneFileForTwoSplits_IsRefused() => Assert.Contains(
        "the task reads test and train; expected data_files as a map from splits to files",
        Refusal("dataset_path: ./q.csv", "test_split: test\ntraining_split: train"),
        StringComparison.Ordinal);

    public void Dispose() => _folder.Dispose();
}
