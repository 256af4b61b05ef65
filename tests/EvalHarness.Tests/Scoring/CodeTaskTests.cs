using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Sandbox;
using Parquet.Serialization;

namespace EvalHarness.Tests.Scoring;

/// <summary>Tasks that run code, in the datasets' schemas with rows of our own, from shard to verdicts.</summary>
[Trait("Speed", "slow")]
public sealed class CodeTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private sealed record MbppRow(
        [property: JsonPropertyName("task_id")] int TaskId,
        [property: JsonPropertyName("text")] string Text,
        [property: JsonPropertyName("code")] string Code,
        [property: JsonPropertyName("test_list")] List<string> Tests);

    private sealed record MultiPlERow(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("language")] string Language,
        [property: JsonPropertyName("prompt")] string Prompt,
        [property: JsonPropertyName("tests")] string Tests,
        [property: JsonPropertyName("stop_tokens")] List<string> StopTokens);

    private sealed record ProblemRow(
        [property: JsonPropertyName("prompt")] string Prompt,
        [property: JsonPropertyName("test")] string Test,
        [property: JsonPropertyName("entry_point")] string EntryPoint,
        [property: JsonPropertyName("canonical_solution")] string Solution);

    private async Task WriteAsync<T>(string shard, params T[] rows)
    {
        string path = Path.Combine(_folder["data"], shard);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using FileStream stream = File.Create(path);
        await ParquetSerializer.SerializeAsync(rows, stream);
    }

    private async Task<(IReadOnlyList<SampleRow> Rows, RunReport Report)> RunAsync(
        string task, IEnumerable<(string Context, string Response)> answers, params string[] more)
    {
        string file = _folder.Write(
            "answers.jsonl",
            string.Join('\n', answers.Select(a => new JsonObject { ["context"] = a.Context, ["response"] = a.Response }.ToJsonString())));
        await CommandLine.SucceedAsync(
        [
            "run", "--model", $"replay:{file}", "--datasets", _folder["data"], "--tasks", task, "--output", _folder["run"], "--quiet",
            .. more,
        ]);
        RunFolder run = RunFolder.Open(_folder["run"]);
        return (await run.ReadSamplesAsync(task, CancellationToken.None), run.ReadResults());
    }

    private static double Value(RunReport report, string key) => report.Rows.Single(r => r.Key == key).Value!.Value;

    [ToolFact("python3")]
    public async Task Mbpp_AssertLists_AreRun()
    {
        MbppRow Row(int id) =>
            new(
                id,
                $"Write a function that adds {id}.",
                $"def add(x):\r\n  return x + {id}",
                [$"assert add(1) == {1 + id}", $"assert add(2) == {2 + id}", $"assert add(3) == {3 + id}"]);
        await WriteAsync("google-research-datasets/mbpp/full/prompt-00000-of-00001.parquet", [.. Enumerable.Range(1, 10).Select(Row)]);
        await WriteAsync("google-research-datasets/mbpp/full/test-00000-of-00001.parquet", Row(11), Row(12), Row(13));
        string Question(int id) =>
            $"You are an expert Python programmer, and here is your task: Write a function that adds {id}. Your code should pass these " +
                $"tests:\n\nassert add(1) == {1 + id}\nassert add(2) == {2 + id}\nassert add(3) == {3 + id}\n[BEGIN]\n";
        string shots = string.Concat(Enumerable.Range(2, 3).Select(id => $"{Question(id)}def add(x):\r\n  return x + {id}\n[DONE]\n\n"));
        (IReadOnlyList<SampleRow> rows, RunReport report) = await RunAsync(
            "mbpp",
            [
                (shots + Question(11), "def add(x):\n    return x + 11"), (shots + Question(12), "def add(x):\n    return x"),
                (shots + Question(13), "def add(x):\n    while True: pass"),
            ],
            "--allow-code-execution");
        Assert.Equal(["passed"], rows[0].Verdicts);
        Assert.Equal(["failed_assertion"], rows[1].Verdicts);
        Assert.StartsWith("time_limit: more than 3 s of processor time", rows[2].Verdicts[0], StringComparison.Ordinal);
        Assert.Equal(1 / 3.0, Value(report, "pass@1,none"), 12);
    }

    [ToolFact("node")]
    public async Task MultiPlE_JavaScript_IsRun()
    {
        const string prompt = "//Double a number.\nfunction double_it(x){\n",
            tests =
                "const assert = require('node:assert');\n\nfunction test() {\n  let candidate = double_it;\n" +
                    "  assert.deepEqual(candidate(2),4);\n}\n\ntest();";
        await WriteAsync(
            "nuprl/MultiPL-E/humaneval-js/test-00000-of-00001.parquet",
            new MultiPlERow("a", "js", prompt, tests, ["\nfunction "]),
            new MultiPlERow("b", "js", "//b\n" + prompt, tests, ["\nfunction "]));
        (IReadOnlyList<SampleRow> rows, _) = await RunAsync(
            "multipl_e_humaneval_js", [(prompt, "  return 2 * x;\n}\n"), ("//b\n" + prompt, "  return x;\n}\n")], "--allow-code-execution");
        Assert.Equal(["passed"], rows[0].Verdicts);
        Assert.StartsWith("failed_assertion: Expected values to be loosely deep-equal", rows[1].Verdicts[0], StringComparison.Ordinal);
    }

    [ToolFact("dotnet")]
    public async Task MultiPlE_CSharp_IsRun()
    {
        const string prompt =
            "using System;\nusing System.Collections.Generic;\nusing System.Linq;\nusing System.Diagnostics;\nclass Problem {\n" +
                "    // Double a number.\n    public static long DoubleIt(long x) {\n";
        const string tests = "    }\n    public static void Main(string[] args) {\n    Debug.Assert(DoubleIt((2L)) == (4L));\n    }\n\n}\n";
        await WriteAsync(
            "nuprl/MultiPL-E/humaneval-cs/test-00000-of-00001.parquet",
            new MultiPlERow("a", "cs", prompt, tests, ["\n    }\n"]),
            new MultiPlERow("b", "cs", "//b\n" + prompt, tests, ["\n    }\n"]));
        (IReadOnlyList<SampleRow> rows, _) = await RunAsync(
            "multipl_e_humaneval_cs",
            [(prompt, "        return 2 * x;"), ("//b\n" + prompt, "        return x;")],
            "--allow-code-execution");
        Assert.Equal(["passed"], rows[0].Verdicts);
        Assert.Equal(["failed_assertion: DoubleIt((2L)) == (4L)"], rows[1].Verdicts);
        Assert.Contains(
            "csharp ", JsonNode.Parse(File.ReadAllText(_folder["run/manifest.json"]))!["sandbox"]!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>
    /// A dataset of one's own with prompt, test and entry_point, two samples a problem, a language file beside the task, and a reference
    /// solution that is slow.
    /// </summary>
    [ToolFact("python3")]
    public async Task OwnDataset_SeveralSamples_HasVerdictsAndPassAtK()
    {
        await WriteAsync("org/own/main/test-00000-of-00001.parquet", new ProblemRow(
            "def f(x):\n",
            "def check(c):\n    assert c(1) == 1",
            "f",
            "    import time\n    t = time.process_time()\n    while time.process_time() - t < 0.5: pass\n    return x"));
        _folder.Write("tasks/own.yaml", """
            include: humaneval.yaml
            task: own
            dataset_path: org/own
            dataset_name: main
            repeats: 3
            language: quick.yaml
            metric_list: [{metric: pass_at_k, k: [1, 2]}]
            """);
        _folder.Write("tasks/humaneval.yaml", File.ReadAllText(Path.Combine(
            Shared.Repository,
            "src",
            "EvalHarness",
            "Tasks",
            "BuiltIn",
            "humaneval.yaml")).Replace("task: humaneval", "task: humaneval_copy", StringComparison.Ordinal));
        _folder.Write("tasks/quick.yaml", "language: quick\nprogram: \"{{answer}}\\n{{tests}}\"\nlimits: {seconds: 1}");
        (IReadOnlyList<SampleRow> rows, RunReport report) = await RunAsync(
            "own",
            [
                ("def f(x):\n", "    import time\n    t = time.process_time()\n    while time.process_time() - t < 2: pass\n    return x"),
                ("def f(x):\n", "    return 2"),
                ("def f(x):\n", "    print('\\x1b[31m<b>' + '\\u202e')\n    raise ValueError('\\x1b]0;title\\x07<script>')"),
            ],
            "--allow-code-execution", "--include-path", _folder["tasks"]);
        // Two seconds are more than the language's one, and less than ten times the reference solution's half.
        Assert.Equal(["passed", "failed_assertion", "exception: ValueError: \u001b]0;title\u0007<script>"], rows[0].Verdicts);
        Assert.Equal(1 / 3.0, Value(report, "pass@1,create_test"), 12);
        Assert.Equal(2 / 3.0, Value(report, "pass@2,create_test"), 12);
        // What a program wrote moves no cursor and is no markup.
        string shown = (await CommandLine.SucceedAsync("show", _folder["run"], "--task", "own", "--doc", "0")).Output;
        Assert.Contains("exception: ValueError: \\u001b]0;title\\u0007<script>", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(shown, c => char.IsControl(c) && c is not ('\n' or '\t'));
    }

    /// <summary>
    /// A reference solution that does not pass says that tests and interpreter do not fit each other, so that nothing is known about the
    /// model's answer.
    /// </summary>
    [ToolFact("python3")]
    public async Task OwnDataset_ReferenceFails_IsErrored()
    {
        await WriteAsync(
            "openai/openai_humaneval/openai_humaneval/test-00000-of-00001.parquet",
            new ProblemRow("def f(x):\n", "def check(c):\n    assert c(1) == 1", "f", "    return 7"));
        string answers = _folder.Write("a.jsonl", JsonSerializer.Serialize(new { context = "def f(x):\n", response = "    return x" }));
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", $"replay:{answers}", "--datasets", _folder["data"], "--tasks", "humaneval", "--output", _folder["run"],
            "--allow-code-execution");
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        SampleRow row = (await RunFolder.Open(_folder["run"]).ReadSamplesAsync("humaneval", CancellationToken.None)).Single();
        Assert.Contains("the reference solution does not pass here: failed_assertion", row.Error, StringComparison.Ordinal);
    }

    [ToolFact("python3")]
    public async Task Sandbox_None_NeedsConsent()
    {
        await WriteAsync(
            "openai/openai_humaneval/openai_humaneval/test-00000-of-00001.parquet",
            new ProblemRow("def f(x):\n", "def check(c):\n    assert c(1) == 1", "f", "    return x"));
        string answers = _folder.Write("a.jsonl", JsonSerializer.Serialize(
            new { context = "def f(x):\n", response = "    import os\n    assert os.getcwd() != '/tmp'\n    return x" }));
        string[] run =
        [
            "run", "--model", $"replay:{answers}", "--datasets", _folder["data"], "--tasks", "humaneval", "--output", _folder["run"],
            "--sandbox", "none",
        ];
        CommandLineResult refused = await CommandLine.RunAsync([.. run, "--allow-code-execution"]);
        Assert.Equal((int)ExitCode.Environment, refused.ExitCode);
        Assert.Contains(
            "would run what the model wrote with your own rights, files and network; say --confirm-run-unsafe-code",
            refused.ErrorLine,
            StringComparison.Ordinal);
        await CommandLine.SucceedAsync([.. run, "--confirm-run-unsafe-code"]);
        SampleRow[] samples = [.. await RunFolder.Open(_folder["run"]).ReadSamplesAsync("humaneval", CancellationToken.None)];
        Assert.Equal(["passed"], samples[0].Verdicts);
        Assert.Contains(
            "nothing keeps programs from files and network", File.ReadAllText(_folder["run/manifest.json"]), StringComparison.Ordinal);
        CommandLineResult unknown = await CommandLine.RunAsync(
            "run", "--model", $"replay:{answers}", "--datasets", _folder["data"], "--tasks", "humaneval", "--sandbox", "chroot",
            "--allow-code-execution");
        Assert.Equal((int)ExitCode.Usage, unknown.ExitCode);
        Assert.Contains(
            "--sandbox chroot: expected auto, container:IMAGE, bwrap, unshare, container, none",
            unknown.ErrorLine,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
