using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Results;

namespace EvalHarness.Tests.Merging;

/// <summary>Parts that are joined are the run that one process makes.</summary>
public sealed class MergedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Run(string output, params string[] more)
    {
        string[] run = TinyData.Run(_folder, [.. more, "--quiet"]);
        run[Array.IndexOf(run, _folder["run"])] = _folder[output];
        return run;
    }

    private const string Choices = """
        task: choices
        dataset_path: org/tiny
        dataset_name: main
        test_split: test
        doc_to_text: "Q: {{question}}\nA:"
        doc_to_choice: "{{choices}}"
        doc_to_target: label
        output_type: multiple_choice
        """;

    private void Fill()
    {
        TinyData.Fill(_folder);
        _folder.Write("tasks/choices.yaml", Choices);
        _folder.Write(
            "tasks/both.yaml", "group: both\ntask: [tiny, choices]\naggregate_metric_list: [{metric: acc, weight_by_size: true}]");
        _folder.Write("answers.jsonl", string.Join('\n', Enumerable.Range(0, 6).SelectMany(i => (string[])
        [
            $$"""{{{Context(i)}}, "response": "{{(i == 5 ? 0 : 2 * i)}}"}""",
            .. ((int[])[1, 2, 3]).Select(k =>
                $$"""{{{Context(i)}}, "continuation": " {{k * i}}", "loglikelihood": -{{(k * i) + 1}}.5, "is_greedy": false}"""),
        ]).Distinct()));
    }

    private static string Context(int i) => $"\"context\": \"Q: What is {i} + {i}?\\nA:\"";

    /// <summary>There may be more parts than documents; some of them are empty then.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(40)]
    public async Task Parts_Joined_AreTheRunOfOneProcess(int parts)
    {
        Fill();
        string[] Of(string output, params string[] more) =>
            [.. Run(output, more).Select(a => a == "tiny" ? "both" : a)];
        CommandLineResult one = await CommandLine.SucceedAsync(Of("one"));
        for (int number = 1; number <= parts; number++)
            await CommandLine.SucceedAsync(Of($"parts/{number}", "--shard", $"{number}/{parts}"));
        CommandLineResult joined = await CommandLine.SucceedAsync("merge", _folder["parts"], "--output", _folder["whole"]);
        RunComparison.AssertEqual(_folder["one"], _folder["whole"]);
        Assert.Equal(one.Output, joined.Output);
        Assert.Equal($"{parts} parts are joined in {_folder["whole"]}", joined.ErrorLine);

        // The whole is a run like any other: it is finished, and can be graded again, compared and continued.
        CommandLineResult resumed = await CommandLine.SucceedAsync("run", "--resume", _folder["whole"]);
        Assert.Equal($"{_folder["whole"]} is finished already", resumed.ErrorLine);
        await CommandLine.SucceedAsync("compare", _folder["one"], _folder["whole"]);
        CommandLineResult again = await CommandLine.SucceedAsync("merge", _folder["parts"], "--output", _folder["whole"]);
        Assert.Equal((joined.Output, $"{_folder["whole"]} has the joined parts already"), (again.Output, again.ErrorLine));
        Manifest manifest = RunFolder.Open(_folder["whole"]).ReadManifest();
        Assert.Null(manifest.Part);
        Assert.Equal([.. Enumerable.Range(1, parts)], manifest.Sessions.SkipLast(1).Select(s => s.Part!.Value).Order());
    }

    [Fact]
    public async Task Part_HasNoResults_AndSaysSo()
    {
        Fill();
        CommandLineResult part = await CommandLine.SucceedAsync(Run("part", "--shard", "1/2", "--json"));
        JsonNode said = JsonNode.Parse(part.Output)!;
        Assert.Equal((1, 2), ((int)said["part"]!["number"]!, (int)said["part"]!["of"]!));
        Assert.Equal((3, 0), ((int)said["documents"]!, (int)said["errored"]!));
        Assert.Equal(_folder["part"], (string)said["folder"]!);
        Assert.False(File.Exists(_folder["part/results.json"]));
        CommandLineResult show = await CommandLine.RunAsync("show", _folder["part"]);
        Assert.Equal((int)ExitCode.Output, show.ExitCode);
        Assert.Contains("is part 1 of 2 of a run and has no results of its own", show.ErrorLine, StringComparison.Ordinal);

        CommandLineResult resumed = await CommandLine.SucceedAsync("run", "--resume", _folder["part"], "--json");
        Assert.Equal(part.Output, resumed.Output);
    }

    /// <summary>Samples that errored are counted as in the run of one process, and a part that is resumed asks them again.</summary>
    [Fact]
    public async Task Parts_WithErroredSamples_AreJoinedAsTheyAre()
    {
        Fill();
        TinyData.WriteAnswers(_folder, "answers.jsonl", i => i == 4 ? null : $"{2 * i}");
        CommandLineResult one = await CommandLine.RunAsync(Run("one"));
        Assert.Equal((int)ExitCode.SamplesErrored, one.ExitCode);
        int[] codes = new int[2];
        for (int number = 1; number <= 2; number++)
            codes[number - 1] = (await CommandLine.RunAsync(Run($"parts/{number}", "--shard", $"{number}/2"))).ExitCode;
        Assert.Equal([0, (int)ExitCode.SamplesErrored], codes);
        CommandLineResult joined = await CommandLine.RunAsync("merge", _folder["parts"], "--output", _folder["whole"]);
        Assert.Equal((int)ExitCode.SamplesErrored, joined.ExitCode);
        RunComparison.AssertEqual(_folder["one"], _folder["whole"]);
        Assert.Equal((int)ExitCode.SamplesErrored, (await CommandLine.RunAsync("run", "--resume", _folder["parts/2"], "--quiet")).ExitCode);
    }

    /// <summary>What is there so far is shown while parts are missing or at work, and says everywhere that it is not all.</summary>
    [Fact]
    public async Task Partial_SomeParts_ShowsWhatIsThere()
    {
        Fill();
        for (int number = 1; number <= 3; number++)
            await CommandLine.SucceedAsync(Run($"parts/{number}", "--shard", $"{number}/4"));
        string manifest = _folder["parts/3/manifest.json"];
        await File.WriteAllTextAsync(
            manifest, (await File.ReadAllTextAsync(manifest)).Replace("\"end\": \"finished\"", "\"end\": null", StringComparison.Ordinal));
        int[] documents = [.. Enumerable.Range(1, 3).Select(n => RowsOf($"parts/{n}"))];
        string said = $"partial: {documents.Sum()} of 6 documents, 2 of 4 parts are finished; these are no results of the run";
        CommandLineResult table = await CommandLine.SucceedAsync("show", _folder["parts"], "--partial");
        Assert.Equal(said, table.Output.Split('\n')[0]);
        CommandLineResult markdown = await CommandLine.SucceedAsync(
            "show", _folder["parts/1"], _folder["parts/2"], "--partial", "--markdown");
        Assert.StartsWith($"**partial: {documents[0] + documents[1]} of 6 documents, ", markdown.Output, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse((await CommandLine.SucceedAsync("show", _folder["parts"], "--partial", "--json")).Output)!;
        Assert.Equal(documents.Sum(), (int)json["evalharness"]!["partial"]!["documents"]!);
        Assert.Equal(1.0, (double)json["results"]!["tiny"]!["exact_match,none"]!);
        Assert.Equal((int)ExitCode.Usage, (await CommandLine.RunAsync("show", _folder["parts/1"], _folder["parts/2"])).ExitCode);
        CommandLineResult whole = await CommandLine.RunAsync("merge", _folder["parts"], "--output", _folder["whole"]);
        Assert.Equal((int)ExitCode.MergeRefused, whole.ExitCode);
    }

    private int RowsOf(string part) => File.ReadAllLines(_folder[$"{part}/responses.jsonl"]).Length;

    /// <summary>A merge that was cut off while it moved its files is begun again.</summary>
    [Fact]
    public async Task Merge_AfterOneThatWasCutOff_WritesTheRun()
    {
        Fill();
        await CommandLine.SucceedAsync(Run("one"));
        for (int number = 1; number <= 2; number++)
            await CommandLine.SucceedAsync(Run($"whole/parts/{number}", "--shard", $"{number}/2"));
        await CommandLine.SucceedAsync("merge", _folder["whole/parts"], "--output", _folder["whole"]);
        Directory.CreateDirectory(_folder["whole/merging"]);
        File.Move(_folder["whole/manifest.json"], _folder["whole/merging/manifest.json"]);
        File.Delete(_folder["whole/results.json"]);
        await CommandLine.SucceedAsync("merge", _folder["whole/parts"], "--output", _folder["whole"]);
        RunComparison.AssertEqual(_folder["one"], _folder["whole"]);
        Assert.False(Directory.Exists(_folder["whole/merging"]));
    }

    /// <summary>The line that names a missing part has a command that computes it.</summary>
    [Fact]
    public async Task Merge_MissingPart_CommandComputesIt()
    {
        Fill();
        await CommandLine.SucceedAsync(Run("one"));
        await CommandLine.SucceedAsync(Run("whole/1", "--shard", "1/2"));
        CommandLineResult refused = await CommandLine.RunAsync("merge", _folder["whole"], "--output", _folder["whole"]);
        string[] command = refused.ErrorLine.Split(" with: evalharness ")[1].Split(' ');
        await CommandLine.SucceedAsync([.. command[..^1], _folder["whole/2"], "--quiet"]);
        await CommandLine.SucceedAsync("merge", _folder["whole"], "--output", _folder["whole"]);
        RunComparison.AssertEqual(_folder["one"], _folder["whole"]);
        // The parts lie in the folder of the whole run, and are found there again.
        await CommandLine.SucceedAsync("merge", _folder["whole"], "--output", _folder["again"]);
    }

    [Fact]
    public async Task Merge_WithLmEvalOutput_WritesItOnce()
    {
        Fill();
        string[] layout = ["--lm-eval-output", _folder["lm-eval"]];
        for (int number = 1; number <= 2; number++)
            await CommandLine.SucceedAsync(Run($"parts/{number}", ["--shard", $"{number}/2", .. layout]));
        Assert.False(Directory.Exists(_folder["lm-eval"]));
        await CommandLine.SucceedAsync("merge", _folder["parts"], "--output", _folder["whole"]);
        string samples = Assert.Single(Directory.GetFiles(_folder["lm-eval"], "samples_*.jsonl", SearchOption.AllDirectories));
        Assert.Equal(6, File.ReadAllLines(samples).Length);
        Assert.Single(Directory.GetFiles(_folder["lm-eval"], "results_*.json", SearchOption.AllDirectories));
    }
}
