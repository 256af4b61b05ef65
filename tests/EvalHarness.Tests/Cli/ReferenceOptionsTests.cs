using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Cli;

/// <summary>Options that people have in lm-evaluation-harness: each of them has an effect, and is kept where a run is continued.</summary>
public sealed class ReferenceOptionsTests : IDisposable
{
    private static readonly string TinyModel = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private readonly TemporaryFolder _folder = new();

    public ReferenceOptionsTests() => TinyData.Fill(_folder);

    public void Dispose() => _folder.Dispose();

    private Task<CommandLineResult> RunAsync(params string[] more) => CommandLine.SucceedAsync(TinyData.Run(_folder, more));

    private JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(_folder[$"run/{file}"]))!;

    private RunOptions Options => new RunFolder(_folder["run"]).ReadManifest().Options;

    private async Task<IReadOnlyList<SampleRow>> SamplesAsync(string task = "tiny") =>
        await new RunFolder(_folder["run"]).ReadSamplesAsync(task, CancellationToken.None);

    /// <summary>The share is rounded up: a sixth of six documents and a little more is two.</summary>
    [Theory]
    [InlineData("0.1", 1)]
    [InlineData("0.17", 2)]
    [InlineData("0.5", 3)]
    [InlineData("0.99", 6)]
    [InlineData("4", 4)]
    public async Task Limit_BelowOne_IsAShareOfTheDocuments(string limit, int documents)
    {
        await RunAsync("--limit", limit);
        Assert.Equal(Enumerable.Range(0, documents).Select(i => (long)i), (await SamplesAsync()).Select(s => s.DocumentId));
        Assert.Equal(limit, Read("manifest.json")["options"]!["limit"]!.ToJsonString());
        Assert.Equal(limit, Read("results.json")["config"]!["limit"]!.ToJsonString());
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"], "--limit", limit);
    }

    /// <summary>The fourth seed draws the shots, and the first two decide nothing: 0,1234,1234,1234 is the default.</summary>
    [Theory]
    [InlineData("0,1234,1234,1234", true)]
    [InlineData("5,6,1234", true)]
    [InlineData("None", true)]
    [InlineData("1234,1234,1234,7", false)]
    [InlineData("7", false)]
    public async Task Seed_OfFour_DecidesWhatTheReferenceSaysItDecides(string seed, bool same)
    {
        TinyData.WriteShard(_folder["data"], "train-00000-of-00001.parquet", Enumerable.Range(10, 40).Select(TinyData.MakeRow));
        string[] shots = ["--num-fewshot", "2", "--write-out"];
        string usual = (await RunAsync(shots)).Output, seeded = (await RunAsync([.. shots, "--seed", seed])).Output;
        Assert.Equal(same, usual == seeded);
        RunOptions Of(string text) =>
            RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { ["--seed"] = [text] }, earlier: null);
        Assert.Equal(same, Of(seed).Hash() == Of("1234").Hash());
    }

    /// <summary>The third seed draws sampled tokens: it decides the seed of each request, and is part of the run's identity.</summary>
    [Theory]
    [InlineData("0,1234,1234,1234", true)]
    [InlineData("5,6,1234,7", true)]
    [InlineData("0,1234,8,1234", false)]
    public void Seed_OfTorch_DrawsSampledTokens(string seeds, bool same)
    {
        Assert.Equal(same, RequestSeed(seeds) == RequestSeed("1234"));
        RunOptions options = RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { ["--seed"] = [seeds] }, earlier: null);
        Assert.Equal(seeds == "0,1234,1234,1234", options.Hash() == RunOptions.Of(RunConfiguration.None, earlier: null).Hash());
    }

    private long RequestSeed(string seeds)
    {
        RunOptions options = RunOptions.Of(new Dictionary<string, IReadOnlyList<string>> { ["--seed"] = [seeds] }, earlier: null);
        TaskRun run = TaskCatalog.Load([_folder["tasks"]]).Select(["tiny"]).Runs(options)[0];
        var document = new Document(new Dictionary<string, object?> { ["question"] = "a", ["answer"] = "b" });
        return Assert.IsType<GenerateRequest>(new PromptBuilder(run).Prepare(new NumberedDocument(0, document)).Requests[0]).Seed;
    }

    [Fact]
    public async Task Manifest_OfAnEarlierVersion_IsRead()
    {
        await RunAsync();
        string manifest = await File.ReadAllTextAsync(_folder["run/manifest.json"]);
        Assert.Contains("\"seed\": 1234", manifest, StringComparison.Ordinal);
        Assert.Contains("\"apply_chat_template\": false", manifest, StringComparison.Ordinal);
        Assert.Equal("1234", Options.Seed);
        await File.WriteAllTextAsync(
            _folder["run/manifest.json"],
            manifest.Replace("\"apply_chat_template\": false", "\"apply_chat_template\": true", StringComparison.Ordinal));
        Assert.True(Options.ApplyChatTemplate);
        Assert.Null(Options.ChatTemplateName);
    }

    [Fact]
    public async Task ChatTemplate_ByName_WritesThePrompts()
    {
        foreach (string file in Directory.GetFiles(TinyModel))
            File.Copy(file, Path.Combine(Directory.CreateDirectory(_folder["model"]).FullName, Path.GetFileName(file)));
        _folder.Write("model/chat_template.jinja", "usual: {{ messages[0]['content'] }}");
        _folder.Write("model/additional_chat_templates/loud.jinja", "loud: {{ messages[0]['content'] }}");
        string[] run =
        [
            "run", "--model", _folder["model"], "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
            "--limit", "1", "--output",
        ];
        await CommandLine.SucceedAsync([.. run, _folder["run"], "--apply_chat_template", "loud"]);
        Assert.StartsWith("loud: ", (await SamplesAsync())[0].Context, StringComparison.Ordinal);
        Assert.Equal("loud", Options.ChatTemplateName);
        CommandLineResult other = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--apply-chat-template");
        Assert.Contains("--apply-chat-template differs: the run had loud, now it is true", other.ErrorLine, StringComparison.Ordinal);

        CommandLineResult none = await CommandLine.RunAsync([.. run, _folder["other"], "--apply-chat-template", "quiet"]);
        Assert.Equal((int)ExitCode.Model, none.ExitCode);
        Assert.Contains("has the chat templates default, loud; expected one of the name 'quiet'", none.ErrorLine, StringComparison.Ordinal);

        string lines = _folder.Write("lines.jsonl", """{"messages": [{"role": "user", "content": "a"}]}""");
        CommandLineResult shown = await CommandLine.SucceedAsync(
            "tokenizer", "template", "--model", _folder["model"], "--file", lines, "--apply-chat-template", "loud");
        Assert.Contains("loud: a", shown.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"version": 9, "max_seq_lengths": [4096]}""")]
    [InlineData("version=9,max_seq_lengths=[4096]")]
    public async Task Metadata_JoinsThatOfTheTasks(string metadata)
    {
        _folder.Write("tasks/tiny.yaml", TinyData.Task + "\nmetadata: {version: 1, own: kept}");
        await RunAsync();
        string before = new RunFolder(_folder["run"]).ReadManifest().Tasks[0].Sha256;
        Directory.Delete(_folder["run"], recursive: true);
        await RunAsync("--metadata", metadata);
        JsonNode results = Read("results.json");
        Assert.Equal(
            """{"version":9,"own":"kept","max_seq_lengths":[4096]}""",
            SortedLikeTheFile(results["configs"]!["tiny"]!["metadata"]!.AsObject()));
        Assert.Equal("9", results["versions"]!["tiny"]!.ToJsonString());
        Assert.Equal("""{"max_seq_lengths":[4096],"version":9}""", results["config"]!["metadata"]!.ToJsonString());
        Assert.Equal("""{"max_seq_lengths":[4096],"version":9}""", Options.Metadata);
        // The task's own definition is the same, and the option is part of the run's identity.
        Assert.Equal(before, new RunFolder(_folder["run"]).ReadManifest().Tasks[0].Sha256);
        CommandLineResult other = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--metadata", "version=10");
        Assert.Equal((int)ExitCode.ResumeRefused, other.ExitCode);
    }

    private static string SortedLikeTheFile(JsonObject metadata)
    {
        string[] keys = ["version", "own", "max_seq_lengths"];
        return new JsonObject(keys.Select(key => KeyValuePair.Create(key, metadata[key]?.DeepClone()))).ToJsonString();
    }

    [Fact]
    public async Task WriteOut_PrintsTheFirstPromptAndLoadsNoModel()
    {
        CommandLineResult result = await CommandLine.SucceedAsync(
            "run", "--tasks", "tiny", "--include_path", _folder["tasks"], "--datasets", _folder["data"], "--write_out",
            "--output", _folder["run"]);
        Assert.Equal(
            "task tiny, document 0, 0 shots; the prompt begins on the next line\nQ: What is 0 + 0?\nA:\n"
            + "the prompt ended on the line before; the target begins on the next line\n0\nthe target ended on the line before\n\n",
            result.Output);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    [Fact]
    public async Task PredictOnly_SavesAnswersAndGradesNothing()
    {
        CommandLineResult result = await RunAsync("--predict_only", "--lm-eval-output", _folder["theirs"]);
        Assert.Contains("were not graded (--predict-only)", result.Output, StringComparison.Ordinal);
        IReadOnlyList<SampleRow> samples = await SamplesAsync();
        Assert.Equal((6, 0), (samples.Count, samples[3].Scores.Count));
        SampleAnswers answers = Assert.Single(samples[3].Answers);
        Assert.Equal(("none", "6"), (answers.Filter, Assert.Single(answers.Answers)));
        JsonNode results = Read("results.json");
        Assert.Equal(["name", "alias", "sample_len"], results["results"]!["tiny"]!.AsObject().Select(r => r.Key));
        Assert.True((bool)results["evalharness"]!["predict_only"]!);
        string lines = Directory.GetFiles(_folder["theirs"], "samples_*.jsonl", SearchOption.AllDirectories).Single();
        JsonNode line = JsonNode.Parse(File.ReadLines(lines).ElementAt(3))!;
        Assert.Equal("""["6"]""", line["filtered_resps"]!.ToJsonString());
        Assert.Equal("[]", line["metrics"]!.ToJsonString());
    }

    /// <summary>A run without scores is no regression, and is not fine either.</summary>
    [Fact]
    public async Task PredictOnly_ComparedOrJudged_IsSaidToHaveNoScores()
    {
        await RunAsync("--predict-only");
        string[] graded = TinyData.Run(_folder);
        graded[Array.IndexOf(graded, _folder["run"])] = _folder["graded"];
        await CommandLine.SucceedAsync(graded);
        CommandLineResult compared = await CommandLine.RunAsync("compare", _folder["graded"], _folder["run"]);
        Assert.Equal((int)ExitCode.Incomparable, compared.ExitCode);
        Assert.Contains("run: the answers are saved and were not graded (--predict-only)", compared.ErrorLine, StringComparison.Ordinal);

        string rules = _folder.Write("rules.yaml", "rules: [{task: tiny, max_drop: 1}, {task: tiny, min: 0.5}]\ninconclusive: fail");
        CommandLineResult judged = await CommandLine.RunAsync("gate", "--rules", rules, _folder["graded"], _folder["run"]);
        Assert.Equal((int)ExitCode.Inconclusive, judged.ExitCode);
        Assert.Contains("2 inconclusive", judged.Output, StringComparison.Ordinal);
        Assert.Contains("were not graded (--predict-only)", judged.Output, StringComparison.Ordinal);
        Assert.Contains("exact_match", (await CommandLine.SucceedAsync("history", _folder.Path)).Output, StringComparison.Ordinal);
    }

    /// <summary>Code that a model wrote is not run where nothing is graded, so it needs no permission.</summary>
    [Fact]
    public async Task PredictOnly_OfACodeTask_NeedsNoPermission()
    {
        await CommandLine.SucceedAsync(
            "run", "--model", TinyModel, "--tasks", "quick_humaneval", "--limit", "1", "--predict-only", "--output", _folder["run"]);
        Assert.Single(await SamplesAsync("quick_humaneval"));
    }

    /// <summary>What is written beside the run folder belongs to the run, and so a resumed run writes it too.</summary>
    [Fact]
    public async Task LmEvalOutput_OfAResumedRun_IsWritten()
    {
        TinyData.WriteAnswers(_folder, "answers.jsonl", i => $"{2 * i}");
        await RunAsync("--lm-eval-output", _folder["theirs"]);
        Assert.Equal(_folder["theirs"], Options.LmEvalOutput);
        Directory.Delete(_folder["theirs"], recursive: true);
        File.Delete(_folder["run/results.json"]);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.Single(Directory.GetFiles(_folder["theirs"], "results_*.json", SearchOption.AllDirectories));
        Assert.Single(Directory.GetFiles(_folder["theirs"], "samples_tiny_*.jsonl", SearchOption.AllDirectories));
        // Finished, it computes and writes nothing again.
        string said = (await CommandLine.SucceedAsync("run", "--resume", _folder["run"])).Error;
        Assert.Contains("is finished already", said, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder["theirs"], "results_*.json", SearchOption.AllDirectories));
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"], "--lm-eval-output", _folder["again"]);
        Assert.Single(Directory.GetFiles(_folder["again"], "results_*.json", SearchOption.AllDirectories));
        Assert.Equal(_folder["again"], Options.LmEvalOutput);
    }
}
