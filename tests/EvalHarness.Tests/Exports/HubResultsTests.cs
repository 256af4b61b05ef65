using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.Exports;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Exports;

/// <summary>Entries for the hub, of runs over a few rows that lie where a registered benchmark's do.</summary>
public sealed class HubResultsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static Evaluator Us { get; } = new() { Organization = "Test" };

    private async Task<ExportSummary> ExportAsync(Evaluator evaluator, params string[] more)
    {
        await RunAsync(more);
        return await WriteAsync(evaluator, "run");
    }

    private async Task RunAsync(params string[] more)
    {
        Fill();
        await CommandLine.SucceedAsync([.. TinyData.Run(_folder, "--model-id", "org/model", "--quiet"), .. more]);
    }

    /// <summary>The task "tiny" over the test split, and what else is given, in the place of the hub's GSM8K.</summary>
    private void Fill(string? task = null)
    {
        TinyData.Fill(_folder, (task ?? TinyData.Task).Replace("org/tiny", "openai/gsm8k", StringComparison.Ordinal));
        Directory.CreateDirectory(_folder["data/openai"]);
        Directory.Move(_folder["data/org/tiny"], _folder["data/openai/gsm8k"]);
    }

    private Task<ExportSummary> WriteAsync(Evaluator evaluator, params string[] runs) => RunExport.WriteAsync(
        [.. runs.Select(run => FinishedRun.Read(RunFolder.Open(_folder[run])))], _folder["out"], evaluator, TimeProvider.System,
        CancellationToken.None);

    /// <summary>As if the dataset had other rows beside those that the tasks of a run take from it.</summary>
    private void SetRows(int rows)
    {
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(_folder["run/manifest.json"]))!;
        manifest["datasets"]!.AsArray().Single(d => (string)d!["split"]! == "test")!["rows"] = rows;
        File.WriteAllText(_folder["run/manifest.json"], manifest.ToJsonString());
    }

    [Fact]
    public async Task Entry_OfAWholeBenchmark_HasItsIdsAndAPercentage()
    {
        ExportSummary summary = await ExportAsync(new Evaluator { Organization = "Test", SourceUrl = "https://example.org/run" });
        string file = Assert.Single(summary.HubFiles);
        Assert.EndsWith("/out/hub/org/model/.eval_results/gsm8k.yaml", file.Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Empty(summary.LeftOut);
        string day = FinishedRun.Read(RunFolder.Open(_folder["run"])).Manifest.Sessions[0].Started.UtcDateTime.ToString("yyyy-MM-dd", null);
        string[] lines = await File.ReadAllLinesAsync(file);
        Assert.Equal(
            [
                "- dataset:",
                "    id: openai/gsm8k",
                "    task_id: gsm8k",
                "  value: 83.3333333333",
                $"  date: {day}",
                "  source:",
                "    url: https://example.org/run",
                "    name: Test",
            ],
            lines.Take(8).Select(line => line.Replace("'", "", StringComparison.Ordinal)));
        Assert.Contains("task tiny; exact_match,none; 0 shots; no chat template", string.Join(' ', lines[8..]), StringComparison.Ordinal);
        Assert.Contains("95% interval", string.Join(' ', lines[8..]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_WithoutASource_HasNone() =>
        Assert.DoesNotContain(
            "source",
            await File.ReadAllTextAsync(Assert.Single((await ExportAsync(Us)).HubFiles)),
            StringComparison.Ordinal);

    /// <summary>The hub shows the number alone, and it would be taken for one of the whole benchmark.</summary>
    [Fact]
    public async Task Entry_OfSomeDocuments_IsLeftOutAndSaid()
    {
        ExportSummary summary = await ExportAsync(Us, "--limit", "4");
        Assert.Empty(summary.HubFiles);
        Assert.Contains(
            "4 documents were evaluated, and the benchmark has 6 rows", Assert.Single(summary.LeftOut), StringComparison.Ordinal);
    }

    /// <summary>A subject of a benchmark has all documents of its task, and not all rows of the benchmark.</summary>
    [Fact]
    public async Task Entry_OfATaskOverHalfTheRows_IsLeftOutAndSaid()
    {
        await RunAsync();
        SetRows(12);
        ExportSummary summary = await WriteAsync(Us, "run");
        Assert.Empty(summary.HubFiles);
        Assert.Contains("tiny is not written for the hub: 6 documents", Assert.Single(summary.LeftOut), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_OfAGroupWhoseTasksHaveHalfTheRowsEach_IsThatOfTheGroupAlone()
    {
        Fill();
        string task = (await File.ReadAllTextAsync(_folder["tasks/tiny.yaml"]))
            .Replace("task: tiny", "task: twin", StringComparison.Ordinal);
        _folder.Write("tasks/twin.yaml", task);
        _folder.Write("tasks/both.yaml", """
            group: both
            task: [tiny, twin]
            aggregate_metric_list:
              - metric: exact_match
            """);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--model-id", "org/model", "--quiet", "--tasks", "both"));
        SetRows(12);
        ExportSummary summary = await WriteAsync(Us, "run");
        string[] lines = await File.ReadAllLinesAsync(Assert.Single(summary.HubFiles));
        Assert.Single(lines, line => line.StartsWith("- dataset:", StringComparison.Ordinal));
        Assert.Contains("task both;", string.Join(' ', lines), StringComparison.Ordinal);
        Assert.Empty(summary.LeftOut);
    }

    [Fact]
    public async Task Entry_OfAnotherSplit_IsNone()
    {
        Fill(TinyData.Task.Replace("test_split: test", "test_split: train", StringComparison.Ordinal));
        _folder.Write("answers.jsonl", string.Join('\n', Enumerable.Range(10, 3).Select(
            i => $$"""{"context": "Q: What is {{i}} + {{i}}?\nA:", "response": "{{2 * i}}"}""")));
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--model-id", "org/model", "--quiet"));
        ExportSummary summary = await WriteAsync(Us, "run");
        Assert.Equal((1, 0, 0), (summary.Records, summary.HubFiles.Count, summary.LeftOut.Count));
    }

    /// <summary>Base and candidate of one repository are one model there, which has one value of a benchmark.</summary>
    [Fact]
    public async Task Entry_OfTwoRunsWithOneName_IsThatOfTheFirst()
    {
        await RunAsync();
        Directory.Move(_folder["run"], _folder["first"]);
        TinyData.WriteAnswers(_folder, "answers.jsonl", i => $"{2 * i}");
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--model-id", "org/model", "--quiet"));
        ExportSummary summary = await WriteAsync(Us, "first", "run");
        string[] lines = await File.ReadAllLinesAsync(Assert.Single(summary.HubFiles));
        Assert.Single(lines, line => line.StartsWith("- dataset:", StringComparison.Ordinal));
        Assert.Contains("  value: 83.3333333333", lines);
        string left = Assert.Single(summary.LeftOut);
        Assert.StartsWith($"{_folder["run"]}: tiny is not written for the hub", left, StringComparison.Ordinal);
        Assert.Contains("--model-id", left, StringComparison.Ordinal);
    }

    /// <summary>A score with an adapter is none of the model below it.</summary>
    [Fact]
    public async Task ModelReference_WithAnAdapter_IsNotThatOfTheModelBelow()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet"));
        Manifest plain = new RunFolder(_folder["run"]).ReadManifest();
        plain = plain with { Model = plain.Model with { Details = new ModelDetails { Id = "org/base" } } };
        Assert.Equal("org/base", ModelReference.IdOf(plain));
        EngineDescription model = plain.Model with
        {
            ModelName = "base+law",
            Adapter = new ModelFile("law.onnx_adapter", 1, ""),
        };
        Manifest adapted = plain with { Model = model };
        Assert.Null(ModelReference.IdOf(adapted));
        Assert.Equal(new ModelReference("base+law", "pretrained=org/base,peft=law.onnx_adapter"), ModelReference.Of(adapted));
        Assert.Equal("org/law", ModelReference.IdOf(adapted with { Options = adapted.Options with { ModelId = "org/law" } }));
    }

    /// <summary>A metric of a task's own may have another metric's name, and values beyond that metric's range.</summary>
    [Theory]
    [InlineData("f1", 0.75, true)]
    [InlineData("f1", 75, false)]
    [InlineData("pass@1", 0.5, true)]
    [InlineData("own", 0.5, false)]
    public void MetricKind_IsKnownWithinItsRangeAlone(string metric, double value, bool isKnown) => Assert.Equal(
        isKnown,
        MetricKind.Of(new ScoreRow
        {
            Name = "t",
            Alias = "t",
            Depth = 0,
            Filter = "none",
            Metric = metric,
            HigherIsBetter = true,
            Value = value,
            Count = 1,
            Errored = 0,
        }) is not null);

    [Theory]
    [InlineData("--relationship third_party", "--relationship needs --organization")]
    [InlineData("--organization Test --relationship friend", "expected first_party, third_party, collaborative, other")]
    [InlineData("--organization Test --source-url here", "--source-url here: expected an address that begins with https:// or http://")]
    [InlineData("--organization \t", "--organization: expected a name")]
    public async Task Receipt_OptionsThatSayNothing_AreRefused(string options, string said)
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet"));
        CommandLineResult result = await CommandLine.RunAsync(["receipt", _folder["run"], _folder["run"], .. options.Split(' ')]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
