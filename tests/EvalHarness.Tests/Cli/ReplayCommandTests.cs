using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Results;

namespace EvalHarness.Tests.Cli;

/// <summary>Runs whose answers come from a recording.</summary>
public sealed class ReplayCommandTests : IDisposable
{
    private const string Greedy = TinyData.Task;

    private static readonly string Sampled = TinyData.Task.Replace("task: tiny", "task: sampled\nrepeats: 2", StringComparison.Ordinal);

    private readonly TemporaryFolder _folder = new();

    private string[] Run(string answers, string output, params string[] more) =>
    [
        "run", "--model", $"replay:{_folder[answers]}", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
        "--output", _folder[output], "--quiet", .. more,
    ];

    private JsonNode Results(string run) => JsonNode.Parse(File.ReadAllText(_folder[$"{run}/results.json"]))!["results"]!;

    private double Score(string run, string task) => (double)Results(run)[task]!["exact_match,none"]!;

    /// <summary>The greedy task's recorded answers are right, those of the sampled one wrong; both ask the same prompts.</summary>
    private void FillTwoTasks()
    {
        TinyData.Fill(_folder, Greedy);
        _folder.Write("tasks/sampled.yaml", Sampled);
        IEnumerable<object> Lines(int i) =>
            from answer in ((string Task, int Index, string Text)[])[("tiny", 0, $"{2 * i}"), ("sampled", 0, "no"), ("sampled", 1, "never")]
            select new
            {
                task = answer.Task,
                doc_id = i,
                index = answer.Index,
                context = $"Q: What is {i} + {i}?\nA:",
                response = answer.Text,
            };
        _folder.Write("two.jsonl", string.Join('\n', Enumerable.Range(0, 6).SelectMany(Lines).Select(l => JsonSerializer.Serialize(l))));
    }

    [Fact]
    public async Task Run_TwoTasksWithOnePrompt_EachHasItsOwnAnswers()
    {
        FillTwoTasks();
        await CommandLine.SucceedAsync(Run("two.jsonl", "both", "--tasks", "tiny,sampled", "--lm-eval-output", _folder["theirs"]));
        Assert.Equal((1, 0), (Score("both", "tiny"), Score("both", "sampled")));
        await CommandLine.SucceedAsync(Run("two.jsonl", "turned", "--tasks", "sampled,tiny"));
        Assert.Equal((1, 0), (Score("turned", "tiny"), Score("turned", "sampled")));
        await CommandLine.SucceedAsync(Run("both/responses.jsonl", "again", "--tasks", "tiny,sampled"));
        Assert.Equal(Results("both").ToJsonString(), Results("again").ToJsonString());

        string[] samples = Directory.GetFiles(_folder["theirs"], "samples_*.jsonl", SearchOption.AllDirectories);
        Assert.Equal(2, samples.Length);
        await CommandLine.SucceedAsync(["import", .. samples, "--output", _folder["imported"]]);
        await CommandLine.SucceedAsync(Run("imported/responses.jsonl", "graded", "--tasks", "tiny,sampled"));
        Assert.Equal(Results("both").ToJsonString(), Results("graded").ToJsonString());
    }

