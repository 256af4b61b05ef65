using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Data.Hub;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Data.Hub;

/// <summary><c>fetch</c> and <c>run --download</c> through the whole program, and what is read of a cache.</summary>
[Collection(nameof(HubVariables))]
public sealed class FetchCommandTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly string Model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private readonly TemporaryFolder _folder = new();
    private readonly TestHub _datasets = new() { Repository = "org/tiny", Plural = "datasets" };
    private readonly TestHub _models = new() { Repository = "org/tiny-model" };

    public FetchCommandTests()
    {
        TinyData.Fill(_folder);
        foreach (string file in Directory.EnumerateFiles(_folder["data/org/tiny/main"]))
        {
            string name = $"main/{Path.GetFileName(file)}";
            _datasets.Files[name] = File.ReadAllBytes(file);
            _datasets.Large.Add(name);
        }

        foreach (string file in Directory.EnumerateFiles(Model))
            _models.Files[$"cpu/{Path.GetFileName(file)}"] = File.ReadAllBytes(file);
        _models.Large.Add("cpu/model.onnx");
        _models.Files["gpu/model.onnx"] = [1, 2, 3];
        Use(_datasets);
    }

    /// <summary>Makes the program use this hub, and a cache in the test's folder; null restores the environment.</summary>
    private void Use(TestHub? hub)
    {
        Environment.SetEnvironmentVariable("HF_ENDPOINT", hub?.Endpoint);
        Environment.SetEnvironmentVariable("HF_HOME", hub is null ? null : _folder["home"]);
    }

    [Fact]
    public async Task Run_Download_SaysWhatItFetchesAndRecordsWhatItRead()
    {
        string[] run =
        [
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--output", _folder["run"],
        ];
        CommandLineResult without = await CommandLine.RunAsync(run);
        Assert.Equal((int)ExitCode.Data, without.ExitCode);
        Assert.Contains(
            "fetch it with: evalharness fetch dataset org/tiny, or run with --download", without.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(_datasets.Requests);
        CommandLineResult with = await CommandLine.SucceedAsync([.. run, "--download"]);
        Assert.Contains($"dataset org/tiny@main, commit {TestHub.Commit}: fetching 1 files, 0.0 MB", with.Error, StringComparison.Ordinal);
        JsonNode shard = JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/manifest.json"]))!["datasets"]![0]!["shards"]![0]!;
        Assert.Equal(
            ("org/tiny/main/test-00000-of-00001.parquet", TestHub.Sha256(_datasets.Files["main/test-00000-of-00001.parquet"])),
            ((string)shard["file"]!, (string)shard["sha256"]!));
        int requests = _datasets.Requests.Count;
        await CommandLine.SucceedAsync([.. run[..^1], _folder["again"], "--download"]);
        Assert.Equal(requests, _datasets.Requests.Count);
    }

    [Fact]
    public async Task Fetch_ForTasks_TakesTheSplitsThatTheyRead()
    {
        CommandLineResult result = await CommandLine.SucceedAsync("fetch", "--for-tasks", "tiny", "--include-path", _folder["tasks"]);
        string snapshot = result.Output.Trim();
        Assert.Equal(["test-00000-of-00001.parquet"], Directory.EnumerateFiles(Path.Combine(snapshot, "main")).Select(Path.GetFileName));
        Assert.Contains("fetching 1 files", result.Error, StringComparison.Ordinal);
        Assert.Contains(
            "fetching 1 files, 0.0 MB (1 are there already)",
            (await CommandLine.SucceedAsync("fetch", "dataset", "org/tiny")).Error,
            StringComparison.Ordinal);
    }

    /// <summary>What the README names is downloaded, and the README with it, so that a run reads the same by the same rules.</summary>
    [Fact]
    public async Task Run_Download_FollowsTheReadme()
    {
        _datasets.Files.Clear();
        _datasets.Files["README.md"] = """
            ---
            configs:
            - config_name: main
              data_files:
              - {split: test, path: raw/questions*.csv}
            - config_name: other
              data_files: other.csv
            ---
            """u8.ToArray();
        _datasets.Files["raw/questions-1.csv"] = "question,answer\nWhat is 0 + 0?,0\n"u8.ToArray();
        _datasets.Files["raw/questions-2.csv"] = "question,answer\nWhat is 1 + 1?,2\n"u8.ToArray();
        _datasets.Files["other.csv"] = "question,answer\n"u8.ToArray();
        CommandLineResult result = await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--output", _folder["run"], "--download");
        Assert.Contains("fetching 3 files", result.Error, StringComparison.Ordinal);
        JsonArray shards = JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/manifest.json"]))!["datasets"]![0]!["shards"]!.AsArray();
        Assert.Equal(["org/tiny/raw/questions-1.csv", "org/tiny/raw/questions-2.csv"], shards.Select(s => (string)s!["file"]!));
    }

    [Fact]
    public async Task Fetch_Model_IsRunByItsName()
    {
        Use(_models);
        string snapshot = (await CommandLine.SucceedAsync("fetch", "model", "org/tiny-model@v1", "--include", "cpu/*")).Output.Trim();
        Assert.False(Directory.Exists(Path.Combine(snapshot, "gpu")));
        await CommandLine.SucceedAsync(
            "run", "--model", "org/tiny-model/cpu@v1", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--limit", "2", "--output", _folder["run"], "--quiet");
        JsonNode model = JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/manifest.json"]))!["model"]!;
        Assert.Equal(("org/tiny-model/cpu@v1", "cpu"), ((string)model["model_path"]!, (string)model["model_name"]!));
        Assert.Equal(
            TestHub.Sha256(_models.Files["cpu/model.onnx"]),
            (string)model["files"]!.AsArray().Single(f => (string)f!["name"]! == "model.onnx")!["sha256"]!);
    }

    [Theory]
    [InlineData("2", "fetch", "model", "name")]
    [InlineData("2", "fetch", "dataset", "../org/tiny")]
    [InlineData("2", "fetch", "dataset", "org/tiny@../main")]
    [InlineData("2", "fetch")]
    [InlineData("15", "fetch", "dataset", "org/tiny", "--include", "nothing*")]
    [InlineData("15", "fetch", "dataset", "org/other")]
    [InlineData("4", "fetch", "--for-tasks", "quick_mmlu")]
    public async Task Fetch_Mistake_HasItsExitCode(string exitCode, params string[] arguments)
    {
        CommandLineResult result = await CommandLine.RunAsync(arguments);
        Assert.Equal(exitCode, $"{result.ExitCode}");
        Assert.StartsWith("error: ", result.Error.Split('\n')[^2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_Offline_AsksNothing()
    {
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", "1");
        CommandLineResult result = await CommandLine.RunAsync("fetch", "dataset", "org/tiny");
        Environment.SetEnvironmentVariable("HF_HUB_OFFLINE", null);
        Assert.Equal((int)ExitCode.Hub, result.ExitCode);
        Assert.Empty(_datasets.Requests);
    }

    /// <summary>A cache as huggingface_hub writes it on Windows, with files instead of links, is read.</summary>
    [Fact]
    public async Task Run_CacheOfThePythonLibrary_IsRead()
    {
        string repository = _folder["home/hub/datasets--org--tiny"];
        _folder.Write("home/hub/datasets--org--tiny/refs/main", TestHub.Commit);
        Directory.CreateDirectory(Path.Combine(repository, "snapshots", TestHub.Commit));
        Directory.Move(_folder["data/org/tiny/main"], Path.Combine(repository, "snapshots", TestHub.Commit, "main"));
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--output", _folder["run"], "--quiet");
        Assert.Empty(_datasets.Requests);
    }

    [Fact]
    public void Settings_FollowThePythonLibrarysVariables()
    {
        HubSettings From(params (string Name, string Value)[] variables) =>
            HubSettings.From(name => variables.FirstOrDefault(v => v.Name == name).Value);
        Assert.Equal(Path.Combine("home", "hub"), From(("HF_HOME", "home")).Cache);
        Assert.Equal("cache", From(("HF_HOME", "home"), ("HF_HUB_CACHE", "cache")).Cache);
        Assert.Equal(Path.Combine("xdg", "huggingface", "hub"), From(("XDG_CACHE_HOME", "xdg")).Cache);
        Assert.Equal("https://mirror.example/hf/", From(("HF_ENDPOINT", "https://mirror.example/hf")).Endpoint.ToString());
        Assert.Equal("a", From(("HF_TOKEN", "a")).Token);
        Assert.Equal("b", From(("HF_TOKEN_PATH", _folder.Write("token", "b\n"))).Token);
        Assert.True(From(("HF_HUB_OFFLINE", "true")).Offline);
        Assert.Equal(ExitCode.Usage, Assert.Throws<EvalException>(() => From(("HF_ENDPOINT", "mirror"))).ExitCode);
    }

    [Fact]
    public void Sources_HaveEveryBuiltInTasksDataset()
    {
        foreach (TaskDefinition task in TaskCatalog.Load([]).SelectAll().Tasks)
        {
            PinnedDataset pinned = DatasetSources.Known.Of(task.DatasetPath)
                ?? throw new InvalidOperationException($"{task.DatasetPath} is not in sources.yaml");
            foreach (DatasetName split in pinned.Files.Count == 0 ? [] : HubDatasets.Of([new TaskRun(task, task.NumFewShot, Seed: 0)]))
            {
                var files = new RepositoryFiles(pinned.Repository, [.. pinned.Files.Select(f => f.Path)], card: null);
                Assert.NotNull(files.Find(split, out _));
            }
        }

        foreach (PinnedDataset own in DatasetSources.Known.Datasets.Where(d => d.Revision is null))
        {
            foreach (PinnedFile file in own.Files)
                Assert.Equal(
                    file.Sha256, TestHub.Sha256(File.ReadAllBytes(Path.Combine(Shared.Repository, "datasets", own.Repository, file.Path))));
        }
    }

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>xunit 2 calls this interface's method only.</summary>
    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync()
    {
        Use(null);
        await _datasets.DisposeAsync();
        await _models.DisposeAsync();
        _folder.Dispose();
    }
}

/// <summary>Tests that set the variables that say where the hub is; they do not run side by side with others.</summary>
[CollectionDefinition(nameof(HubVariables), DisableParallelization = true)]
public sealed class HubVariables;
