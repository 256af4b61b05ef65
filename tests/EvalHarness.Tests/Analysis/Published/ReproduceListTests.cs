using System.Text.Json.Nodes;
using EvalHarness.Analysis.Published;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Published;

/// <summary><c>reproduce --list</c>, which needs neither a model nor its name.</summary>
public sealed class ReproduceListTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static async Task<JsonArray> ListAsync(params string[] more) =>
        JsonNode.Parse((await CommandLine.SucceedAsync(["reproduce", "--list", "--json", .. more])).Output)!.AsArray();

    [Fact]
    public async Task List_OfAll_HasForEachScoreItsProtocolOrWhyNone()
    {
        JsonArray rows = await ListAsync();
        Assert.Equal(PublishedScores.Known.Scores.Count, rows.Count);
        Assert.All(rows, row => Assert.True((row!["protocol"] is null) != (row["why"] is null), row.ToJsonString()));
        JsonNode row = rows.First(r => (string)r!["value"]!.ToJsonString() == "84.8")!;
        Assert.Equal(("phi-4", "mmlu", true), ((string)row["model"]!, (string)row["benchmark"]!, (bool)row["primary"]!));
        JsonNode protocol = row["protocol"]!;
        Assert.Equal("mmlu-cot-0 mmlu_cot_llama exact_match,strict_match", $"{protocol["id"]} {protocol["tasks"]} {protocol["score"]}");
        JsonNode does = protocol["does"]!;
        Assert.Equal((0, true, 1024), ((int)does["shots"]!, (bool)does["chat_template"]!, (int)does["max_tokens"]!));
        Assert.Equal(
            ["prompt Meta's instead of simple-evals'", "sampling greedy instead of temperature 0.5"],
            protocol["departures"]!.AsArray().Select(d => (string)d!));
        Assert.False((bool)protocol["at_hand"]!);
    }

    /// <summary>A file of the user's own may ask for a score that no run will have; that is said before anything is run.</summary>
    [Fact]
    public async Task List_ScoreThatTheTaskDoesNotGive_IsRefused()
    {
        string file = _folder.Write("scores.yaml", """
            sources:
              - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
            protocols:
              - {id: gsm, tasks: quick_gsm8k, num_fewshot: 3, metric: exact_match}
            scores:
              - {model: tiny, benchmark: quick_gsm8k, value: 93.0, source: own, primary: true, protocol: gsm}
            """);
        string[] expected =
        [
            $"--registry {file}: protocol gsm reads exact_match,none, which quick_gsm8k does not give",
            "to be one of exact_match,strict-match, exact_match,flexible-extract",
        ];
        foreach (string[] more in (string[][])[["--list"], ["--model", ".", "--as", "tiny"]])
        {
            CommandLineResult refused = await CommandLine.RunAsync(["reproduce", "--registry", file, .. more]);
            Assert.Equal((int)ExitCode.Usage, refused.ExitCode);
            Assert.All(expected, text => Assert.Contains(text, refused.ErrorLine, StringComparison.Ordinal));
        }
    }

    /// <summary>What is wrong with a protocol is said when the file is read, with the protocol's name.</summary>
    [Theory]
    [InlineData("gen_kwargs: max_gen_tok=5", "protocol p: gen_kwargs", "max_gen_tok: 5 is not supported; known are until, max_gen_toks")]
    [InlineData("fewshot_as_multiturn: true", "protocol p has fewshot_as_multiturn: true, which needs apply_chat_template: true", "")]
    [InlineData("metric: acc}\n  - {id: p, tasks: quick_mmlu, num_fewshot: 0", "the protocol p stands there twice", "an id of its own")]
    [InlineData("metric: acc}\n  - {id: ../../evil, tasks: a, num_fewshot: 0", "protocol ../../evil: expected an id of", "letters")]
    [InlineData("metric: acc}\n  - {id: q, tasks: 'a,b', num_fewshot: 0", "protocol q: tasks: 'a,b': expected the name of one task", "")]
    [InlineData("metric: acc}\n  - {id: q, tasks: a, num_fewshot: -2", "protocol q: num_fewshot: -2: expected 0 or more", "")]
    [InlineData("setting: {shots: 9}", "protocol p: setting: shots, shots_as_turns, chat_template", "leave them out")]
    public async Task List_WrongProtocol_NamesFileAndProtocol(string key, string said, string also)
    {
        string file = _folder.Write("scores.yaml", $$"""
            sources:
              - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
            protocols:
              - {id: p, tasks: quick_gsm8k, num_fewshot: 3, {{key}}, metric: exact_match}
            scores:
              - {model: tiny, benchmark: quick_gsm8k, value: 93.0, source: own, primary: true, protocol: p}
            """);
        CommandLineResult refused = await CommandLine.RunAsync("reproduce", "--registry", file, "--list");
        Assert.Equal((int)ExitCode.Usage, refused.ExitCode);
        Assert.StartsWith($"error: {file}: {said}", refused.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(also, refused.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[]", "has no scores")]
    [InlineData(
        "[{model: ../evil, benchmark: b, value: 1.0, source: own, why: w}]",
        "the score of ../evil on b: expected a model of letters, digits")]
    public async Task List_WrongScores_AreRefused(string scores, string said)
    {
        string file = _folder.Write("scores.yaml", $$"""
            sources:
              - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
            scores: {{scores}}
            """);
        CommandLineResult refused = await CommandLine.RunAsync("reproduce", "--registry", file, "--list");
        Assert.Equal((int)ExitCode.Usage, refused.ExitCode);
        Assert.StartsWith($"error: {file}: {said}", refused.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_Table_SaysAllOfARow_AndHowToGetTheTasks()
    {
        string table = (await CommandLine.SucceedAsync("reproduce", "--list", "--as", "llama-3.1-8b-instruct")).Output;
        Assert.Matches(
            @"\| llama-3.1-8b-instruct \| mmlu +\| +\| +73.0 \| Llama 3.1 .* \| mmlu-cot-0 +\| mmlu_cot_llama +\| +0 \| "
            + @"exact_match,strict_match +\| applied +\|", table);
        Assert.Contains(
            "\nnot at hand: mmlu_llama, mmlu_cot_llama, mmlu_pro_llama, gsm8k_llama, humaneval_instruct", table, StringComparison.Ordinal);
        Assert.Contains("then --include-path lm-evaluation-harness/lm_eval/tasks\n", table, StringComparison.Ordinal);
        string without = (await CommandLine.SucceedAsync("reproduce", "--list", "--as", "deepseek-r1-distill-qwen-7b")).Output;
        Assert.Matches(@"\| none +\| +\| +\| +\| +\| it is estimated from 64 long answers", without);
        Assert.EndsWith("\nscores: 1, with a protocol: 0\n", without, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_Selected_HasOnlyThese()
    {
        Assert.All(await ListAsync("--task", "gsm8k"), row => Assert.Equal("gsm8k", (string)row!["benchmark"]!));
        JsonNode one = Assert.Single(
            await ListAsync("--as", "llama-3.2-1b-instruct", "--task", "gsm8k", "--quantization", "spinquant"))!;
        Assert.Equal("40.6", one["value"]!.ToJsonString());
        // Without --quantization there are those of all of them.
        Assert.Equal(4, (await ListAsync("--as", "llama-3.2-1b-instruct", "--task", "gsm8k")).Count);
    }

    [Fact]
    public async Task List_TaskOfTheUsersFolder_IsAtHand()
    {
        _folder.Write("tasks/own.yaml", TinyData.Task.Replace("task: tiny", "task: own", StringComparison.Ordinal));
        string registry = _folder.Write("scores.yaml", """
            sources:
              - {id: own, title: Own measurement, address: 'https://example.org'}
            protocols:
              - {id: p, tasks: own, num_fewshot: 1, metric: exact_match}
            scores:
              - {model: tiny, benchmark: own, value: 50.0, source: own, protocol: p, setting: {shots: 3} }
            """);
        JsonNode row = Assert.Single(await ListAsync("--registry", registry, "--include-path", _folder["tasks"]))!;
        Assert.True((bool)row["protocol"]!["at_hand"]!);
        Assert.Equal("shots 1 instead of 3", (string)row["protocol"]!["departures"]![0]!);
        Assert.False((bool)Assert.Single(await ListAsync("--registry", registry))!["protocol"]!["at_hand"]!);
    }

    [Theory]
    [InlineData("--as other: no score of it is known; known are llama-3.1-8b,", "--list", "--as", "other")]
    [InlineData("--task other: no such score is known; known are mmlu, mmlu_pro, gsm8k,", "--list", "--task", "other")]
    [InlineData("--as is missing: the model's name in the published scores; 'evalharness reproduce --list' shows them", "--model", "m")]
    public async Task Reproduce_Mistake_NamesWhatIsKnown(string said, params string[] arguments)
    {
        CommandLineResult result = await CommandLine.RunAsync(["reproduce", .. arguments]);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains(said, result.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Registry_ProtocolAndWhyNone_IsRefused()
    {
        string registry = _folder.Write("scores.yaml", """
            sources:
              - {id: own, title: Own measurement, address: 'https://example.org'}
            protocols:
              - {id: p, tasks: own, num_fewshot: 1, metric: exact_match}
            scores:
              - {model: tiny, benchmark: own, value: 50.0, source: own, protocol: p, why: no reason}
            """);
        CommandLineResult result = await CommandLine.RunAsync("reproduce", "--list", "--registry", registry);
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("the score of tiny on own has a protocol and why it has none", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
