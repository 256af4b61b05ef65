using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Running;

/// <summary>Runs of a task whose documents, prompts and scores come from Python beside its file.</summary>
public sealed class TaskPythonTests : IDisposable
{
    private const string Permission = "--allow-task-code";

    private const string Python = """
        def process_docs(dataset):
            return dataset.map(lambda row: {"twice": row["answer"] * 2})

        def text(doc):
            return f"Q: {doc['question']}\nA:"

        def process_results(doc, results):
            answer = results[0].strip()
            assert doc["twice"] == doc["answer"] * 2
            return {"right": float(answer == doc["answer"]), "pair": (answer, doc["answer"])}

        def share(items):
            return sum(given == right for given, right in items) / len(items)

        """;

    private const string Yaml = """
        task: tiny
        dataset_path: org/tiny
        dataset_name: main
        test_split: test
        process_docs: !function utils.process_docs
        doc_to_text: !function utils.text
        doc_to_target: answer
        process_results: !function utils.process_results
        metric_list:
          - {metric: right, aggregation: mean}
          - {metric: pair, aggregation: !function utils.share}
        """;

    private readonly TemporaryFolder _folder = new();

    public TaskPythonTests()
    {
        TinyData.Fill(_folder, Yaml);
        _folder.Write("tasks/utils.py", Python);
    }

    private static void RequireSandbox() => Skip.If(TestBackends.All.Count == 0, "no sandbox works on this machine");

    private string[] Run(string output, params string[] more) =>
    [
        "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
        "--datasets", _folder["data"], "--output", _folder[output], "--quiet", .. more,
    ];

    private JsonNode Results(string run) => JsonNode.Parse(File.ReadAllText(_folder[$"{run}/results.json"]))!["results"]!["tiny"]!;

    [SkippableFact]
    public async Task Check_WithPermission_CallsEachFunctionAndCountsWhatIsLeftByKind()
    {
        RequireSandbox();
        string Of(string name, string from = "", string to = "")
        {
            string own = Yaml.Replace("tiny", name, StringComparison.Ordinal);
            return from.Length == 0 ? own : own.Replace(from, to, StringComparison.Ordinal);
        }

        _folder.Write("tasks/made_up.yaml", Of("made_up"));
        _folder.Write("tasks/lacks.yaml", Of("lacks", "utils.share", "lacks.share"));
        _folder.Write("tasks/lacks.py", "import no_such_package\ndef share(items): return no_such_package.mean(items)\n");
        _folder.Write("tasks/absent.yaml", Of("absent", "utils.text", "utils.absent"));
        CommandLineResult result = await CommandLine.RunAsync(
            "tasks", "check", _folder["tasks"], "--datasets", _folder["data"], "--json", Permission);
        Assert.Equal((int)ExitCode.Task, result.ExitCode);
        JsonNode report = JsonNode.Parse(result.Output)!;
        JsonNode totals = report["totals"]!["tasks with !function"]!;
        Assert.Equal(
            [4, 2, 2, 0, 1, 1],
            ((string[])["number", "run", "in_the_box", "by_equivalents", "called_on_real_rows", "called_on_made_up_rows"])
                .Select(key => (int)totals[key]!));
        Assert.Equal(
            "{\"a function that its Python file does not have\":1,\"the module no_such_package\":1}",
            report["left_by_kind"]!.ToJsonString());
    }

