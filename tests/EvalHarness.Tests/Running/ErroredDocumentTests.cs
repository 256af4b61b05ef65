using System.Text.Json.Nodes;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Running;

/// <summary>Rows of which no prompt can be made: each is an errored sample, unless none of the first rows fits.</summary>
public sealed class ErroredDocumentTests : MistakeTests
{
    private const string Columns = "the row has question (a string), answer (None), choices (a list), label (an integer)";

    /// <summary>A question whose template fails where the answer is null, and is the usual question otherwise.</summary>
    private static string Failing(string expression) => TinyData.Task.Replace(
        "{{question}}\\nA:", "{{question}}\\nA:{{ '' if answer else " + expression + " }}", StringComparison.Ordinal);

    /// <summary>Fills the folder; the answers of some rows of the test split are null.</summary>
    private void Fill(string task, params int[] nulls) => FillRows(task, 6, nulls);

    private void FillRows(string task, int rows, params int[] nulls)
    {
        TinyData.Fill(_folder, task);
        TinyData.WriteShard(
            _folder["data"],
            "test-00000-of-00001.parquet",
            Enumerable.Range(0, rows).Select(i => nulls.Contains(i) ? TinyData.MakeRow(i) with { Answer = null } : TinyData.MakeRow(i)));
    }

    private async Task<JsonNode> ShowAsync(int document) => JsonNode.Parse(
        (await CommandLine.SucceedAsync("show", _folder["run"], "--task", "tiny", "--doc", $"{document}", "--json")).Output)!;

