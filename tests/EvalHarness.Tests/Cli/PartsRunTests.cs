using EvalHarness.Cli.Processes;
using EvalHarness.Results;

namespace EvalHarness.Tests.Cli;

/// <summary>What <c>run</c> in several processes takes, and how it starts them.</summary>
public sealed class PartsRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static RunOptions Options(params (string Name, string Value)[] more) => RunOptions.Of(
        more.Append(("--model", "m")).Append(("--tasks", "t"))
            .ToDictionary(o => o.Item1, o => (IReadOnlyList<string>)[o.Item2]),
        earlier: null);

    private async Task<IReadOnlyList<string>[]> ArgumentsAsync(int count, params (string Name, string Value)[] more)
    {
        using PartsFolder run = await PartsFolder.CreateAsync(_folder["run"], Options(more), count);
        return [.. Enumerable.Range(1, count).Select(run.Arguments)];
    }

    private static string Value(IReadOnlyList<string> arguments, string name) => arguments[arguments.ToList().IndexOf(name) + 1];

    [Fact]
    public async Task Arguments_GiveEachProcessItsPartAndItsShareOfTheThreads()
    {
        IReadOnlyList<string>[] all = await ArgumentsAsync(3, ("--threads", "8"), ("--limit", "5"), ("--seed", "7"));
        Assert.Equal(["1/3", "2/3", "3/3"], all.Select(a => Value(a, "--shard")));
        Assert.Equal([_folder["run/parts/1"], _folder["run/parts/2"], _folder["run/parts/3"]], all.Select(a => Value(a, "--output")));
        Assert.All(all, a => Assert.Equal(("2", "5", "7"), (Value(a, "--threads"), Value(a, "--limit"), Value(a, "--seed"))));
    }

    [Fact]
    public async Task Arguments_MoreProcessesThanThreads_GiveEachOne() =>
        Assert.All(await ArgumentsAsync(4, ("--threads", "3")), a => Assert.Equal("1", Value(a, "--threads")));

    [Fact]
    public async Task Arguments_WithoutThreads_ShareTheCores() => Assert.All(
        await ArgumentsAsync(2), a => Assert.Equal($"{Math.Max(1, Environment.ProcessorCount / 2)}", Value(a, "--threads")));

    [Fact]
    public async Task Arguments_SeveralDevices_AreDealtOut()
    {
        IReadOnlyList<string>[] all = await ArgumentsAsync(3, ("--device", "cuda:4,cuda:6"), ("--batch-size", "8"));
        Assert.Equal(["cuda:4", "cuda:6", "cuda:4"], all.Select(a => Value(a, "--device")));
        Assert.All(all, a => Assert.Equal("8", Value(a, "--batch-size")));
    }

    /// <summary>The numbers of the devices are no part of the options, and stand beside them until the run is merged.</summary>
    [Fact]
    public async Task Open_GoesOnWithTheSameDevicesOrOthers()
    {
        (await PartsFolder.CreateAsync(_folder["run"], Options(("--device", "cuda:4,cuda:6"), ("--batch-size", "8")), 2)).Dispose();
        using (PartsFolder same = PartsFolder.Open(_folder["run"], new Dictionary<string, IReadOnlyList<string>>(), processes: null)!)
            Assert.Equal(["cuda:4", "cuda:6"], ((int[])[1, 2]).Select(number => Value(same.Arguments(number), "--device")));
        using PartsFolder other = PartsFolder.Open(
            _folder["run"], new Dictionary<string, IReadOnlyList<string>> { ["--device"] = ["cuda:1"] }, processes: 2)!;
        Assert.Equal(["cuda:1", "cuda:1"], ((int[])[1, 2]).Select(number => Value(other.Arguments(number), "--device")));
    }

    [Theory]
    [InlineData("--processes 0: expected 1 to 64 processes", "--processes", "0")]
    [InlineData("--processes 65: expected 1 to 64 processes", "--processes", "65")]
    [InlineData("Cannot parse argument 'x' for option '--processes': expected a whole number", "--processes", "x")]
    [InlineData("--processes 2 and several --model together", "--processes", "2", "--model", "other")]
    [InlineData("--processes 2 and --shard together", "--processes", "2", "--shard", "1/2")]
    [InlineData("--processes 2 and --decide together", "--processes", "2", "--decide", "1", "--against", "base")]
    [InlineData("--processes 2 and --batch-size auto together", "--processes", "2", "--batch-size", "auto")]
    [InlineData("--write-out and --processes 2 together", "--processes", "2", "--write-out")]
    [InlineData("--device cuda:0,cuda:1 and --batch-size auto together", "--device", "cuda:0,cuda:1")]
    [InlineData(
        "--processes 1 and --device cuda:0,cuda:1 together: each device has a process; give --processes 2 or more",
        "--processes", "1", "--device", "cuda:0,cuda:1", "--batch-size", "1")]
    public async Task Run_WithWhatDoesNotGoTogether_IsOneLine(string message, params string[] more)
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, more));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.StartsWith($"error: {message}", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task Run_AnEndpoint_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", "openai:http://localhost:1#m", "--tasks", "gsm8k", "--processes", "2");
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("--concurrency asks it for several answers at once", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_AnotherNumberOfProcesses_IsRefused()
    {
        (await PartsFolder.CreateAsync(_folder["run"], Options(), 3)).Dispose();
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--processes", "2");
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("was begun as 3 parts, and goes on so; leave --processes out", result.ErrorLine, StringComparison.Ordinal);
        result = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--limit", "2");
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains("--limit differs: the run had none, now it is 2", result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_RunOfOneProcess_IsRefused()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet"));
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--processes", "2");
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("the run there goes on in one process", result.ErrorLine, StringComparison.Ordinal);
        result = await CommandLine.RunAsync(TinyData.Run(_folder, "--processes", "2"));
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("has a run already", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A run that was killed while it removed the parts, all of which it had merged.</summary>
    [Fact]
    public async Task Resume_MergedRunWithPartsLeft_RemovesThem()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet"));
        _folder.Write("run/parts.json", "{}");
        _folder.Write("run/parts/2/manifest.json", "{}");
        CommandLineResult result = await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.Contains("is finished already", result.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["manifest.json", "responses.jsonl", "results.json", "samples"],
            Directory.GetFileSystemEntries(_folder["run"]).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("{\"processes\": 65, \"device\": \"cpu\", \"options\": {\"model\": \"m\", \"tasks\": [\"t\"]}}")]
    public async Task Resume_DamagedPlan_IsOneLine(string json)
    {
        _folder.Write("run/parts.json", json);
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"]);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("parts.json: damaged", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>Neither a run of one process nor a second one of several takes the folder of parts that have answers.</summary>
    [Fact]
    public async Task Run_IntoAFolderWithParts_IsRefused()
    {
        TinyData.Fill(_folder);
        (await PartsFolder.CreateAsync(_folder["run"], Options(), 3)).Dispose();
        // Nothing was answered: another run takes its place.
        (await PartsFolder.CreateAsync(_folder["run"], Options(), 2)).Dispose();
        _folder.Write("run/parts/1/manifest.json", "{}");
        _folder.Write("run/parts/1/responses.jsonl", "{}");
        foreach (string[] more in (string[][])[[], ["--processes", "2"]])
        {
            CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, more));
            Assert.Equal((int)ExitCode.Output, result.ExitCode);
            Assert.Contains($"has parts of a run; continue it with --resume {_folder["run"]}", result.ErrorLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Resume_WhileOneIsAtWork_IsRefused()
    {
        using PartsFolder first = await PartsFolder.CreateAsync(_folder["run"], Options(), 2);
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"]);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("a run in several processes is at work here", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
