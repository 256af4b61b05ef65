using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Merging;

/// <summary>Parts that do not make the whole run are refused in one line that says why, and nothing is written.</summary>
public sealed class WrongPartsTests : IDisposable
{
    private const int Parts = 3;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Run(int number, params string[] more)
    {
        string[] run = TinyData.Run(_folder, ["--shard", $"{number}/{Parts}", "--quiet", .. more]);
        run[Array.IndexOf(run, _folder["run"])] = Part(number);
        return run;
    }

    private string Part(int number) => _folder[$"parts/{number}"];

    private async Task FillAsync()
    {
        TinyData.Fill(_folder);
        for (int number = 1; number <= Parts; number++)
            await CommandLine.SucceedAsync(Run(number));
    }

    private async Task AgainAsync(int number, params string[] more)
    {
        Directory.Delete(Part(number), recursive: true);
        await CommandLine.SucceedAsync(Run(number, more));
    }

    private void EditManifest(int number, Action<JsonNode> edit)
    {
        string file = Path.Combine(Part(number), "manifest.json");
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(file))!;
        edit(manifest);
        File.WriteAllText(file, manifest.ToJsonString());
    }

    private void EditJournal(int number, Func<string[], IEnumerable<string>> edit)
    {
        string file = Path.Combine(Part(number), "responses.jsonl");
        File.WriteAllText(file, string.Concat(edit(File.ReadAllLines(file)).Select(line => line + "\n")));
    }

    private string Samples(int number) => Path.Combine(Part(number), "samples", "tiny.parquet");

    private void Copy(int from, string to)
    {
        foreach (string file in Directory.GetFiles(Part(from), "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(Part(from), file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
    }

    private static void SetCpu(JsonNode manifest, string cpu)
    {
        manifest["model"]!["device"] = "cpu";
        manifest["machine"]!["cpu"] = cpu;
    }

    private async Task SpoilAsync(string what)
    {
        switch (what)
        {
            case "last part missing":
                Directory.Delete(Part(3), recursive: true);
                break;
            case "two parts missing":
                Directory.Delete(Part(1), recursive: true);
                Directory.Delete(Part(3), recursive: true);
                break;
            case "part twice":
                Copy(2, _folder["parts/another"]);
                break;
            case "part under another number":
                Directory.Delete(Part(2), recursive: true);
                Copy(1, Part(2));
                EditManifest(2, m => m["part"]!["number"] = 2);
                break;
            case "part not finished":
                EditManifest(2, m => m["sessions"]![0]!["end"] = null);
                break;
            case "other number of parts":
                EditManifest(3, m => m["part"]!["of"] = 4);
                break;
            case "other model file":
                File.AppendAllText(_folder["answers.jsonl"], "\n");
                await AgainAsync(2);
                break;
            case "other engine version":
                EditManifest(3, m => m["versions"]!["EvalHarness"] = "0.0.1");
                break;
            case "other limit":
                await AgainAsync(3, "--limit", "5");
                break;
            case "other seed":
                await AgainAsync(2, "--seed", "7");
                break;
            case "other shard of data":
                TinyData.WriteShard(
                    _folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(0, 6).Select(TinyData.MakeRow), rowGroupSize: 2);
                await AgainAsync(2);
                break;
            case "other task file":
                _folder.Write("tasks/tiny.yaml", TinyData.Task + "\nmetadata:\n  version: 7");
                await AgainAsync(2);
                break;
            case "task file changed since":
                _folder.Write("tasks/tiny.yaml", TinyData.Task + "\nmetadata:\n  version: 7");
                break;
            case "other processor":
                for (int number = 1; number <= Parts; number++)
                    EditManifest(number, m => SetCpu(m, number == 2 ? "Old CPU" : "New CPU"));
                break;
            case "identity changed":
                EditManifest(2, m => m["part"]!["whole"] = new string('0', 64));
                break;
            case "truncated journal":
                string journal = Path.Combine(Part(2), "responses.jsonl");
                File.WriteAllText(journal, File.ReadAllText(journal)[..^20]);
                break;
            case "answer missing":
                EditJournal(2, lines => lines[1..]);
                break;
            case "answer changed":
                EditJournal(2, lines => lines.Select(l => l.Replace("\"response\":\"", "\"response\":\"1", StringComparison.Ordinal)));
                break;
            case "answers of another run":
                await CommandLine.SucceedAsync(TinyData.Run(_folder, "--seed", "9", "--quiet"));
                File.Copy(_folder["run/responses.jsonl"], Path.Combine(Part(2), "responses.jsonl"), overwrite: true);
                break;
            case "journal missing":
                File.Delete(Path.Combine(Part(2), "responses.jsonl"));
                break;
            case "samples missing":
                File.Delete(Samples(2));
                break;
            case "samples of another part":
                File.Copy(Samples(1), Samples(2), overwrite: true);
                break;
            case "whole run":
                await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet"));
                Directory.Move(_folder["run"], _folder["parts/run"]);
                break;
            case "no run":
                Directory.Delete(_folder["parts"], recursive: true);
                Directory.CreateDirectory(_folder["parts"]);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(what), what, "there is no such mistake");
        }
    }

    [Theory]
    [InlineData("last part missing", "part 3 of 3 is missing; compute it with: evalharness run --model replay:")]
    [InlineData("two parts missing", "parts 1, 3 of 3 are missing")]
    [InlineData("part twice", "part 2 is there twice: ")]
    [InlineData("part under another number", "document 0 of task tiny is there twice: in ")]
    [InlineData("part not finished", "part 2 is not finished; continue it with: evalharness run --resume ")]
    [InlineData("other number of parts", "the number of parts differs: ")]
    [InlineData("other model file", "model file answers.jsonl differs: ")]
    [InlineData("other engine version", "EvalHarness differs: ")]
    [InlineData("other limit", "--limit differs: ")]
    [InlineData("other seed", "--seed differs: ")]
    [InlineData("other shard of data", "shard org/tiny/main/test-00000-of-00001.parquet differs: ")]
    [InlineData("other task file", "task tiny differs: ")]
    [InlineData("task file changed since", "task tiny is not what it was when the parts were computed; restore its file")]
    [InlineData("other processor", "processor differs: ")]
    [InlineData("identity changed", "what decides the numbers differs: ")]
    [InlineData("truncated journal", "has no answer to tiny, document ")]
    [InlineData("answer missing", "has no answer to tiny, document ")]
    [InlineData("answer changed", "its checksum does not fit")]
    [InlineData("answers of another run", "its checksum does not fit")]
    [InlineData("journal missing", "responses.jsonl: cannot be read: ")]
    [InlineData("samples missing", "its samples are not those that part 2 wrote")]
    [InlineData("samples of another part", "its samples are not those that part 2 wrote")]
    [InlineData("whole run", "is no part of a run: it was not started with --shard")]
    [InlineData("no run", "has no manifest.json, and no folder in it has one")]
    public async Task Merge_WrongParts_IsRefusedInOneLine(string what, string fragment)
    {
        await FillAsync();
        await SpoilAsync(what);
        CommandLineResult result = await CommandLine.RunAsync("merge", _folder["parts"], "--output", _folder["whole"]);
        Assert.True(result.ExitCode == (int)ExitCode.MergeRefused, $"{result.ExitCode}: {result.Error}");
        Assert.StartsWith("error: ", Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Contains(fragment, result.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.False(Directory.Exists(_folder["whole"]) && Directory.EnumerateFileSystemEntries(_folder["whole"]).Any());
    }

    [Fact]
    public async Task Merge_IntoAFolderWithAnotherRun_LeavesIt()
    {
        await FillAsync();
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--limit", "2", "--quiet"));
        CommandLineResult result = await CommandLine.RunAsync("merge", _folder["parts"], "--output", _folder["run"]);
        Assert.Equal((int)ExitCode.Output, result.ExitCode);
        Assert.Contains("has a run already", result.ErrorLine, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["run/results.json"]));
    }

    [Theory]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("3")]
    [InlineData("1/0")]
    [InlineData("1/99999")]
    [InlineData("-1/3")]
    public async Task Shard_NoPart_IsRefused(string part)
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, "--shard", part));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains($"--shard {part}: expected K/N", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--batch-size", "auto")]
    [InlineData("--decide", "1.0")]
    [InlineData("--max-cost", "1.0")]
    public async Task Shard_WithWhatNeedsTheWholeRun_IsRefused(string option, string value)
    {
        TinyData.Fill(_folder);
        string prices = _folder.Write("prices.yaml", "currency: EUR\nmodels: {x: {per_hour: 1}}");
        string[] more = option == "--decide" ? ["--against", _folder["run"]]
            : option == "--max-cost" ? ["--prices", prices, "--model", "openai:http://127.0.0.1:9#x"]
            : [];
        string[] run = TinyData.Run(_folder, ["--shard", "1/3", option, value, .. more]);
        // The endpoint is the only model then.
        if (option == "--max-cost")
            run = [run[0], .. run[3..]];
        CommandLineResult result = await CommandLine.RunAsync(run);
        Assert.True(result.ExitCode == (int)ExitCode.Usage, result.Error);
        Assert.StartsWith("--shard and ", result.ErrorLine["error: ".Length..], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_AnotherPart_IsRefused()
    {
        await FillAsync();
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", Part(2), "--shard", "1/3");
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
        Assert.Contains("--shard differs: the run had 2/3, now it is 1/3", result.ErrorLine, StringComparison.Ordinal);
    }
}