    [Theory]
    [InlineData("choices[9]", "tiny.yaml:6: doc_to_text: line 2, column 9: index 9 is outside a list of 3")]
    [InlineData("question + 1", "doc_to_text: line 2, column ")]
    [InlineData("answer.strip()", "doc_to_text: line 2, column ")]
    [InlineData("hint", "doc_to_text: line 2, column 9: 'hint' is not defined; defined are question, answer, choices, label")]
    public async Task Row_DoesNotFitItsTemplate_IsErroredAndTheOthersAreScored(string expression, string problem)
    {
        Fill(Failing(expression), 3);
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder, "--lm-eval-output", _folder["reference"]));
        Assert.True(result.ExitCode == (int)ExitCode.SamplesErrored, result.Error);
        Assert.Contains(
            "1 of 6 samples errored and are in no score; the first is tiny, document 3: task tiny, row 3 of split test: ",
            result.ErrorLine,
            StringComparison.Ordinal);
        Assert.Contains(problem, result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains(Columns, result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("| 0.8000 | ± 0.2000 | [0.376, 0.964] | 5 |       1 | [0.300, 0.970] |", result.Output, StringComparison.Ordinal);

        JsonNode sample = await ShowAsync(3);
        Assert.Equal(("", null, 0), ((string)sample["context"]!, sample["target"], sample["scores"]!.AsArray().Count));
        Assert.Contains(problem, (string)sample["error"]!, StringComparison.Ordinal);
        Assert.Null((await ShowAsync(4))["error"]);
        JsonNode results = JsonNode.Parse(File.ReadAllText(_folder["run/results.json"]))!;
        Assert.Equal(1, (int)results["evalharness"]!["errored"]!["tiny"]!);
        string lines = Assert.Single(Directory.GetFiles(_folder["reference"], "samples_tiny_*.jsonl", SearchOption.AllDirectories));
        Assert.Equal([0, 1, 2, 4, 5], File.ReadLines(lines).Select(l => (int)JsonNode.Parse(l)!["doc_id"]!));
    }

    /// <summary>Resuming the run, replaying its journal and comparing both leaves the row errored and the scores as they are.</summary>
    [Fact]
    public async Task Row_Errored_StaysSoWhereTheRunIsTakenUp()
    {
        Fill(Failing("choices[9]"), 0, 3);
        CommandLineResult first = await CommandLine.RunAsync(TinyData.Run(_folder));
        CommandLineResult again = await CommandLine.RunAsync("run", "--resume", _folder["run"]);
        Assert.Equal((first.ExitCode, first.Output, first.ErrorLine), (again.ExitCode, again.Output, again.ErrorLine));
        Assert.Contains("4 responses are already there", again.Error, StringComparison.Ordinal);
        string[] replayed = TinyData.Run(_folder);
        replayed[2] = $"replay:{_folder["run/responses.jsonl"]}";
        replayed[^1] = _folder["replayed"];
        CommandLineResult other = await CommandLine.RunAsync(replayed);
        Assert.Equal((first.ExitCode, first.Output, first.ErrorLine.Replace("/run", "/replayed", StringComparison.Ordinal)),
            (other.ExitCode, other.Output, other.ErrorLine));
        await CommandLine.SucceedAsync("compare", _folder["run"], _folder["replayed"]);
        await CommandLine.SucceedAsync("report", _folder["run"], "--output", _folder["report.html"]);
        Assert.Contains("== error\ntask tiny, row 0", (await CommandLine.SucceedAsync(
            "show", _folder["run"], "--task", "tiny", "--doc", "0")).Output, StringComparison.Ordinal);
    }

    /// <summary>The number of a row is its place in the split, also where the task leaves rows out.</summary>
    [Fact]
    public async Task Row_OfATaskWithAFilter_IsNumberedAsInTheSplit()
    {
        Fill(Failing("choices[9]") + "\nwhere: {question: [What is 2 + 2?, What is 4 + 4?]}", 4);
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder));
        Assert.Contains("the first is tiny, document 1: task tiny, row 4 of split test: ", result.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{hint}}", ExitCode.Data, "doc_to_text: line 1, column 3: 'hint' is not defined; defined are question, answer")]
    [InlineData("{% if hint %}a{% endif %}", ExitCode.Data, "'hint' is not defined")]
    [InlineData("{% for a in hint %}a{% endfor %}", ExitCode.Data, "'hint' is not defined")]
    [InlineData("{{hint == 1}}", ExitCode.Data, "'hint' is not defined")]
    [InlineData("{{question.upper}}", ExitCode.Task, "doc_to_text: line 1, column ")]
    [InlineData("{{question}", ExitCode.Task, "doc_to_text: ")]
    public async Task Template_FitsNoRow_StopsBeforeTheModelIsLoaded(string template, ExitCode expected, string problem)
    {
        Fill(TinyData.Task.Replace("Q: {{question}}\\nA:", template, StringComparison.Ordinal));
        File.Delete(_folder["answers.jsonl"]);
        await TinyAsync(expected, problem);
        Assert.False(Directory.Exists(_folder["run"]));
    }

    /// <summary>A column may be missing that only an untaken branch names, as in gsm8k_cot.</summary>
    [Fact]
    public async Task Column_OfABranchThatIsNotTaken_IsNotRequired()
    {
        Fill(TinyData.Task.Replace(
            "doc_to_target: answer", "doc_to_target: \"{{answer if answer is defined else target}}\"", StringComparison.Ordinal));
        CommandLineResult result = await CommandLine.SucceedAsync(TinyData.Run(_folder));
        Assert.Contains("| 0.8333 |", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", result.Error, StringComparison.Ordinal);
    }

    /// <summary>The first 64 documents are looked at before the model is loaded.</summary>
    [Theory]
    [InlineData(64, ExitCode.Task, "this is so for each of the first 64 documents")]
    [InlineData(63, ExitCode.SamplesErrored, "64 of 66 samples errored")]
    public async Task Rows_FirstOnesDoNotFit_StopTheRunOnlyTogether(int nulls, ExitCode expected, string fragment)
    {
        FillRows(Failing("choices[9]"), 66, [.. Enumerable.Range(0, nulls), .. nulls == 63 ? [65] : (int[])[]]);
        _folder.Write("answers.jsonl", string.Join('\n', Enumerable.Range(60, 6).Select(
            i => new JsonObject { ["context"] = $"Q: What is {i} + {i}?\nA:", ["response"] = "1" }.ToJsonString())));
        await TinyAsync(expected, fragment);
    }

    /// <summary>A prompt with an example that cannot be rendered would be another prompt, and so would all that follow.</summary>
    [Theory]
    [InlineData("default")]
    [InlineData("first_n")]
    public async Task Example_DoesNotFit_StopsTheRun(string sampler)
    {
        Fill(Failing("choices[9]") + $"\nnum_fewshot: 3\nfewshot_config: {{sampler: {sampler}}}");
        TinyData.WriteShard(
            _folder["data"],
            "train-00000-of-00001.parquet",
            [TinyData.MakeRow(10), TinyData.MakeRow(11) with { Answer = null }, TinyData.MakeRow(12)]);
        await TinyAsync(
            ExitCode.Data,
            "task tiny, example 1 of the few-shot pool from split train: " + _folder["tasks/tiny.yaml"] + ":6: doc_to_text: line 2");
        Assert.False(Directory.Exists(_folder["run"]));
    }

    /// <summary>A word that is no column is text, as in lm-evaluation-harness, and the user is told once.</summary>
    [Fact]
    public async Task Word_ThatIsNoColumn_IsTextWithAWarning()
    {
        Fill(TinyData.Task.Replace("doc_to_target: answer", "doc_to_target: blue", StringComparison.Ordinal)
            + "\nnum_fewshot: 1\ndescription: colours");
        _folder.Write("answers.jsonl", "");
        CommandLineResult result = await CommandLine.RunAsync(TinyData.Run(_folder));
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        string warning = Assert.Single(result.Error.Split('\n'), l => l.StartsWith("warning: ", StringComparison.Ordinal));
        Assert.Equal(
            $"warning: {_folder["tasks/tiny.yaml"]}:7: doc_to_target: 'blue' is no column of org/tiny (main), split test, so it is text; "
            + "the columns are question, answer, choices, label",
            warning);
        JsonNode sample = await ShowAsync(0);
        Assert.Equal(("blue", false), ((string)sample["target"]!, (bool)sample["target_is_json"]!));
        Assert.Matches(@"^coloursQ: What is 1\d \+ 1\d\?\nA: blue\n\nQ: What is 0", (string)sample["context"]!);
    }

    [Fact]
    public async Task Choices_ThatAreNoColumn_AreNoList()
    {
        Fill(TinyData.Task + "\ndoc_to_choice: options\noutput_type: multiple_choice");
        await TinyAsync(
            ExitCode.Task, "task tiny, row 0 of split test: doc_to_choice gives 'options'; expected a list; the row has question");
    }

    /// <summary>lm-evaluation-harness's own gsm8k_cot: its prompts are made, and only then answers are missing.</summary>
    [SkippableFact]
    public async Task Gsm8kCot_OfTheReference_MakesItsPrompts()
    {
        string? tasks = Environment.GetEnvironmentVariable("LMEVAL_TASKS");
        Skip.If(Shared.Missing is not null, Shared.Missing);
        Skip.If(tasks is null, "needs LMEVAL_TASKS, the folder lm_eval/tasks of lm-evaluation-harness");
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", $"replay:{Path.Combine(Shared.Folder, "reports", "gsm8k-cot-refused", "replay.jsonl")}", "--output",
            _folder["run"], "--datasets", Shared.Hub, "--include-path", tasks, "--tasks", "gsm8k_cot", "--limit", "3");
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains("3 of 3 samples errored", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("has no recorded answer for gsm8k_cot, document 0", result.ErrorLine, StringComparison.Ordinal);
    }
}
