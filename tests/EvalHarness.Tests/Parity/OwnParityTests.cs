using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;
using Parquet.Serialization;

namespace EvalHarness.Tests.Parity;

/// <summary>
/// Tasks of our own that use what MMLU and GSM8K do not, against what lm-evaluation-harness made of them (parity-*.json*): choices in
/// the question, several targets, mutual information, perplexities, corpus metrics, votes, groups of groups, chat templates.
/// </summary>
public sealed class OwnParityTests : IDisposable
{
    private const string Names =
        "parity,parity_likelihood,parity_rolling,parity_generate,parity_targets,parity_letters,parity_translate,parity_votes," +
            "parity_validation,parity_self,parity_drawn";

    private readonly TemporaryFolder _folder = new();

    private static string Here(string name) => Path.Combine(AppContext.BaseDirectory, "Parity", name);

    private static JsonNode Read(string name) => JsonNode.Parse(File.ReadAllText(Here(name)))!;

    internal sealed record Row
    {
        [JsonPropertyName("question")]
        public required string Question { get; init; }

        [JsonPropertyName("answer")]
        public required string Answer { get; init; }

        [JsonPropertyName("choices")]
        public required List<string> Choices { get; init; }

        [JsonPropertyName("label")]
        public required long Label { get; init; }

        [JsonPropertyName("labels")]
        public required List<long> Labels { get; init; }

        [JsonPropertyName("targets")]
        public required List<string> Targets { get; init; }

        [JsonPropertyName("text")]
        public required string Text { get; init; }

        [JsonPropertyName("category")]
        public required string Category { get; init; }
    }

    public OwnParityTests()
    {
        Directory.CreateDirectory(_folder["data/org/parity/main"]);
        foreach ((string split, JsonNode? rows) in Read("parity-data.json").AsObject())
        {
            using FileStream stream = File.Create(_folder[$"data/org/parity/main/{split}-00000-of-00001.parquet"]);
            ParquetSerializer.SerializeAsync(rows.Deserialize<List<Row>>()!, stream).GetAwaiter().GetResult();
        }
    }

    private Task<CommandLineResult> RunAsync(params string[] more) => CommandLine.SucceedAsync(
        [
            "run", "--model", $"replay:{Here("parity-requests.jsonl")}", "--tasks", Names, "--include-path", Here("tasks"),
            "--datasets", _folder["data"], "--output", _folder["run"], "--bootstrap-iters", "2000", "--quiet", .. more,
        ]);

