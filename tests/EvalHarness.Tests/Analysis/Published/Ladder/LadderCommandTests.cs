using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Analysis.Published.Ladder;

/// <summary>
/// Registry entries made with another setting than their protocol says, on the embedded model: <c>reproduce</c> names the setting. The
/// published values are what the model scores with it over all rows.
/// </summary>
[Trait("Speed", "slow")]
public sealed class LadderCommandTests : IDisposable
{
    private static readonly string Model = Path.Combine(Shared.Repository, "src", "TinyModel", "models", "tiny-int4");

    private readonly TemporaryFolder _folder = new();

    public LadderCommandTests()
    {
        _folder.Write("tasks/first.yaml", """
            include: quick_gsm8k.yaml
            task: first_number
            filter_list:
              - name: first-number
                filter:
                  - {function: regex, regex_pattern: "(-?[0-9]+)"}
                  - {function: take_first}
              - name: strict-match
                filter:
                  - {function: regex, regex_pattern: "#### (\\-?[0-9\\.\\,]+)"}
                  - {function: take_first}
            """);
        // The same questions by letters, which the model does not know, and by text.
        _folder.Write("tasks/own.yaml", """
            include: _quick_mmlu_subject.yaml
            task: own
            doc_to_text: "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\nC. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:"
            doc_to_choice: [A, B, C, D]
            ---
            include: _quick_mmlu_subject.yaml
            task: own_text
            """);
        // Some prompts that the context does not hold, and to which the model has no answer when they are cut.
        _folder.Write("tasks/padded.yaml", """
            include: _quick_mmlu_subject.yaml
            task: padded
            doc_to_text: "{{ 'many words ' * 900 if subject < 'f' else '' }}Question: {{question.strip()}}\nAnswer:"
            """);
        _folder.Write("tasks/uneven.yaml", """
            group: uneven
            task: [quick_mmlu_reading, uneven_others]
            aggregate_metric_list:
              - {metric: acc, weight_by_size: true}
            ---
            include: _quick_mmlu_subject.yaml
            task: uneven_others
            where: {subject: [animals, food, household, travel, opposites, capitals, past_tense, plurals, addition, numbers, calendar]}
            """);
    }

    private string Registry(string value, string protocol, string setting = "") => _folder.Write("scores.yaml", $$"""
        sources:
          - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
        protocols:
          - {id: p, {{protocol}}}
        scores:
          - {model: tiny, benchmark: b, value: {{value}}, source: own, primary: true, protocol: p, setting: { {{setting}} } }
        """);

    private Task<CommandLineResult> RunAsync(string registry, params string[] more) => CommandLine.RunAsync(
    [
        "reproduce", "--model", Model, "--as", "tiny", "--registry", registry, "--datasets", Path.Combine(Shared.Repository, "datasets"),
        "--include-path", _folder["tasks"], "--output", _folder["runs"], .. more,
    ]);

    [Theory]
    [InlineData(
        "chat template (applied → not applied)", "93.8",
        "tasks: quick_mmlu, num_fewshot: 0, metric: acc, apply_chat_template: true", "shots: 0")]
    [InlineData(
        "extraction (first-number → strict-match)", "92.3",
        "tasks: first_number, num_fewshot: 3, metric: exact_match, filter: first-number", "shots: 3, chat_template: false")]
    [InlineData(
        "average (micro → macro)", "64.8", "tasks: uneven, num_fewshot: 0, metric: acc", "shots: 0, chat_template: false")]
    [InlineData(
        "limit of tokens (32 → 1024)", "92.3",
        "tasks: quick_gsm8k, num_fewshot: 3, metric: exact_match, filter: strict-match, gen_kwargs: max_gen_toks=32", "shots: 3")]
    [InlineData(
        "task (own, letters → own_text, text)", "93.8", "tasks: own, num_fewshot: 0, metric: acc", "shots: 0, chat_template: false")]
    [InlineData("truncation (error → left)", "67.9", "tasks: padded, num_fewshot: 0, metric: acc", "shots: 0, chat_template: false")]
    public async Task Reproduce_PlantedCause_IsNamedInFewerRowsThanAFullRun(string cause, string value, string protocol, string setting)
    {
        CommandLineResult result = await RunAsync(Registry(value, protocol, setting), "--json");
        Assert.True(result.ExitCode == (int)ExitCode.NotReproduced, result.Error);
        JsonNode ladder = JsonNode.Parse(result.Output)![0]!["ladder"]!;
        Assert.True(cause == (string?)ladder["cause"], result.Output);
        Assert.StartsWith($"{cause} explains ", (string)ladder["sentence"]!, StringComparison.Ordinal);
        Assert.True((int)ladder["rows"]! < (int)ladder["full_run"]!);
        JsonNode rung = ladder["rounds"]![0]!["rungs"]!.AsArray().Single(r => (string)r!["verdict"]! == "explains")!;
        Assert.InRange((double)ladder["gap"]!, (double)rung["effect_low"]!, (double)rung["effect_high"]!);
        Assert.InRange((double)rung["share"]!, 0.6, 1.4);
    }

    [Fact]
    public async Task Reproduce_NoCause_SaysSo_AndComputesNothingTwice()
    {
        string registry = Registry("99.99", "tasks: quick_mmlu, num_fewshot: 0, metric: acc");
        CommandLineResult result = await RunAsync(registry);
        Assert.True(result.ExitCode == (int)ExitCode.NotReproduced, result.Error);
        Assert.Contains("Why b 99.99 (Own measurement) differs: none of the ", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("explains the gap", result.Output, StringComparison.Ordinal);
        Assert.Contains(
            "- not tried: shots as turns: no chat template is applied, so that there are no turns",
            result.Output,
            StringComparison.Ordinal);
        Assert.Matches(@"- rows asked: [0-9]+ of the 390 of a full run; they lie in ", result.Output);
        Assert.Contains("why it differs: chat template, 32 rows", result.Error, StringComparison.Ordinal);

        CommandLineResult again = await RunAsync(registry);
        Assert.Equal((result.Output, ""), (again.Output, again.Error));
        // The runs of a ladder are of chosen rows and no part of a history.
        string history = (await CommandLine.SucceedAsync("history", _folder["runs"])).Output;
        Assert.DoesNotContain("ladder", history, StringComparison.Ordinal);

        CommandLineResult without = await RunAsync(registry, "--no-ladder");
        Assert.Equal((int)ExitCode.NotReproduced, without.ExitCode);
        Assert.Contains("Why scores differ was not looked for: without --no-ladder", without.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
