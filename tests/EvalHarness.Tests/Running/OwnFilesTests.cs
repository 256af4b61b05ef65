using System.Text.Json.Nodes;
using EvalHarness.Files;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary>Runs over files that a task names: CSV, JSON and Parquet, from the task file to the manifest.</summary>
public sealed class OwnFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private const string Csv = "question,answer\nWhat is 0 + 0?,000\nWhat is 1 + 1?,002\n";

    private Task<CommandLineResult> RunAsync(string dataset, string splits = "test_split: test", params string[] more)
    {
        if (Directory.Exists(_folder["run"]))
            Directory.Delete(_folder["run"], recursive: true);
        _folder.Write(
            "tasks/own.yaml",
            $"task: own\n{dataset}\n{splits}\ndoc_to_text: \"Q: {{{{question}}}}\\nA:\"\ndoc_to_target: answer\n"
            + "generation_kwargs: {until: [\"\\n\"]}\n");
        TinyData.WriteAnswers(_folder, "answers.jsonl", i => i == 0 ? "000" : $"{2 * i}");
        return CommandLine.RunAsync(
        [
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "own", "--include-path", _folder["tasks"],
            "--output", _folder["run"], "--quiet", .. more,
        ]);
    }

    private JsonNode Dataset() => JsonNode.Parse(File.ReadAllText(_folder["run/manifest.json"]))!["datasets"]![0]!;

    /// <summary>The targets in the run's samples, as JSON.</summary>
    private async Task<string[]> TargetsAsync() =>
        [.. (await new RunFolder(_folder["run"]).ReadSamplesAsync("own", CancellationToken.None)).Select(s => s.TargetJson())];

    [Fact]
    public async Task Run_FileBesideTheTask_IsReadAndRecorded()
    {
        _folder.Write("tasks/questions.csv", Csv);
        CommandLineResult result = await RunAsync("dataset_path: ./questions.csv");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        // As pandas reads it, and as a template then writes it.
        Assert.Equal(["0", "2"], await TargetsAsync());
        Assert.Equal(("./questions.csv", "test", 2), ((string)Dataset()["path"]!, (string)Dataset()["split"]!, (int)Dataset()["rows"]!));
        Assert.Equal("./questions.csv", (string)Dataset()["data_files"]!);
        JsonNode shard = Dataset()["shards"]![0]!;
        Assert.Equal("questions.csv", (string)shard["file"]!);
        Assert.Equal(Csv.Length, (int)shard["bytes"]!);
        Assert.Equal(64, ((string)shard["sha256"]!).Length);
    }

    [Fact]
    public async Task Run_TextAsItIs_KeepsLeadingZeros()
    {
        _folder.Write("tasks/questions.csv", Csv);
        CommandLineResult result = await RunAsync("dataset_path: questions.csv\ndataset_kwargs: {dtype: str}");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(["\"000\"", "\"002\""], await TargetsAsync());
    }

    [Fact]
    public async Task Run_FormatAndFiles_ReadsTheSplitThatTheTaskNames()
    {
        _folder.Write("tasks/data/dev.jsonl", """{"rows": 1}""");
        _folder.Write("tasks/data/test.json", """{"rows": [{"question": "What is 1 + 1?", "answer": "2"}]}""");
        CommandLineResult result = await RunAsync(
            "dataset_path: json\ndataset_kwargs: {data_files: {train: data/dev.jsonl, test: \"data/t*.json\"}, field: rows}");
        Assert.Equal(4, result.ExitCode);
        Assert.Contains("dev.jsonl: expected a list of objects", result.Error, StringComparison.Ordinal);
        result = await RunAsync("dataset_path: json\ndataset_kwargs: {data_files: {test: \"data/t*.json\"}, field: rows}");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal("data/test.json", (string)Dataset()["shards"]![0]!["file"]!);
    }

    [Fact]
    public async Task Run_AddressOnTheHub_IsFoundUnderAnyRoot()
    {
        _folder.Write("second/Org/Name/data/x.jsonl", """{"question": "What is 1 + 1?", "answer": "2"}""");
        Directory.CreateDirectory(_folder["first"]);
        CommandLineResult result = await RunAsync(
            "dataset_path: json\ndataset_kwargs: {data_files: {validation: \"hf://datasets/Org/Name/data/x.jsonl\"}}",
            "validation_split: validation",
            "--datasets", _folder["first"], "--datasets", _folder["second"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal("Org/Name/data/x.jsonl", (string)Dataset()["shards"]![0]!["file"]!);
    }

    /// <summary>As the tasks of mmlusr have it: files of a repository without a line of names.</summary>
    [Fact]
    public async Task Run_FilesOfARepository_WithNamesOfTheTask()
    {
        _folder.Write("data/Org/Name/dev/x_dev.csv", "a,b\n");
        _folder.Write("data/Org/Name/test/x_test.csv", "What is 1 + 1?,2\n");
        CommandLineResult result = await RunAsync(
            "dataset_path: Org/Name\ndataset_kwargs: {data_files: {train: dev/x_dev.csv, test: test/x_test.csv}, "
            + "column_names: [question, answer], header: null}",
            "test_split: test",
            "--datasets", _folder["data"]);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        // The first split decides the types: its answer is text.
        Assert.Equal(["\"2\""], await TargetsAsync());
        Assert.Equal("Org/Name/test/x_test.csv", (string)Dataset()["shards"]![0]!["file"]!);
    }

    [Theory]
    [InlineData("\"data\"", "data")]
    [InlineData("[\"data\", \"more\"]", "data,more")]
    [InlineData("null", "")]
    public void Options_OfEarlierVersions_HadOneRoot(string json, string expected)
    {
        RunOptions options = ResultsJson.Read<RunOptions>($"{{\"model\": \"m\", \"tasks\": [], \"datasets\": {json}}}");
        Assert.Equal(expected, string.Join(',', options.Datasets));
    }

    [Fact]
    public async Task Run_FileBesideTheTaskAndInTheWorkingDirectory_TakesNeither()
    {
        string here = Path.GetFullPath($"own-{Guid.NewGuid():N}.csv"), name = Path.GetFileName(here);
        _folder.Write($"tasks/{name}", Csv);
        await File.WriteAllTextAsync(here, Csv);
        try
        {
            CommandLineResult result = await RunAsync($"dataset_path: {name}");
            Assert.Equal(4, result.ExitCode);
            Assert.Contains($"{name} could be ", result.Error, StringComparison.Ordinal);
            File.Delete(_folder[$"tasks/{name}"]);
            Assert.Equal(0, (await RunAsync($"dataset_path: {name}")).ExitCode);
        }
        finally
        {
            File.Delete(here);
        }
    }

    [Theory]
    [InlineData("dataset_path: ./none.csv", "there is no file none.csv; looked for in ")]
    [InlineData("dataset_path: csv\ndataset_kwargs: {data_files: {train: questions.csv}}", "names the splits train and no split test")]
    [InlineData("dataset_path: ./nowhere", "dataset_path ./nowhere: there is no such file or folder")]
    [InlineData("dataset_path: parquet\ndataset_kwargs: {data_files: questions.csv}", "questions.csv: expected Parquet")]
    [InlineData("dataset_path: ./broken.csv", "broken.csv:3: this row has 3 fields, expected 2")]
    public async Task Run_WhatIsNotThere_IsOneLineAndExitCode4(string dataset, string expected)
    {
        _folder.Write("tasks/questions.csv", Csv);
        _folder.Write("tasks/broken.csv", "question,answer\na,b\na,b,c\n");
        CommandLineResult result = await RunAsync(dataset);
        Assert.Equal((4, ""), (result.ExitCode, result.Output));
        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    /// <summary>A folder has the layouts of the hub.</summary>
    [Fact]
    public async Task Run_Folder_IsReadAsARepository()
    {
        _folder.Write("tasks/set/dev.csv", Csv);
        CommandLineResult result = await RunAsync("dataset_path: ./set", "validation_split: validation");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal("./set/dev.csv", (string)Dataset()["shards"]![0]!["file"]!);
        result = await RunAsync("dataset_path: csv\ndataset_kwargs: {data_dir: set}", "validation_split: validation");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    public void Dispose() => _folder.Dispose();
}
