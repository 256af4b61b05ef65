using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.Sandbox;

namespace EvalHarness.Tests.Parity;

/// <summary>
/// Tasks whose Python runs in the sandbox, against what lm-evaluation-harness made of the same rows: every prompt, every stop string,
/// every value of a document, and every figure. The task files of that program are not ours and are read from LMEVAL_TASKS.
/// </summary>
[Trait("Speed", "slow")]
public sealed class TaskCodeParityTests : IDisposable
{
    /// <summary>How far two numbers may lie apart, as a share of the number: numpy computes exp() otherwise on other processors.</summary>
    private const double Tolerance = 4e-15;

    private static readonly Lazy<bool> HasNumPy =
        new(() => ExternalProgram.Run(PythonFactAttribute.Python, ["-c", "import numpy"]).ExitCode == 0);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Own => [.. TaskCodeCase.Names.Where(TaskCodeCase.IsOwn)];

    public static TheoryData<string> Reference => [.. TaskCodeCase.Names.Where(name => !TaskCodeCase.IsOwn(name))];

    [Fact]
    public void Cases_AreOfManyTasksAndFolders()
    {
        TaskCodeCase[] cases = [.. TaskCodeCase.Names.Where(name => !TaskCodeCase.IsOwn(name)).Select(name => new TaskCodeCase(name))];
        Assert.True(cases.Select(c => c.Task).Distinct().Count() >= 50);
        Assert.True(cases.Select(c => c.RelativeFile.Split('/')[0]).Distinct().Count() >= 20);
        Assert.All(cases, c => Assert.NotEmpty(c.Prompts));
    }

    [SkippableTheory]
    [MemberData(nameof(Own))]
    public async Task OwnTask_GivesTheReferencesPromptsAndNumbers(string name) => await CompareAsync(new TaskCodeCase(name));

