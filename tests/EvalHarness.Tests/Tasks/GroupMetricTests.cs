using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Tasks;

/// <summary>Metrics that task files and groups name although nothing computes them.</summary>
public sealed class GroupMetricTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Run(string tasks) =>
    [
        "run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", tasks, "--include-path", _folder["tasks"],
        "--datasets", _folder["data"], "--output", _folder["run"],
    ];

    [Theory]
    [InlineData("nothing", "aggregates nothing, which none of its tasks has; they have exact_match")]
    [InlineData("!function tools.own", "aggregates !function tools.own, which none of its tasks has; they have exact_match")]
    public async Task Group_MetricThatNoTaskHas_IsLeftOutWithAWarning(string metric, string warning)
    {
        TinyData.Fill(_folder);
        _folder.Write("tasks/all.yaml", $$"""
            group: all
            task: [tiny]
            aggregate_metric_list:
              - metric: {{metric}}
              - metric: exact_match
            """);
        CommandLineResult result = await CommandLine.SucceedAsync(Run("all"));
        Assert.Contains(warning, result.Error, StringComparison.Ordinal);
        JsonObject group = JsonNode.Parse(File.ReadAllText(_folder["run/results.json"]))!["groups"]!["all"]!.AsObject();
        string[] metrics = [.. group.Select(m => m.Key).Where(k => k.Contains(',', StringComparison.Ordinal))];
        Assert.Equal(["exact_match,none", "exact_match_stderr,none"], metrics);
    }

    /// <summary>As in the reference, the last of two entries for one metric counts.</summary>
    [Fact]
    public async Task Group_OneMetricTwice_HasTheLastOne()
    {
        TinyData.Fill(_folder);
        _folder.Write("tasks/all.yaml", """
            group: all
            task: [tiny]
            aggregate_metric_list:
              - {metric: exact_match, weight_by_size: true}
              - {metric: exact_match, weight_by_size: false}
            """);
        await CommandLine.SucceedAsync(Run("all"));
        JsonObject group = JsonNode.Parse(File.ReadAllText(_folder["run/results.json"]))!["groups"]!["all"]!.AsObject();
        Assert.Equal(["exact_match,none"], group["sample_count"]!.AsObject().Select(count => count.Key));
    }

    [Fact]
    public async Task Group_FilterThatNoTaskHas_IsLeftOutWithAWarning()
    {
        TinyData.Fill(_folder);
        _folder.Write("tasks/all.yaml", """
            group: all
            task: [tiny]
            aggregate_metric_list:
              - {metric: exact_match, filter_list: strict}
            """);
        CommandLineResult result = await CommandLine.SucceedAsync(Run("all"));
        const string warning = "aggregates exact_match of filter strict, which none of its tasks has; they have none";
        Assert.Contains(warning, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("multiple_choice", "f1", true)]
    [InlineData("generate_until", "exact_match", true)]
    [InlineData("generate_until", "f1", false)]
    public async Task Task_MetricOfEvaluate_RunsWhereItIsOnlyAggregated(string type, string metric, bool runs)
    {
        TinyData.Fill(_folder, $$"""
            task: tiny
            dataset_path: org/tiny
            dataset_name: main
            test_split: test
            output_type: {{type}}
            doc_to_text: "Q: {{"{{question}}"}}\nA:"
            doc_to_target: {{(type == "multiple_choice" ? "label" : "answer")}}
            {{(type == "multiple_choice" ? "doc_to_choice: choices" : "")}}
            metric_list:
              - {metric: {{metric}}, hf_evaluate: true, average: macro, aggregation: mean}
            """.Replace(type == "generate_until" ? ", average: macro" : ", aggregation: mean", "", StringComparison.Ordinal));
        CommandLineResult result = await CommandLine.RunAsync("tasks", "check", _folder["tasks"]);
        Assert.Equal(!runs, result.Output.Contains("hf_evaluate", StringComparison.Ordinal));
    }

    public void Dispose() => _folder.Dispose();
}