    [Fact]
    public async Task Run_RecordedAnswers_GivesTheReferencesNumbers()
    {
        await RunAsync();
        JsonNode expected = Read("parity-results.json"), actual = JsonNode.Parse(File.ReadAllText(_folder["run/results.json"]))!;
        var wrong = new List<string>();
        int compared = 0;
        foreach (string block in (string[])["results", "groups"])
        {
            foreach ((string task, JsonNode? metrics) in expected[block]!.AsObject())
            {
                foreach ((string metric, JsonNode? value) in metrics!.AsObject().Where(m => m.Key.Contains(',', StringComparison.Ordinal)))
                {
                    compared++;
                    JsonNode? own = actual[block]![task]?[metric];
                    if (!Same(value, own))
                        wrong.Add($"{block} {task} {metric}: {value} there, {own} here");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(compared > 60, $"only {compared} numbers");
        Assert.Equal(Keys(expected["n-samples"]), Keys(actual["n-samples"]));
    }

    private static IEnumerable<string> Keys(JsonNode? node) => node!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal);

    /// <summary>
    /// Numbers agree to the last digit, except where the reference uses numpy's exp() or scikit-learn's older formula for f1.
    /// </summary>
    private static bool Same(JsonNode? expected, JsonNode? actual) => expected!.GetValueKind() == JsonValueKind.String
        ? actual?.GetValueKind() == JsonValueKind.String && (string?)expected == (string?)actual
        : actual?.GetValueKind() == JsonValueKind.Number
            && Math.Abs((double)expected - (double)actual) <= 4e-15 * Math.Abs((double)expected);

    [Fact]
    public async Task Run_LmEvalOutput_HasTheReferencesSamples()
    {
        await RunAsync("--lm-eval-output", _folder["lm-eval"]);
        int compared = 0;
        foreach ((string task, JsonNode? rows) in Read("parity-samples.json").AsObject())
        {
            string file = Assert.Single(Directory.GetFiles(_folder["lm-eval"], $"samples_{task}_2*.jsonl", SearchOption.AllDirectories));
            var own =
                File.ReadLines(file).Select(line => JsonNode.Parse(line)!).ToDictionary(s => ((int)s["doc_id"]!, (string)s["filter"]!));
            foreach (JsonNode? row in rows!.AsArray())
            {
                JsonNode sample = own[((int)row!["doc_id"]!, (string)row["filter"]!)];
                foreach (string hash in (string[])["doc_hash", "target_hash", "prompt_hash"])
                    Assert.True((string)row[hash]! == (string)sample[hash]!, $"{task} {row["doc_id"]} {hash}");
                foreach (JsonNode? metric in row["metrics"]!.AsArray().Where(m => (string)m! is not ("brier_score" or "f1" or "mcc")))
                {
                    Assert.True(
                        JsonNode.DeepEquals(row[(string)metric!], sample[(string)metric!])
                            || Same(row[(string)metric!], sample[(string)metric!]),
                        $"{task} {row["doc_id"]} {metric}: {row[(string)metric!]} there, {sample[(string)metric!]} here");
                    compared++;
                }
            }
        }

        Assert.True(compared > 500, $"only {compared}");
        string written = Assert.Single(Directory.GetFiles(_folder["lm-eval"], "results_*.json", SearchOption.AllDirectories));
        JsonNode results = JsonNode.Parse(File.ReadAllText(written))!;
        string[] keys =
        [
            "results", "groups", "group_subtasks", "configs", "versions", "n-shot", "higher_is_better", "n-samples", "config", "git_hash",
            "date",
        ];
        Assert.All(keys, key => Assert.True(results.AsObject().ContainsKey(key), key));
    }

    /// <summary>A script that knows nothing but the documented keys.</summary>
    [PythonFact]
    public async Task Run_LmEvalOutput_LoadsInAScript()
    {
        await RunAsync("--lm-eval-output", _folder["lm-eval"]);
        (int exitCode, string output, string error) = ExternalProgram.Run(
            PythonFactAttribute.Python,
            [Path.Combine(Shared.Repository, "tests", "EvalHarness.Tests", "Results", "read_lm_eval.py"), _folder["lm-eval"]]);
        Assert.True(exitCode == 0, error);
        Assert.Equal(16, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Prompts_WithChatTemplate_EqualTheReferences()
    {
        IReadOnlyList<TaskRun> tasks = TaskCatalog.Load([Here("tasks")]).Select([Names]).Runs(numFewShot: null, seed: 1234);
        var source = new FileDatasetSource(_folder["data"]);
        tasks = (await DocumentStore.LoadAsync(source, tasks, requirePinned: false, CancellationToken.None)).Tasks;
        foreach (IGrouping<string, JsonNode?> mode in Read("parity-chat.json").AsArray().GroupBy(line => (string)line!["mode"]!))
        {
            var chat = new ChatFormat
            {
                Apply = mode.Key != "system-only",
                Multiturn = mode.Key == "multiturn",
                SystemInstruction = mode.Key switch { "multiturn" => "Be brief.", "system-only" => "Be brief. ", _ => null },
            };
            static string Template(IReadOnlyList<ChatMessage> messages, bool open) => string.Concat(messages.Select(
                m => $"<|{m.Role}|>\n{(m.Role == "system" ? m.Content.Trim() : m.Content)}</s>\n")) + (open ? "<|assistant|>\n" : "");
            var builders = tasks.ToDictionary(
                t => t.Definition.Name,
                t => (Builder: new PromptBuilder(t, chat), Made: new List<PreparedDocument>()));
            foreach (JsonNode? line in mode)
            {
                TaskRun task = tasks.Single(t => t.Definition.Name == (string)line!["task"]!);
                (PromptBuilder builder, List<PreparedDocument> made) = builders[task.Definition.Name];
                for (int id = made.Count; id <= (int)line!["doc_id"]!; id++)
                    made.Add(builder.Prepare(task.Documents.ElementAt(id)));
                Request request = made[(int)line!["doc_id"]!].Requests[(int)line["idx"]!];
                Assert.Equal((string)line["context"]!, request.Prompt.Render(Template).Text);
                if (request is LogLikelihoodRequest likelihood)
                    Assert.Equal((string)line["continuation"]!, likelihood.Continuation);
            }
        }
    }

    public void Dispose() => _folder.Dispose();
}
