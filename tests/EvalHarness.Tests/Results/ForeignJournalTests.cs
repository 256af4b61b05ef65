using System.Text.Json.Nodes;
using EvalHarness.Files;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>No run takes up what another run has left, or is writing at the same time.</summary>
public sealed class ForeignJournalTests : MistakeTests
{
    private string Run => _folder["run"];

    private string Journal => _folder["run/responses.jsonl"];

    private async Task RunAsync()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder));
    }

    private async Task AssertRefusedAsync(string fragment, params string[] arguments)
    {
        string[] files = Directory.GetFiles(Run, "*", SearchOption.AllDirectories);
        string[] before = [.. files.Select(f => Convert.ToHexString(File.ReadAllBytes(f)))];
        await AssertLineAsync(ExitCode.Output, fragment, arguments);
        Assert.Equal(files, Directory.GetFiles(Run, "*", SearchOption.AllDirectories));
        Assert.Equal(before, files.Select(f => Convert.ToHexString(File.ReadAllBytes(f))));
    }

    [Theory]
    [InlineData("responses.jsonl", "or grade its responses with --model replay:")]
    [InlineData("results.json", "has results.json of a run, and no manifest.json that says which; move it away")]
    [InlineData("samples/tiny.parquet", "has samples of a run, and no manifest.json that says which")]
    public async Task Output_FilesWithoutAManifest_IsRefused(string file, string fragment)
    {
        TinyData.Fill(_folder);
        _folder.Write($"run/{file}", "{}\n");
        await AssertRefusedAsync(fragment, TinyData.Run(_folder));
        // Several models, and what else starts runs of its own, start them by the same command.
        string twin = _folder.Write("other.jsonl", await File.ReadAllTextAsync(_folder["answers.jsonl"]));
        _folder.Write($"both/other.jsonl/{file}", "{}\n");
        string[] both = [.. TinyData.Run(_folder)[..^1], _folder["both"], "--model", $"replay:{twin}", "--quiet"];
        CommandLineResult result = await CommandLine.RunAsync(both);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.False(File.Exists(_folder["both/other.jsonl/manifest.json"]));
    }

    /// <summary>What a run leaves that was killed before it wrote its manifest.</summary>
    [Fact]
    public async Task Output_EmptyJournal_IsTakenUp()
    {
        _folder.Write("run/responses.jsonl", "");
        await RunAsync();
    }

    [Fact]
    public async Task Run_FolderIsInUse_IsRefusedWhateverIsInIt()
    {
        await RunAsync();
        using (FileStream? held = FileLock.Take(Journal + ".lock", keep: false))
        {
            await AssertLineAsync(ExitCode.Output, "is in use; another run writes to this folder", TinyData.Run(_folder));
            await AssertLineAsync(ExitCode.Output, "is in use; another run writes to this folder", "run", "--resume", Run);
        }

        await CommandLine.SucceedAsync("run", "--resume", Run);
        Assert.False(File.Exists(Journal + ".lock"));
    }

    /// <summary>Of runs of other answers that are started together in one folder, one runs, and its answers are its own.</summary>
    [Fact]
    public async Task Output_StartedTogether_OneRunsWithItsOwnAnswers()
    {
        TinyData.Fill(_folder);
        for (int round = 0; round < 5; round++)
        {
            string output = _folder[$"run{round}"];
            string[][] runs =
            [
                .. Enumerable.Range(0, 4).Select(n => (string[])
                [
                    "run", "--model", $"replay:{TinyData.WriteAnswers(_folder, $"answers{n}.jsonl", i => i < n ? $"{2 * i}" : "no")}",
                    .. TinyData.Run(_folder)[3..^1], output, "--quiet",
                ]),
            ];
            CommandLineResult[] results = await Task.WhenAll(runs.Select(r => Task.Run(() => CommandLine.RunAsync(r))));
            int winner = Array.FindIndex(results, r => r.ExitCode == 0);
            Assert.Equal([0, 7, 7, 7], results.Select(r => r.ExitCode).Order());
            JsonNode json = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(output, "results.json")))!;
            Assert.Equal(winner / 6.0, (double)json["results"]!["tiny"]!["exact_match,none"]!, 12);
            var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(output, "manifest.json")))!;
            Assert.EndsWith($"answers{winner}.jsonl", (string)manifest["model"]!["model_path"]!, StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// The responses of another model to the same prompts, copied in whole, and lines of the run itself at another place or changed.
    /// </summary>
    [Theory]
    [InlineData("copied", "responses.jsonl:1: its checksum does not fit")]
    [InlineData("swapped", null)]
    [InlineData("shifted", "responses.jsonl:1: its checksum does not fit")]
    [InlineData("shifted, without checksums", "responses.jsonl:6: answers another prompt than tiny, document 0, request 0 has")]
    [InlineData("answer changed", "responses.jsonl:3: its checksum does not fit")]
    [InlineData("seed changed", "responses.jsonl:1: its checksum does not fit")]
    public async Task Resume_JournalThatIsNotTheRuns_IsRefused(string damage, string? fragment)
    {
        await RunAsync();
        string expected = await File.ReadAllTextAsync(_folder["run/results.json"]);
        File.Delete(_folder["run/results.json"]);
        string[] lines = await File.ReadAllLinesAsync(Journal);
        if (damage == "copied")
        {
            string other = TinyData.WriteAnswers(_folder, "other.jsonl", _ => "0");
            await CommandLine.SucceedAsync(["run", "--model", $"replay:{other}", .. TinyData.Run(_folder)[3..^1], _folder["other"]]);
            lines = await File.ReadAllLinesAsync(_folder["other/responses.jsonl"]);
        }
        else if (damage == "swapped")
        {
            Array.Reverse(lines);
        }
        else if (damage.StartsWith("shifted", StringComparison.Ordinal))
        {
            lines = [.. lines.Select((l, i) => l.Replace($"\"doc_id\":{i},", $"\"doc_id\":{(i + 1) % 6},", StringComparison.Ordinal))];
        }
        else if (damage == "answer changed")
        {
            lines[2] = lines[2].Replace("\"response\":\"4\"", "\"response\":\"5\"", StringComparison.Ordinal);
        }

        JsonNode manifest = JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/manifest.json"]))!;
        if (damage == "seed changed")
            manifest["options"]!["seed"] = 7;
        if (damage.EndsWith("without checksums", StringComparison.Ordinal))
        {
            manifest["response_checksums"] = false;
            lines = [.. lines.Select(l => l[..l.IndexOf(",\"checksum\"", StringComparison.Ordinal)] + "}")];
        }

        await File.WriteAllTextAsync(_folder["run/manifest.json"], manifest.ToJsonString());
        await File.WriteAllLinesAsync(Journal, lines);
        if (fragment is not null)
        {
            await AssertRefusedAsync(fragment, "run", "--resume", Run);
            return;
        }

        await CommandLine.SucceedAsync("run", "--resume", Run);
        static string Scores(string results) => JsonNode.Parse(results)!["results"]!.ToJsonString();
        Assert.Equal(Scores(expected), Scores(await File.ReadAllTextAsync(_folder["run/results.json"])));
    }

    /// <summary>The line says what to do: without the damaged line, its request is answered again, and nothing else is.</summary>
    [Fact]
    public async Task Resume_DamagedLineDeleted_GivesTheSameScores()
    {
        await RunAsync();
        string expected = await File.ReadAllTextAsync(_folder["run/results.json"]);
        File.Delete(_folder["run/results.json"]);
        string[] lines = await File.ReadAllLinesAsync(Journal);
        string damaged = lines[2].Replace("\"4\"", "\"5\"", StringComparison.Ordinal);
        await File.WriteAllLinesAsync(Journal, [.. lines[..2], damaged, .. lines[3..]]);
        await AssertRefusedAsync("responses.jsonl:3: ", "run", "--resume", Run);
        await File.WriteAllLinesAsync(Journal, [.. lines[..2], .. lines[3..]]);
        Assert.Contains(
            "5 responses are already there", (await CommandLine.SucceedAsync("run", "--resume", Run)).Error, StringComparison.Ordinal);
        Assert.Equal(
            JsonNode.Parse(expected)!["results"]!.ToJsonString(),
            JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/results.json"]))!["results"]!.ToJsonString());
    }

    /// <summary>The scores of a finished run are those that it wrote; others are not printed as its own.</summary>
    [Theory]
    [InlineData("results.json")]
    [InlineData("samples/tiny.parquet")]
    public async Task Resume_FinishedRunWithFilesOfAnother_GradesItsOwnResponses(string file)
    {
        await RunAsync();
        string other = TinyData.WriteAnswers(_folder, "other.jsonl", _ => "0");
        await CommandLine.SucceedAsync(["run", "--model", $"replay:{other}", .. TinyData.Run(_folder)[3..^1], _folder["other"]]);
        File.Copy(_folder[$"other/{file}"], _folder[$"run/{file}"], overwrite: true);
        CommandLineResult result = await CommandLine.SucceedAsync("run", "--resume", Run);
        Assert.Contains("| exact_match ↑ | 0.8333 |", result.Output, StringComparison.Ordinal);
        Assert.Contains("0.8333", (await CommandLine.SucceedAsync("show", Run)).Output, StringComparison.Ordinal);
        string sample = (await CommandLine.SucceedAsync("show", Run, "--task", "tiny", "--doc", "4", "--json")).Output;
        Assert.Equal("8", (string)JsonNode.Parse(sample)!["completions"]![0]!);
        Assert.Contains(
            "is finished already", (await CommandLine.SucceedAsync("run", "--resume", Run)).ErrorLine, StringComparison.Ordinal);
    }
}