    [SkippableTheory]
    [MemberData(nameof(Reference))]
    public async Task ReferenceTask_GivesTheReferencesPromptsAndNumbers(string name)
    {
        Skip.If(TaskCodeCase.ReferenceTasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        await CompareAsync(new TaskCodeCase(name));
    }

    private async Task CompareAsync(TaskCodeCase expected)
    {
        Skip.If(PythonFactAttribute.Missing is not null, PythonFactAttribute.Missing);
        Skip.If(TestBackends.All.Count == 0, "needs a sandbox");
        Skip.If(expected.NeedsNumPy && !HasNumPy.Value, $"needs NumPy for {PythonFactAttribute.Python}");
        expected.WriteData(_folder["data"]);
        expected.WriteAnswers(_folder["answers.jsonl"]);
        string[] common = ["--datasets", _folder["data"], "--allow-task-code", .. expected.Shots];
        CommandLineResult run = await CommandLine.RunAsync(
        [
            "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", expected.TaskFile, "--output", _folder["run"],
            "--lm-eval-output", _folder["samples"], "--bootstrap-iters", "1000", "--quiet", .. common,
        ]);
        if (expected.Differs is { } reason)
        {
            Assert.True(run.ExitCode != 0 || Differences(expected).Count > 0, $"no longer differs, although {reason}: take the note away");
            return;
        }

        if (run.ExitCode != 0)
        {
            // Without an answer for its prompt a document errs, and what was asked is seen without a model.
            CommandLineResult documents =
                await CommandLine.RunAsync(["documents", "--task", expected.TaskFile, "--json", .. common]);
            IEnumerable<string> lines = documents.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            IEnumerable<string> wrong = expected.Prompts.Zip(lines.Select(line => JsonNode.Parse(line)!))
                .SelectMany(pair => Differences(pair.First, Contexts(pair.Second), TaskCodeCase.Texts(pair.Second, "continuations")));
            Assert.Fail($"exit code {run.ExitCode}: {run.Error}\n{string.Join('\n', wrong.Take(4))}");
        }

        List<string> differences = Differences(expected);
        Assert.True(differences.Count == 0, string.Join('\n', differences.Take(12)));
    }

    private List<string> Differences(TaskCodeCase expected) => [.. Samples(expected), .. Figures(expected)];

    private static string[] Contexts(JsonNode document) =>
        document["contexts"] is JsonArray { Count: > 0 } ? TaskCodeCase.Texts(document, "contexts") : [(string?)document["context"] ?? ""];

    private static IEnumerable<string> Differences(JsonNode prompt, string[] contexts, string[] continuations)
    {
        foreach ((string key, string[] own) in ((string, string[])[])[("contexts", contexts), ("continuations", continuations)])
        {
            string[] there = TaskCodeCase.Texts(prompt, key);
            if (!there.SequenceEqual(own))
                yield return $"document {prompt["doc"]}, {key}:\nthere {string.Join(" | ", there)}\nhere  {string.Join(" | ", own)}";
        }
    }

    private List<string> Samples(TaskCodeCase expected)
    {
        string file = Assert.Single(
            Directory.GetFiles(_folder["samples"], $"samples_{expected.Task}_2*.jsonl", SearchOption.AllDirectories));
        var own = File.ReadLines(file).Select(line => JsonNode.Parse(line)!).ToDictionary(s => ((int)s["doc_id"]!, (string)s["filter"]!));
        var wrong = new List<string>();
        Assert.Equal(expected.Samples.Count(), own.Count);
        Assert.Equal(expected.Prompts.Count(), own.Keys.Select(k => k.Item1).Distinct().Count());
        foreach (JsonNode prompt in expected.Prompts)
        {
            JsonObject[] asked =
                [.. own.First(s => s.Key.Item1 == (int)prompt["doc"]!).Value["arguments"]!.AsObject().Select(a => a.Value!.AsObject())];
            string[] contexts = [.. asked.Select(a => (string)a["arg_0"]!)];
            string[] continuations = [.. asked.Select(a => a["arg_1"]).OfType<JsonValue>().Select(a => (string)a!)];
            wrong.AddRange(Differences(prompt, contexts.Distinct().Count() == 1 ? contexts[..1] : contexts, continuations));
            if (prompt["until"] is { } until && !Same(until, Listed(asked[0]["arg_1"]!["until"])))
                wrong.Add($"document {prompt["doc"]}: stops at {until} there, at {asked[0]["arg_1"]!["until"]} here");
        }

        foreach (JsonNode sample in expected.Samples)
        {
            JsonNode here = own[((int)sample["doc"]!, (string)sample["filter"]!)];
            string place = $"document {sample["doc"]}, filter {sample["filter"]}";
            if ((string)sample["target"]! != (string)here["target"]!)
                wrong.Add($"{place}: target {sample["target"]} there, {here["target"]} here");
            if (sample["answers"] is { } answers && !Same(answers, here["filtered_resps"]))
                wrong.Add($"{place}: answers {answers.ToJsonString()} there, {here["filtered_resps"]?.ToJsonString()} here");
            wrong.AddRange(sample["values"]!.AsObject().Where(v => !Same(v.Value, here[v.Key])).Select(
                v => $"{place}: {v.Key} is {v.Value?.ToJsonString()} there, {here[v.Key]?.ToJsonString()} here"));
        }

        return wrong;
    }

    private static JsonNode? Listed(JsonNode? until) => until is JsonValue ? new JsonArray(until.DeepClone()) : until;

    private IEnumerable<string> Figures(TaskCodeCase expected)
    {
        JsonNode own = JsonNode.Parse(File.ReadAllText(_folder["run/results.json"]))!["results"]![expected.Task]!;
        return expected.Results.Where(r => !Same(Written(r.Value), own[r.Key])).Select(
            r => $"{r.Key}: {r.Value?.ToJsonString()} there, {own[r.Key]?.ToJsonString()} here");
    }

    /// <summary>A figure that is no number is N/A in the results here, because JSON has no NaN.</summary>
    private static JsonNode? Written(JsonNode? figure) =>
        figure is JsonValue value && value.ToString() == "NaN" ? JsonValue.Create("N/A") : figure;

    private static bool Same(JsonNode? expected, JsonNode? actual) => (expected, actual) switch
    {
        (null, null) => true,
        (JsonArray there, JsonArray here) => there.Count == here.Count && there.Zip(here).All(pair => Same(pair.First, pair.Second)),
        (JsonObject there, JsonObject here) => there.Count == here.Count && there.All(p => Same(p.Value, here[p.Key])),
        (JsonValue there, JsonValue here) => Number(there) is { } wanted && Number(here) is { } found
            ? Math.Abs(wanted - found) <= Tolerance * Math.Abs(wanted)
            : Number(there) is null && Number(here) is null && there.ToString() == here.ToString(),
        _ => false,
    };

    /// <summary>The number that a value is, with true as 1; null for text.</summary>
    private static double? Number(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.Number => (double)value,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => null,
    };

    public void Dispose() => _folder.Dispose();
}
