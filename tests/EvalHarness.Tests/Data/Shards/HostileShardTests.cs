using EvalHarness.Data;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Data.Shards;

/// <summary>
/// Damaged shards of the quick tasks, kept beside the repository. None may change a score unsaid, end the process or take for ever.
/// </summary>
public sealed class HostileShardTests : IDisposable
{
    private static readonly string Folder = Path.Combine(Shared.Folder, "hostile", "parquet");

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names =>
        Directory.Exists(Folder) ? [.. Directory.GetFiles(Folder, "*-*").Select(file => Path.GetFileName(file))] : ["none"];

    [SharedTheory]
    [MemberData(nameof(Names))]
    public async Task Run_HostileShard_IsRefusedOrSaidAloud(string name)
    {
        bool isChoice = name.Contains("quick_mmlu", StringComparison.Ordinal);
        (string task, string config) = isChoice ? ("quick_mmlu", "all") : ("quick_gsm8k", "main");
        string file = $"data/evalharness/{task}/{config}/test-00000-of-00001.parquet";
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[file])!);
        File.Copy(Path.Combine(Folder, name), _folder[file]);
        _folder.Write("answers.jsonl", """{"context": "none", "response": "none"}""");
        string[] arguments =
        [
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", task, "--num-fewshot", "0", "--datasets", _folder["data"],
            "--output", _folder["run"],
        ];
        CommandLineResult result = await CommandLine.RunAsync(arguments).WaitAsync(TimeSpan.FromMinutes(1));
        if (result.ExitCode == (int)ExitCode.Data)
            Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        else
            await AssertRightOrSaidAsync(result, new DatasetName($"evalharness/{task}", config, "test"));
        if (Directory.Exists(_folder["run"]))
            Directory.Delete(_folder["run"], recursive: true);
        CommandLineResult strict = await CommandLine.RunAsync([.. arguments, "--require-pinned"]);
        Assert.Equal((int)ExitCode.Data, strict.ExitCode);
    }

    /// <summary>The rows are those of the undamaged shard, or differ only in values, which the hash alone shows.</summary>
    private async Task AssertRightOrSaidAsync(CommandLineResult result, DatasetName name)
    {
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains("is not the pinned shard", result.Output, StringComparison.Ordinal);
        Assert.Contains("warning: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(
            (await ReadAsync(Path.Combine(Shared.Repository, "datasets"), name)).Count, (await ReadAsync(_folder["data"], name)).Count);
    }

    private static async Task<List<Document>> ReadAsync(string root, DatasetName name)
    {
        DatasetSplit split = await new FileDatasetSource(root).OpenAsync(name, CancellationToken.None);
        return await split.ReadAsync(CancellationToken.None).ToListAsync();
    }

    public void Dispose() => _folder.Dispose();
}
