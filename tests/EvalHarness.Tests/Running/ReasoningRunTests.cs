using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary>Runs over recorded completions with reasoning in them, and with several completions of each document.</summary>
public sealed class ReasoningRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string[] Run(string answers, string output, params string[] more) =>
    [
        "run", "--model", $"replay:{answers}", "--tasks", "tiny", "--include-path", _folder["tasks"], "--datasets", _folder["data"],
        "--output", _folder[output], .. more,
    ];

    private JsonNode Results(string run) => JsonNode.Parse(File.ReadAllText(_folder[$"{run}/results.json"]))!;

    private double Score(string run) => (double)Results(run)["results"]!["tiny"]!["exact_match,none"]!;

    /// <summary>Five right answers behind reasoning that has a stop string and a wrong answer in it, and one that never ends.</summary>
    private string WriteThoughts() => TinyData.WriteAnswers(
        _folder, "thoughts.jsonl", i => i == 5 ? "<think>let me see\n10" : $"<think>perhaps {i}\nno\n</think>\n\n{2 * i}\nQ: next");

    [Fact]
    public async Task RightAnswer_BehindTheReasoning_Scores()
    {
        TinyData.Fill(_folder);
        string answers = WriteThoughts();
        CommandLineResult result = await CommandLine.SucceedAsync(Run(answers, "on", "--think-end-token", "</think>"));
        Assert.Equal(5 / 6.0, Score("on"), 1e-12);
        Assert.Contains(
            "tiny: 1 of 6 (16.7%) completions were still thinking when they ended and were graded as they are; 0 ended at the limit of 256",
            result.Output,
            StringComparison.Ordinal);
        JsonNode figures = Results("on")["evalharness"]!["generation"]!["tiny"]!;
        Assert.Equal((6, 1, 0), ((int)figures["completions"]!, (int)figures["unfinished"]!, (int)figures["undivided"]!));
        IReadOnlyList<SampleRow> rows = await RunFolder.Open(_folder["on"]).ReadSamplesAsync("tiny", CancellationToken.None);
        Assert.Equal(["0"], rows[0].Completions);
        Assert.Equal(["<think>perhaps 0\nno\n"], rows[0].Reasoning);
        Assert.Empty(rows[0].ReasoningUnfinished);
        Assert.Equal([true], rows[5].ReasoningUnfinished);
        Assert.Equal(["<think>let me see"], rows[5].Completions);
        Assert.Equal(["<think>let me see\n10"], rows[5].Reasoning);
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(_folder["on/manifest.json"]))!;
        Assert.Equal("</think> (--think-end-token)", (string)manifest["model"]!["settings"]!["think end token"]!);

        // The journal keeps what was divided, so that it can be graded again without the option.
        await CommandLine.SucceedAsync(Run(_folder["on/responses.jsonl"], "again"));
        Assert.Equal(Score("on"), Score("again"));
        Assert.Equal(1, (int)Results("again")["evalharness"]!["generation"]!["tiny"]!["unfinished"]!);
        string shown = (await CommandLine.SucceedAsync("show", _folder["on"], "--task", "tiny", "--doc", "5")).Output;
        Assert.Contains("== reasoning_unfinished", shown, StringComparison.Ordinal);
        await CommandLine.SucceedAsync("report", _folder["on"], _folder["again"], "--output", _folder["report.html"]);
    }

    [Fact]
    public async Task Undivided_IsSaid()
    {
        TinyData.Fill(_folder);
        string answers = WriteThoughts();
        CommandLineResult result = await CommandLine.SucceedAsync(Run(answers, "off"));
        Assert.Equal(0, Score("off"));
        Assert.Contains("6 of 6 completions have a marker of reasoning in them", result.Error, StringComparison.Ordinal);
        result = await CommandLine.SucceedAsync(Run(answers, "none", "--think-end-token", "none"));
        Assert.DoesNotContain("marker of reasoning", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_WithOtherMarker_IsRefused()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(Run(WriteThoughts(), "run", "--think-end-token", "</think>"));
        CommandLineResult result = await CommandLine.RunAsync("run", "--resume", _folder["run"], "--think-end-token", "none");
        Assert.Equal((int)ExitCode.ResumeRefused, result.ExitCode);
    }

    /// <summary>As lm-evaluation-harness is told it, in the arguments of its backends.</summary>
    [Fact]
    public async Task Configuration_OfTheReference_NamesTheMarker()
    {
        TinyData.Fill(_folder);
        WriteThoughts();
        string config = _folder.Write("config.yaml", $"""
            model: hf
            model_args: {'{'}pretrained: "replay:{_folder["thoughts.jsonl"].Replace('\\', '/')}", think_end_token: "</think>"{'}'}
            tasks: [tiny]
            """);
        await CommandLine.SucceedAsync(
            "run", "--config", config, "--include-path", _folder["tasks"], "--datasets", _folder["data"], "--output", _folder["run"]);
        Assert.Equal(5 / 6.0, Score("run"), 1e-12);
    }

    [Fact]
    public async Task EnableThinking_WithLogLikelihoods_IsRefused()
    {
        TinyData.Fill(
            _folder,
            TinyData.Task.Replace("doc_to_target: answer", "doc_to_target: label", StringComparison.Ordinal)
                + "\noutput_type: multiple_choice\ndoc_to_choice: choices");
        CommandLineResult result = await CommandLine.RunAsync(
            Run(_folder["answers.jsonl"], "run", "--apply-chat-template", "--enable-thinking", "true"));
        Assert.Equal((int)ExitCode.Usage, result.ExitCode);
        Assert.Contains("task tiny scores log-likelihoods, before which a model cannot think", result.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>Of four completions of each document, as many are right as its number says, in the order of the file.</summary>
    private string WriteRepeats() => _folder.Write("repeats.jsonl", string.Join('\n', Enumerable.Range(0, 6).SelectMany(i =>
        Enumerable.Range(0, 4).Select(r => JsonSerializer.Serialize(new
        {
            task = "tiny",
            doc_id = i,
            index = r,
            context = $"Q: What is {i} + {i}?\nA:",
            response = r < i ? $"{2 * i}" : "no",
        })))));

    [Fact]
    public async Task Repeats_EachIsGraded_AndTheMeanCounts()
    {
        TinyData.Fill(_folder);
        string answers = WriteRepeats();
        CommandLineResult result = await CommandLine.SucceedAsync(Run(answers, "four", "--repeats", "4"));
        // 0, 1, 2, 3, 4 and 4 of 4.
        Assert.Equal(14 / 24.0, Score("four"), 1e-12);
        Assert.Contains("asks for 4 completions of each document and generates greedily", result.Error, StringComparison.Ordinal);
        IReadOnlyList<SampleRow> rows = await RunFolder.Open(_folder["four"]).ReadSamplesAsync("tiny", CancellationToken.None);
        Assert.Equal(0.75, rows[3].NumericScores()["exact_match,none"]);
        Assert.Equal(4, rows[3].Completions.Count);
        Assert.Equal(["6", "6", "6", "no"], Assert.Single(rows[3].Answers, a => a.Filter == "none").Answers);
        result = await CommandLine.SucceedAsync(
            Run(answers, "sampled", "--repeats", "4", "--gen-kwargs", "do_sample=true,temperature=0.7,min_p=0.1,repetition_penalty=1.1"));
        Assert.DoesNotContain("greedily", result.Error, StringComparison.Ordinal);
    }

    /// <summary>A task whose filters look at all completions keeps its meaning.</summary>
    [Fact]
    public async Task Repeats_OfATaskThatVotes_AreVotedOn()
    {
        TinyData.Fill(_folder, TinyData.Task + """

            filter_list:
              - name: first
                filter: [{function: take_first}]
              - name: vote
                filter: [{function: majority_vote}]
            """);
        await CommandLine.SucceedAsync(Run(WriteRepeats(), "vote", "--repeats", "4"));
        JsonNode scores = Results("vote")["results"]!["tiny"]!;
        // The first completion is right from document 1 on, the majority from document 2 on, where two of four come first.
        Assert.Equal(5 / 6.0, (double)scores["exact_match,first"]!, 1e-12);
        Assert.Equal(4 / 6.0, (double)scores["exact_match,vote"]!, 1e-12);
    }
}
