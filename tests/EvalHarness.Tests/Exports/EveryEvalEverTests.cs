using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Exports;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.LmEval;
using Json.Schema;

namespace EvalHarness.Tests.Exports;

/// <summary>Records of a run of the embedded model, held against Every Eval Ever's own schemas (MIT, in the folder Schemas).</summary>
public sealed class EveryEvalEverTests(EveryEvalEverTests.Exported exported) : IClassFixture<EveryEvalEverTests.Exported>, IDisposable
{
    private static readonly string Schemas = Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "Exports", "Schemas");

    /// <summary>Of some of these the schemas demand nothing, and readers want them.</summary>
    private static readonly Dictionary<string, string> Row = new()
    {
        ["schema_version"] = "text",
        ["evaluation_id"] = "text",
        ["model_id"] = "text",
        ["evaluation_name"] = "text",
        ["evaluation_result_id"] = "text",
        ["sample_id"] = "text",
        ["sample_hash"] = "text",
        ["interaction_type"] = "text",
        ["input"] = "map",
        ["output"] = "map",
        ["answer_attribution"] = "list",
        ["evaluation"] = "map",
        ["token_usage"] = "map",
        ["performance"] = "map",
        ["metadata"] = "map",
    };

    private readonly TemporaryFolder _folder = new();

    private static string Model => Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private static readonly Evaluator Us = new() { Organization = "Test", Relationship = EvaluatorRelationship.ThirdParty };

    private string Data => exported.Folder["out/every-eval-ever/data"];

    private static Task<CommandLineResult> RunAsync(string folder, params string[] more) => CommandLine.SucceedAsync(
        ["run", "--model", Model, "--tasks", "quick_mmlu,quick_gsm8k", "--limit", "3", "--output", folder, "--quiet", .. more]);

    private static Task<ExportSummary> ExportAsync(string output, params string[] runs) => RunExport.WriteAsync(
        [.. runs.Select(run => FinishedRun.Read(RunFolder.Open(run)))], output, Us, new FixedTime(), CancellationToken.None);

    /// <summary>A run of the embedded model with its records, made once.</summary>
    public sealed class Exported : IAsyncLifetime, IDisposable
    {
        internal TemporaryFolder Folder { get; } = new();

        internal ExportSummary? Summary { get; private set; }

        public async Task InitializeAsync()
        {
            await RunAsync(Folder["run"], "--model-id", "org/tiny");
            Summary = await ExportAsync(Folder["out"], Folder["run"]);
        }

        public Task DisposeAsync() => Task.CompletedTask;

        public void Dispose() => Folder.Dispose();
    }

    /// <summary>The records of a task by filter, each with its samples.</summary>
    private List<(JsonNode Log, JsonNode[] Rows)> Records(string name) =>
    [
        .. Directory.GetFiles(Path.Combine(Data, name), "*.json", SearchOption.AllDirectories)
            .Select(file => (
                JsonNode.Parse(File.ReadAllText(file))!,
                File.Exists(Samples(file)) ? File.ReadLines(Samples(file)).Select(line => JsonNode.Parse(line)!).ToArray() : [])),
    ];

    private static string Samples(string file) => Path.ChangeExtension(file, null) + "_samples.jsonl";

    private static void AssertFits(JsonSchema schema, JsonNode record)
    {
        EvaluationResults found = schema.Evaluate(
            JsonSerializer.SerializeToElement(record), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(found.IsValid, record.ToJsonString() + "\n" + string.Join('\n', (found.Details ?? [])
            .Where(d => d.Errors is not null)
            .Select(d => $"{d.InstanceLocation}: {string.Join(", ", d.Errors!)}")));
    }

    [Fact]
    public async Task Records_OfARun_FitTheSchemasAndEachOther()
    {
        var aggregate = JsonSchema.FromText(await File.ReadAllTextAsync(Path.Combine(Schemas, "eval.schema.json")));
        var instance = JsonSchema.FromText(await File.ReadAllTextAsync(Path.Combine(Schemas, "instance_level_eval.schema.json")));
        string[] files = Directory.GetFiles(Data, "*.json", SearchOption.AllDirectories);
        // 13 tasks and their group with one score, and one task with two filters.
        Assert.Equal((16, 16), (files.Length, exported.Summary!.Records));
        Assert.Empty(Directory.GetFiles(exported.Folder["out"], "*.tmp", SearchOption.AllDirectories));
        foreach (string file in files)
        {
            JsonNode log = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
            AssertFits(aggregate, log);
            Assert.Matches(
                @"^[^/]+/org/tiny/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.json$",
                Path.GetRelativePath(Data, file).Replace('\\', '/'));
            Assert.Equal(Path.GetRelativePath(Data, file).StartsWith("quick_mmlu" + Path.DirectorySeparatorChar, StringComparison.Ordinal),
                !File.Exists(Samples(file)));
            if (log["detailed_evaluation_results"] is not { } detail)
                continue;
            byte[] bytes = await File.ReadAllBytesAsync(Samples(file));
            JsonNode[] rows = [.. File.ReadLines(Samples(file)).Select(line => JsonNode.Parse(line)!)];
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), (string)detail["checksum"]!);
            Assert.Equal((3, 3), (rows.Length, (int)detail["total_rows"]!));
            Assert.EndsWith((string)detail["file_path"]!, Samples(file).Replace('\\', '/'), StringComparison.Ordinal);
            foreach (JsonNode row in rows)
            {
                AssertFits(instance, row);
                JsonShape.AssertHas("row", row, Row);
                Assert.Equal((string)log["evaluation_id"]!, (string)row["evaluation_id"]!);
                Assert.Equal(
                    (string)log["evaluation_results"]![0]!["evaluation_result_id"]!, (string)row["evaluation_result_id"]!);
            }
        }
    }

    /// <summary>The schemas refuse what is wrong, so that the test above can fail.</summary>
    [Fact]
    public async Task Schemas_RefuseOtherRecords()
    {
        var aggregate = JsonSchema.FromText(await File.ReadAllTextAsync(Path.Combine(Schemas, "eval.schema.json")));
        foreach (Action<JsonNode> damage in (Action<JsonNode>[])
            [
                log => log["more"] = 1,
                log => log["source_metadata"]!["evaluator_relationship"] = "friend",
                log => log["evaluation_results"]![0]!["metric_config"]!.AsObject().Remove("max_score"),
                log => log["model_info"]!["additional_details"]!.AsObject().Remove("deployment_type"),
            ])
        {
            JsonNode log = Records("quick_gsm8k")[0].Log;
            damage(log);
            Assert.False(aggregate.Evaluate(JsonSerializer.SerializeToElement(log)).IsValid);
        }
    }

    [Fact]
    public void Record_OfCompletions_HasScoreIntervalAndAnswers()
    {
        ScoreRow score = FinishedRun.Read(RunFolder.Open(exported.Folder["run"])).Report.Rows.Single(r => r.Filter == "strict-match");
        (JsonNode log, JsonNode[] rows) = Records("quick_gsm8k")
            .Single(r => (string)r.Log["evaluation_results"]![0]!["evaluation_name"]! == "quick_gsm8k/strict-match");
        JsonNode result = log["evaluation_results"]![0]!;
        Assert.Equal("third_party", (string)log["source_metadata"]!["evaluator_relationship"]!);
        Assert.Equal("self_deployed", (string)log["model_info"]!["additional_details"]!["deployment_type"]!);
        Assert.Equal("int4", (string)log["model_info"]!["additional_details"]!["dtype"]!);
        Assert.Equal("onnxruntime-genai", (string)log["model_info"]!["inference_engine"]!["name"]!);
        Assert.Equal(
            ("exact_match", "proportion", false, 0.0, 1.0),
            ((string)result["metric_config"]!["metric_id"]!, (string)result["metric_config"]!["metric_unit"]!,
                (bool)result["metric_config"]!["lower_is_better"]!, (double)result["metric_config"]!["min_score"]!,
                (double)result["metric_config"]!["max_score"]!));
        JsonNode interval = result["score_details"]!["uncertainty"]!["confidence_interval"]!;
        Assert.Equal(
            (score.Value, score.Interval!.Value.Low, score.Interval!.Value.High, 0.95, 3),
            ((double)result["score_details"]!["score"]!, (double)interval["lower"]!, (double)interval["upper"]!,
                (double)interval["confidence_level"]!, (int)result["score_details"]!["uncertainty"]!["num_samples"]!));
        Assert.Equal(score.Value!.Value, rows.Average(r => (double)r["evaluation"]!["score"]!), 12);
        Assert.Equal(0, (double)result["generation_config"]!["generation_args"]!["temperature"]!);
        foreach (JsonNode row in rows)
        {
            Assert.Equal((double)row["evaluation"]!["score"]! == 1, (bool)row["evaluation"]!["is_correct"]!);
            Assert.Equal("strict-match", (string)Assert.Single(row["answer_attribution"]!.AsArray())!["extraction_method"]!);
            Assert.NotEmpty((string)row["output"]!["raw"]![0]!);
            JsonNode tokens = row["token_usage"]!;
            Assert.Equal((int)tokens["total_tokens"]!, (int)tokens["input_tokens"]! + (int)tokens["output_tokens"]!);
            Assert.InRange((int)tokens["output_tokens"]!, 1, 1000);
            Assert.True((double)row["performance"]!["latency_ms"]! > 0);
        }
    }

    /// <summary>The answer to choices is the likeliest one, and it is the reference where the document is right.</summary>
    [Fact]
    public void Record_OfChoices_NamesTheChosenOne()
    {
        JsonNode[] rows =
        [
            .. Directory.GetFiles(Data, "*_samples.jsonl", SearchOption.AllDirectories)
                .Where(file => !file.Contains("quick_gsm8k", StringComparison.Ordinal))
                .SelectMany(File.ReadLines)
                .Select(line => JsonNode.Parse(line)!),
        ];
        Assert.Equal(39, rows.Length);
        Assert.Contains(rows, row => (bool)row["evaluation"]!["is_correct"]!);
        foreach (JsonNode row in rows)
        {
            string[] choices = [.. row["input"]!["choices"]!.AsArray().Select(c => (string)c!)];
            string answer = (string)Assert.Single(row["output"]!["raw"]!.AsArray())!;
            Assert.Contains(answer, choices);
            Assert.Equal((bool)row["evaluation"]!["is_correct"]!, answer == (string)Assert.Single(row["input"]!["reference"]!.AsArray())!);
            Assert.Equal(0, (int)row["token_usage"]!["output_tokens"]!);
        }
    }

    [Fact]
    public async Task Export_Again_IsTheSameFiles()
    {
        Dictionary<string, string> before = Files();
        await ExportAsync(exported.Folder["out"], exported.Folder["run"]);
        Assert.Equal(before, Files());
    }

    private Dictionary<string, string> Files() => Directory.GetFiles(exported.Folder["out"], "*", SearchOption.AllDirectories)
        .ToDictionary(file => file, file => File.ReadAllText(file));

    /// <summary>A folder is no name for others; a finished run gets one without asking the model again.</summary>
    [Fact]
    public async Task Export_WithoutAName_IsRefusedUntilTheRunHasOne()
    {
        await RunAsync(_folder["run"]);
        EvalException refused = await Assert.ThrowsAsync<EvalException>(() => ExportAsync(_folder["out"], _folder["run"]));
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("--model-id ORG/NAME", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder["out"]));
        string answers = await File.ReadAllTextAsync(_folder["run/responses.jsonl"]);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"], "--model-id", "org/named", "--quiet");
        Assert.Equal(answers, await File.ReadAllTextAsync(_folder["run/responses.jsonl"]));
        Assert.Equal("org/named", (string)JsonNode.Parse(await File.ReadAllTextAsync(_folder["run/results.json"]))!["model_name"]!);
        Assert.Equal(16, (await ExportAsync(_folder["out"], _folder["run"])).Records);
    }

    /// <summary>Tasks of two configurations with two metrics, in two runs of one model.</summary>
    private async Task<string[]> TwoRunsAsync()
    {
        TinyData.Fill(_folder, TinyData.Task + "\nmetric_list:\n  - metric: exact_match\n  - metric: bleu\n");
        Directory.CreateDirectory(_folder["data/org/tiny/other"]);
        TinyData.WriteShard(_folder["more"], "test-00000-of-00001.parquet", Enumerable.Range(0, 5).Select(TinyData.MakeRow));
        File.Copy(
            _folder["more/org/tiny/main/test-00000-of-00001.parquet"], _folder["data/org/tiny/other/test-00000-of-00001.parquet"]);
        string other = (await File.ReadAllTextAsync(_folder["tasks/tiny.yaml"]))
            .Replace("task: tiny", "task: other", StringComparison.Ordinal)
            .Replace("dataset_name: main", "dataset_name: other", StringComparison.Ordinal);
        _folder.Write("tasks/other.yaml", other);
        foreach (string run in (string[])["first", "second"])
        {
            await CommandLine.SucceedAsync(TinyData.Run(_folder, "--model-id", "org/model", "--quiet", "--tasks", "other"));
            Directory.Move(_folder["run"], _folder[run]);
        }

        return [_folder["first"], _folder["second"]];
    }

    /// <summary>Rows of samples point to their record by its id.</summary>
    [Fact]
    public async Task Records_OfSeveralMetricsAndRuns_HaveIdsOfTheirOwn()
    {
        ExportSummary summary = await ExportAsync(_folder["out"], await TwoRunsAsync());
        Assert.Equal(8, summary.Records);
        JsonNode[] logs =
        [
            .. Directory.GetFiles(_folder["out"], "*.json", SearchOption.AllDirectories)
                .Select(file => JsonNode.Parse(File.ReadAllText(file))!),
        ];
        Assert.Equal(8, logs.Select(log => (string)log["evaluation_id"]!).Distinct().Count());
    }

    [Fact]
    public async Task Record_OfAConfiguration_HasTheShardsOfThatAlone()
    {
        string run = (await TwoRunsAsync())[0];
        await ExportAsync(_folder["out"], run);
        foreach (string task in (string[])["tiny", "other"])
        {
            string folder = Path.Combine(_folder["out"], "every-eval-ever", "data", task);
            string file = Directory.GetFiles(folder, "*.json", SearchOption.AllDirectories)[0];
            JsonNode result = JsonNode.Parse(await File.ReadAllTextAsync(file))!["evaluation_results"]![0]!;
            JsonNode more = result["source_data"]!["additional_details"]!;
            string config = (string)more["hf_config"]!;
            string shard = _folder[$"data/org/tiny/{config}/test-00000-of-00001.parquet"];
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(shard))), (string)more["shard_sha256"]!);
        }
    }

    /// <summary>An error of another filter is none of a score that there is; a flag names a choice as the grader takes it.</summary>
    [Fact]
    public void Row_WithAScore_HasNoErrorAndItsReference()
    {
        var run = new ExportedRun(FinishedRun.Read(RunFolder.Open(exported.Folder["run"])));
        ScoreRow score = run.Rows.First(r => r.Name != "quick_mmlu" && r.Metric == "acc");
        var rows = new EveryEvalEverRows(run, EveryEvalEver.LogOf(run, score, Us, DateTimeOffset.UnixEpoch), score);
        SampleRow sample = new SampleRow
        {
            Context = "Q",
            Continuations = [" no", " yes"],
            LogLikelihoods = [-2, -1],
            Error = "another filter failed",
            Scores = [new SampleScore("acc", "none", 1, null)],
        }.WithTarget(true);
        EveryEvalEverRow row = rows.Of(new ExportedSample(sample, " "))!;
        Assert.Null(row.Error);
        Assert.Equal((true, "yes"), (row.Evaluation.IsCorrect, Assert.Single(row.Input.Reference)));
        Assert.Equal("another filter failed", rows.Of(new ExportedSample(sample with { Scores = [] }, " "))!.Error);
    }

    /// <summary>Every run is exported at the same time.</summary>
    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }

    public void Dispose() => _folder.Dispose();
}
