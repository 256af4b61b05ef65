namespace EvalHarness.Tests.Cli;

/// <summary>Choices and targets that do not fit each other, as they come with a first CSV file of one's own.</summary>
public sealed class ChoiceMistakeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string[] Run(string choices, string question = "question")
    {
        _folder.Write("q.csv", "question,answer\na,1\nb,5\n");
        _folder.Write("answers.jsonl", string.Join('\n', new[] { "a", "b" }.SelectMany(context => new[] { " x", " y" }.Select(
            choice => $$"""{"context": "{{context}}", "continuation": "{{choice}}", "loglikelihood": -1, "is_greedy": false}"""))));
        string task = _folder.Write(
            "k.yaml",
            $"""
            task: k
            dataset_path: ./q.csv
            output_type: multiple_choice
            test_split: test
            doc_to_text: "{question}"
            doc_to_choice: {choices}
            doc_to_target: answer
            """);
        return ["run", "--model", $"replay:{_folder["answers.jsonl"]}", "--tasks", task, "--output", _folder["run"]];
    }

    [Theory]
    [InlineData("[yes, no]", "choice 0 is True, a boolean; expected text: put it in quotes")]
    [InlineData("[\"a\", 1]", "choice 1 is 1, an integer; expected text")]
    [InlineData("{a: \"x\", b: off}", "choice 1 is False, a boolean")]
    [InlineData("[\"a\", null]", "choice 1 is null")]
    public async Task ChoicesThatAreNoText_AreRefused(string choices, string message)
    {
        CommandLineResult result = await CommandLine.RunAsync(Run(choices));
        Assert.Equal((int)ExitCode.Task, result.ExitCode);
        Assert.Contains(message, Assert.Single(result.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TargetsOutsideTheChoices_AreCountedAtTheEnd()
    {
        CommandLineResult result = await CommandLine.RunAsync(Run("[\"x\", \"y\"]"));
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("task k: the target of 1 of 2 documents is none of their choices", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WriteOut_FirstDocumentWithoutAPrompt_SaysWhyInItsPlace()
    {
        CommandLineResult result = await CommandLine.RunAsync([.. Run("[\"x\", \"y\"]", "{{question + 1}}"), "--write-out"]);
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        Assert.Contains("task k, document 0, has no prompt: ", result.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
