using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Results;

/// <summary>What a run leaves on disk, from a replayed run over a tiny dataset.</summary>
public sealed class RunFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(_folder[$"run/{file}"]))!;

    [Fact]
    public async Task Run_Files_SayWhatWasDone()
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.SucceedAsync(TinyData.Run(_folder));
        Assert.Equal(
            ["manifest.json", "responses.jsonl", "results.json", "samples"],
            Directory.GetFileSystemEntries(_folder["run"]).Select(f => Path.GetFileName(f)).Order());
        Assert.Contains(
            "| tiny |    Yaml | none   |     0 | exact_match ↑ | 0.8333 | ± 0.1667 | [0.436, 0.970] | 6 |       0 |",
            result.Output,
            StringComparison.Ordinal);

        JsonNode results = Json("results.json");
        Assert.Equal(5.0 / 6, (double)results["results"]!["tiny"]!["exact_match,none"]!, 12);
        Assert.Equal(6, (int)results["n-samples"]!["tiny"]!["effective"]!);
        Assert.Equal("org/tiny", (string)results["configs"]!["tiny"]!["dataset_path"]!);

        JsonNode manifest = Json("manifest.json");
        Assert.Equal(1, (int)manifest["format_version"]!);
        Assert.Equal(64, ((string)manifest["datasets"]![0]!["shards"]![0]!["sha256"]!).Length);
        Assert.Equal(6, (long)manifest["datasets"]![0]!["rows"]!);
        Assert.Equal("finished", (string)manifest["sessions"]![0]!["end"]!);
        Assert.Equal("run", (string)manifest["sessions"]![0]!["command"]![0]!);
        Assert.True((int)manifest["machine"]!["cores"]! > 0);
    }

    [Fact]
    public async Task Run_Json_PrintsTheResultsFileAndNothingElse()
    {
        TinyData.Fill(_folder);
        CommandLineResult result = await CommandLine.SucceedAsync(TinyData.Run(_folder, "--json"));
        Assert.Equal(Json("results.json").ToJsonString(), JsonNode.Parse(result.Output)!.ToJsonString());
    }

    [Fact]
    public async Task Show_OneSample_HasEverything()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder));
        JsonNode sample = JsonNode.Parse(
            (await CommandLine.SucceedAsync("show", _folder["run"], "--task", "tiny", "--doc", "5", "--json")).Output)!;
        Assert.Equal("Q: What is 5 + 5?\nA:", (string)sample["context"]!);
        Assert.Equal("10", (string)sample["target"]!);
        Assert.Equal("0", (string)sample["completions"]![0]!);
        Assert.Equal("""[{"metric":"exact_match","filter":"none","value":0.0}]""", sample["scores"]!.ToJsonString());
        Assert.Equal("What is 5 + 5?", (string)JsonNode.Parse((string)sample["document"]!)!["question"]!);
        Assert.Contains(
            "== context\nQ: What is 5 + 5?",
            (await CommandLine.SucceedAsync("show", _folder["run"], "--task", "tiny", "--doc", "5")).Output,
            StringComparison.Ordinal);
    }

    /// <summary>A user's grader comes from an assembly that is given on the command line.</summary>
    [Fact]
    public async Task Run_Plugin_Grades()
    {
        TinyData.Fill(_folder, TinyData.Task + "\ngrader: word_count\nmetric_list: [{metric: short_enough, words: 1}]");
        string plugin = Path.Combine(
            Shared.Repository, "artifacts", "bin", "SamplePlugin",
            Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "SamplePlugin.dll");
        CommandLineResult result = await CommandLine.SucceedAsync(TinyData.Run(_folder, "--plugin", plugin));
        Assert.Contains("short_enough ↑ | 1.0000", result.Output, StringComparison.Ordinal);
        JsonNode sample = JsonNode.Parse(
            (await CommandLine.SucceedAsync("show", _folder["run"], "--task", "tiny", "--doc", "1", "--json")).Output)!;
        Assert.Equal("1 words", (string)sample["detail"]!);
    }

    /// <summary>Shots from the train split stand before the question, and another seed draws others.</summary>
    [Fact]
    public async Task Run_FewShot_FollowsTheSeed()
    {
        TinyData.Fill(_folder);
        _folder.Write("answers.jsonl", "");
        List<string> contexts = [];
        foreach (string seed in (string[])["1", "2", "3", "4"])
        {
            await CommandLine.RunAsync([.. TinyData.Run(_folder, "--num-fewshot", "2", "--limit", "1", "--seed", seed)]);
            contexts.Add((string)JsonNode.Parse(
                (await CommandLine.SucceedAsync("show", _folder["run"], "--task", "tiny", "--doc", "0", "--json")).Output)!["context"]!);
            Directory.Delete(_folder["run"], recursive: true);
        }

        Assert.All(contexts, c => Assert.Matches(@"^(Q: What is 1\d \+ 1\d\?\nA: 2\d\n\n){2}Q: What is 0 \+ 0\?\nA:$", c));
        Assert.True(contexts.Distinct().Count() > 1);
    }

    [Fact]
    public async Task Run_ErroredSample_IsCountedAndInNoMean()
    {
        TinyData.Fill(_folder);
        _folder.Write("answers.jsonl", string.Join('\n', File.ReadAllLines(_folder["answers.jsonl"])[1..]));
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder));
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains("| 0.8000 | ± 0.2000 | [0.376, 0.964] | 5 |       1 | [0.300, 0.970] |", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "1 of 6 samples errored and are in no score; the first is tiny, document 0: ", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