    [Fact]
    public async Task Run_WithoutPermission_IsRefusedInOneLineThatNamesFileAndOption()
    {
        CommandLineResult refused = await CommandLine.RunAsync(Run("run"));
        Assert.Equal((int)ExitCode.Task, refused.ExitCode);
        Assert.Contains("doc_to_text: !function utils.text is Python (", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(
            "tasks/utils.py) without an equivalent here; allow it with --allow-task-code", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithoutConfinement_NeedsToBeConfirmed()
    {
        CommandLineResult refused = await CommandLine.RunAsync(Run("run", Permission, "--sandbox", "none"));
        Assert.Equal((int)ExitCode.Environment, refused.ExitCode);
        Assert.Contains("say --confirm-run-unsafe-code", refused.ErrorLine, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_ScoresWithThePythonOfTheTask_AndKeepsWhatRan()
    {
        RequireSandbox();
        await CommandLine.SucceedAsync(Run("run", Permission));
        Assert.Equal((5 / 6.0, 5 / 6.0), ((double)Results("run")["right,none"]!, (double)Results("run")["pair,none"]!));
        Manifest manifest = RunFolder.Open(_folder["run"]).ReadManifest();
        Assert.Equal("tasks/utils.py", Assert.Single(manifest.TaskCode!.Files).Name);
        Assert.Matches(@"^3\.\d+", manifest.TaskCode.Python);
        Assert.NotNull(manifest.Sandbox);
        Assert.Equal((0, 1234), (manifest.TaskCode.RandomSeed, manifest.TaskCode.NumPySeed));

        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        _folder.Write("tasks/utils.py", Python + "# changed\n");
        CommandLineResult refused = await CommandLine.RunAsync("run", "--resume", _folder["run"]);
        Assert.Equal((int)ExitCode.ResumeRefused, refused.ExitCode);
        Assert.Contains("task file tasks/utils.py differs", refused.ErrorLine, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_MetricsWithoutANumber_StandAsNotAvailable_AndAreSaid()
    {
        RequireSandbox();
        _folder.Write("tasks/utils.py", Python + "def share(items): return float('-inf')\n");
        File.AppendAllText(_folder["tasks/tiny.yaml"], "\n  - {metric: absent, aggregation: mean}\n");
        CommandLineResult run = await CommandLine.RunAsync([.. Run("run", Permission).Where(argument => argument != "--quiet")]);
        Assert.Equal((int)ExitCode.Success, run.ExitCode);
        Assert.Equal("N/A", (string?)Results("run")["pair,none"]);
        Assert.Contains(
            "task tiny: pair over 6 documents is infinite or not a number, and stands as n/a", run.Error, StringComparison.Ordinal);
        Assert.Contains(
            "task tiny: no document has a value of absent, which metric_list names", run.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Run_AggregationThatFails_IsOneLineThatNamesTheTaskFile()
    {
        RequireSandbox();
        _folder.Write("tasks/utils.py", Python + "def share(items): return None\n");
        CommandLineResult run = await CommandLine.RunAsync(Run("run", Permission));
        Assert.Equal((int)ExitCode.Task, run.ExitCode);
        Assert.EndsWith(
            "tiny.yaml:9: metric_list: utils.py: share returned None; expected a number", run.ErrorLine, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Parts_AreMergedWhereTheMergeMayAggregate()
    {
        RequireSandbox();
        await CommandLine.SucceedAsync(Run("whole", Permission));
        foreach (int part in (int[])[1, 2])
            await CommandLine.SucceedAsync(Run($"parts/{part}", Permission, "--batch-size", "1", "--shard", $"{part}/2"));
        string[] merge = ["merge", _folder["parts"], "--output", _folder["merged"], "--quiet"];
        CommandLineResult refused = await CommandLine.RunAsync(merge);
        Assert.Equal((int)ExitCode.Task, refused.ExitCode);
        Assert.Contains(
            "task tiny aggregates its scores with Python of its own; allow it with", refused.ErrorLine, StringComparison.Ordinal);
        await CommandLine.SucceedAsync([.. merge, Permission]);
        Assert.Equal(Results("whole").ToJsonString(), Results("merged").ToJsonString());
    }

    [SkippableFact]
    public async Task Documents_AndFirstPrompts_AreThoseOfThePython()
    {
        RequireSandbox();
        CommandLineResult documents = await CommandLine.SucceedAsync(
            "documents", "--task", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"], "--json", Permission);
        string[] lines = documents.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(6, lines.Length);
        Assert.Contains("\"twice\":\"1010\"", lines[5].Replace("\": ", "\":", StringComparison.Ordinal), StringComparison.Ordinal);
        CommandLineResult prompts = await CommandLine.SucceedAsync([.. Run("none", Permission), "--write-out"]);
        Assert.Contains("Q: What is 0 + 0?\nA:", prompts.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
