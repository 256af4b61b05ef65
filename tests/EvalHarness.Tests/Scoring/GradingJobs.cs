using EvalHarness.Data;
using EvalHarness.Engines;
using EvalHarness.Prompts;
using EvalHarness.Scoring;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Scoring;

/// <summary>Jobs for graders, from task files written in the test.</summary>
internal static class GradingJobs
{
    internal const string Generate = """
        task: graded
        dataset_path: org/name
        test_split: test
        doc_to_text: question
        doc_to_target: answer
        """;

    internal const string Choose = """
        task: graded
        dataset_path: org/name
        test_split: test
        output_type: multiple_choice
        doc_to_text: question
        doc_to_target: answer
        doc_to_choice: choices
        """;

    internal static TaskDefinition Task(string yaml, string source = "test.yaml", string folder = "") =>
        TaskReader.ReadTask(new TaskFileReader((_, _) => null).Read(new IncludedText(source, folder, yaml))[0], TaskCodeUse.Refused);

    internal static GradingJob Job(string yaml, params Sample[] samples) => new() { Task = Task(yaml), Filter = "none", Samples = samples };

    internal static Sample Answer(long id, object? target, params string[] answers) => new()
    {
        DocumentId = id,
        Document = new Document(new Dictionary<string, object?> { ["question"] = "?", ["answer"] = target }),
        Context = "?",
        Choices = [],
        Target = target,
        Responses = [.. answers.Select(
            (a, i) => new Response { Key = new RequestKey("graded", id, i), FinishReason = FinishReason.Stop, Text = a })],
        Answers = answers,
    };

    internal static Sample Choice(long id, object? target, params (string Text, double LogLikelihood, bool Greedy)[] choices) => new()
    {
        DocumentId = id,
        Document = new Document(new Dictionary<string, object?> { ["question"] = "?" }),
        Context = "?",
        Choices = [.. choices.Select(c => c.Text)],
        Target = target,
        Responses =
        [
            .. choices.Select((c, i) => new Response
            {
                Key = new RequestKey("graded", id, i),
                FinishReason = FinishReason.Scored,
                LogLikelihood = c.LogLikelihood,
                IsGreedy = c.Greedy,
            }),
        ],
        Answers = [],
    };
}