    [Fact]
    public async Task Run_TwoTasksWithOnePromptAndUnmarkedAnswers_IsRefused()
    {
        FillTwoTasks();
        _folder.Write("bare.jsonl", string.Join('\n', File.ReadLines(_folder["two.jsonl"]).Select(line =>
        {
            JsonObject bare = JsonNode.Parse(line)!.AsObject();
            foreach (string key in (string[])["task", "doc_id", "index"])
                bare.Remove(key);
            return bare.ToJsonString();
        })));
        CommandLineResult refused = await CommandLine.RunAsync(Run("bare.jsonl", "run", "--tasks", "tiny,sampled"));
        Assert.Equal((int)ExitCode.Model, refused.ExitCode);
        Assert.Contains("tiny, document 0 and sampled, document 0 both ask it", refused.ErrorLine, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder["run/results.json"]));
        // Alone, each task has more answers than it asks for.
        CommandLineResult alone = await CommandLine.RunAsync(Run("bare.jsonl", "alone", "--tasks", "sampled"));
        Assert.Equal((int)ExitCode.SamplesErrored, alone.ExitCode);
        Assert.Contains("document 0 asks for 2", alone.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithOtherShots_ErrsEverySample()
    {
        FillTwoTasks();
        CommandLineResult result = await CommandLine.RunAsync(Run("two.jsonl", "run", "--tasks", "tiny", "--num-fewshot", "1"));
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains("the recorded prompt of tiny, document 0, request 0 is another", result.ErrorLine, StringComparison.Ordinal);
        Assert.Equal(6, (int)JsonNode.Parse(File.ReadAllText(_folder["run/results.json"]))!["evalharness"]!["errored"]!["tiny"]!);
    }

    private static readonly string[] Chat =
    [
        "--tasks", "quick_mmlu_animals,quick_gsm8k", "--limit", "4", "--apply-chat-template",
        "--system-instruction", "Be brief.", "--quiet",
    ];

    private async Task<string> RunChatAsync()
    {
        string model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");
        await CommandLine.SucceedAsync(["run", "--model", model, .. Chat, "--output", _folder["chat"]]);
        return _folder["chat/responses.jsonl"];
    }

    private async Task AssertSameAsync(string run, bool rendered)
    {
        Assert.Equal(Results("chat").ToJsonString(), Results(run).ToJsonString());
        foreach (string task in (string[])["quick_mmlu_animals", "quick_gsm8k"])
        {
            IReadOnlyList<SampleRow> expected = await new RunFolder(_folder["chat"]).ReadSamplesAsync(task, CancellationToken.None),
                actual = await new RunFolder(_folder[run]).ReadSamplesAsync(task, CancellationToken.None);
            Assert.Equal(expected.Select(Comparable), actual.Select(Comparable));
            Assert.All(expected.Zip(actual), pair => Assert.Equal(rendered, pair.First.Context == pair.Second.Context));
        }
    }

    /// <summary>All but the prompt's text and what only a model knows: tokens, times, why a completion ended.</summary>
    private static string Comparable(SampleRow row) => JsonSerializer.Serialize(new
    {
        row.DocumentId,
        row.Document,
        row.Continuations,
        row.Target,
        row.LogLikelihoods,
        row.IsGreedy,
        row.Completions,
        row.Answers,
        row.Scores,
        row.Error,
    });

    [Fact]
    public async Task Run_ConversationsOfARun_AreGradedAgain()
    {
        string recorded = await RunChatAsync();
        await CommandLine.SucceedAsync(["run", "--model", $"replay:{recorded}", .. Chat, "--output", _folder["again"]]);
        await AssertSameAsync("again", rendered: true);
        await CommandLine.SucceedAsync("compare", _folder["chat"], _folder["again"]);

        // Without the run's other files the model's template is not known, and its answers are the same.
        File.Copy(recorded, _folder["alone.jsonl"]);
        await CommandLine.SucceedAsync(["run", "--model", $"replay:{_folder["alone.jsonl"]}", .. Chat, "--output", _folder["copied"]]);
        await AssertSameAsync("copied", rendered: false);
        await CommandLine.SucceedAsync(
            ["run", "--model", $"replay:{_folder["copied/responses.jsonl"]}", .. Chat, "--output", _folder["twice"]]);
        await AssertSameAsync("twice", rendered: false);
    }

    [Fact]
    public async Task Run_ConversationsOfARunWithOtherOptions_TakesNoRecordedAnswer()
    {
        string recorded = await RunChatAsync();
        string[][] changes =
        [
            [.. Chat.Select(a => a == "Be brief." ? "Be long." : a)],
            [.. Chat[..5], "--quiet"],
            [.. Chat.Where(a => a != "--apply-chat-template")],
            [.. Chat, "--num-fewshot", "1"],
            [.. Chat, "--num-fewshot", "2", "--fewshot-as-multiturn", "false"],
        ];
        for (int i = 0; i < changes.Length; i++)
        {
            CommandLineResult result = await CommandLine.RunAsync(
                ["run", "--model", $"replay:{recorded}", .. changes[i], "--output", _folder[$"changed{i}"]]);
            Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
            Assert.Contains("8 of 8 samples errored", result.ErrorLine, StringComparison.Ordinal);
            Assert.Contains("is another", result.ErrorLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_ConversationsAskedOfTexts_IsRefused()
    {
        FillTwoTasks();
        CommandLineResult refused = await CommandLine.RunAsync(Run("two.jsonl", "run", "--tasks", "tiny", "--apply-chat-template"));
        Assert.Equal((int)ExitCode.Model, refused.ExitCode);
        Assert.Contains("no line has messages_sha256", refused.ErrorLine, StringComparison.Ordinal);
    }

    [SharedFact]
    public async Task Run_HumanEvalBesideItsSampledForm_EachHasItsOwnAnswers()
    {
        string report = Path.Combine(Shared.Folder, "reports", "replay-mixes-tasks");
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{Path.Combine(report, "replay.jsonl")}", "--output", _folder["run"], "--quiet",
            "--datasets", Path.Combine(report, "ds"), "--include-path", Path.Combine(report, "tasks"), "--tasks", "humaneval,he5",
            "--allow-code-execution");
        JsonNode sampled = Results("run")["he5"]!;
        string[] metrics = [.. sampled.AsObject().Select(m => m.Key).Where(k => k.StartsWith("pass@", StringComparison.Ordinal))];
        Assert.Equal(["pass@1,create_test", "pass@2,create_test", "pass@5,create_test"], metrics.Where(m => !m.Contains("stderr")));
        Assert.All(metrics.Where(m => !m.Contains("stderr")), metric => Assert.Equal(0.0, (double)sampled[metric]!));
    }

    public void Dispose() => _folder.Dispose();
}
