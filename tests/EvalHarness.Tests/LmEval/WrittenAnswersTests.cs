using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.LmEval;

/// <summary>Answers in files of lm-evaluation-harness's layout, for each kind of task.</summary>
public sealed class WrittenAnswersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>The lines of the first document, for the task and the answers that are in the folder.</summary>
    private async Task<JsonNode[]> SamplesAsync()
    {
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--quiet", "--limit", "1", "--lm-eval-output", _folder["theirs"]));
        string file = Assert.Single(Directory.GetFiles(_folder["theirs"], "samples_*.jsonl", SearchOption.AllDirectories));
        return [.. File.ReadLines(file).Select(line => JsonNode.Parse(line)!)];
    }

    private void Replay(params string[] answers) => _folder.Write("answers.jsonl", string.Join('\n', answers));

    [Fact]
    public async Task Generation_OneAnswer()
    {
        TinyData.Fill(_folder);
        JsonNode sample = Assert.Single(await SamplesAsync());
        Assert.Equal("""[["0"]]""", sample["resps"]!.ToJsonString());
        Assert.Equal("""["0"]""", sample["filtered_resps"]!.ToJsonString());
        Assert.Equal("""{"until":["\n"]}""", sample["arguments"]!["gen_args_0"]!["arg_1"]!.ToJsonString());
    }

    /// <summary>A filter that does not take the first answer gives the list of all, and each filter has a line.</summary>
    [Fact]
    public async Task Generation_RepeatsAndFilters_ListsWhereNothingIsTaken()
    {
        TinyData.Fill(_folder, TinyData.Task + "\n" + """
            repeats: 2
            filter_list:
              - {name: all, filter: [{function: take_first_k, k: 2}]}
              - {name: vote, filter: [{function: majority_vote}, {function: take_first}]}
            """);
        Replay([.. Enumerable.Range(0, 2).Select(
            index => $$"""{"task": "tiny", "doc_id": 0, "index": {{index}}, "context": "Q: What is 0 + 0?\nA:", "response": "0"}""")]);
        JsonNode[] samples = await SamplesAsync();
        Assert.Equal(["all", "vote"], samples.Select(s => (string)s["filter"]!));
        Assert.All(samples, s => Assert.Equal("""[["0","0"]]""", s["resps"]!.ToJsonString()));
        Assert.Equal("""[["0","0"]]""", samples[0]["filtered_resps"]!.ToJsonString());
        Assert.Equal("""["0"]""", samples[1]["filtered_resps"]!.ToJsonString());
        string[] files = Directory.GetFiles(_folder["theirs"], "samples_*.jsonl", SearchOption.AllDirectories);
        await CommandLine.SucceedAsync(["import", .. files, "--output", _folder["imported"]]);
    }

    [Fact]
    public async Task Rolling_TextsAlone()
    {
        string task = """
            task: tiny
            dataset_path: org/tiny
            dataset_name: main
            test_split: test
            output_type: loglikelihood_rolling
            doc_to_text: ""
            doc_to_target: question
            """;
        TinyData.Fill(_folder, task);
        Replay("""{"context": "What is 0 + 0?", "loglikelihood": -9.5, "is_greedy": false}""");
        JsonNode sample = Assert.Single(await SamplesAsync());
        Assert.Equal("""[["-9.5"]]""", sample["resps"]!.ToJsonString());
        Assert.Equal("""["-9.5"]""", sample["filtered_resps"]!.ToJsonString());
        Assert.Equal("""{"gen_args_0":{"arg_0":"What is 0 \u002B 0?"}}""", sample["arguments"]!.ToJsonString());
    }

    public void Dispose() => _folder.Dispose();
}
