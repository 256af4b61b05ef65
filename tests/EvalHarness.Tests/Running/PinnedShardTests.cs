using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary>Shards that are not the pinned ones are said aloud, and refused with <c>--require-pinned</c>.</summary>
public sealed class PinnedShardTests : IDisposable
{
    private const string Shard = "evalharness/quick_gsm8k/main/test-00000-of-00001.parquet";

    private readonly TemporaryFolder _folder = new();

    private string[] Arguments()
    {
        _folder.Write("answers.jsonl", """{"context": "none", "response": "none"}""");
        return
        [
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "quick_gsm8k", "--num-fewshot", "0", "--limit", "2",
            "--output", _folder["run"], "--datasets",
        ];
    }

    /// <summary>The shipped shard, with one text changed by a letter where the file has no checksum of it.</summary>
    private string[] Changed()
    {
        byte[] shard = File.ReadAllBytes(Path.Combine(Shared.Repository, "datasets", Shard));
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"data/{Shard}"])!);
        // The writer's name stands at the end of the footer, and no value hangs on it.
        int at = shard.AsSpan().IndexOf("DuckDB version"u8);
        shard[at] = (byte)'d';
        File.WriteAllBytes(_folder[$"data/{Shard}"], shard);
        return [.. Arguments(), _folder["data"]];
    }

    [Fact]
    public async Task Run_ChangedShard_IsSaidAloud()
    {
        CommandLineResult result = await CommandLine.RunAsync(Changed());
        string line = $"{Shard} is not the pinned shard (its SHA-256 is ";
        Assert.Contains($"warning: {line}", result.Error, StringComparison.Ordinal);
        Assert.Contains($"\n{line}", result.Output, StringComparison.Ordinal);
        Assert.Contains(line, (await CommandLine.SucceedAsync("show", _folder["run"])).Output, StringComparison.Ordinal);
        Assert.Contains("\"pinned\": false", await File.ReadAllTextAsync(_folder["run/manifest.json"]), StringComparison.Ordinal);
    }

    /// <summary>A split that was cut into other shards has none of the pinned name.</summary>
    [Fact]
    public async Task Run_OtherShardsOfAPinnedSplit_AreSaidAloud()
    {
        byte[] shard = File.ReadAllBytes(Path.Combine(Shared.Repository, "datasets", Shard));
        foreach (int number in (int[])[0, 1])
        {
            string file = _folder["data/" + Shard.Replace("00000-of-00001", $"0000{number}-of-00002", StringComparison.Ordinal)];
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, shard);
        }

        CommandLineResult result = await CommandLine.RunAsync([.. Arguments(), _folder["data"]]);
        foreach (string name in (string[])["test-00000-of-00002", "test-00001-of-00002"])
            Assert.Contains($"{name}.parquet is not the pinned shard", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ChangedShardAndPinsRequired_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync([.. Changed(), "--require-pinned"]);
        Assert.Equal((int)ExitCode.Data, result.ExitCode);
        Assert.Contains($"--require-pinned: {Shard} is not the pinned shard", result.ErrorLine, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Run_ShardWithoutPinAndPinsRequired_IsRefused()
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, "--require-pinned"));
        Assert.Equal((int)ExitCode.Data, result.ExitCode);
        Assert.Contains("org/tiny/main/test-00000-of-00001.parquet (SHA-256 ", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("has no hash in sources.yaml to compare with", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PinnedShardAndPinsRequired_SaysNothing()
    {
        CommandLineResult result = await CommandLine.RunAsync(
            [.. Arguments(), Path.Combine(Shared.Repository, "datasets"), "--require-pinned"]);
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.DoesNotContain("pinned", result.Error + result.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
