using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Prompts;

/// <summary>What a document of which no prompt can be made does to the others.</summary>
public sealed class PromptBuilderTests
{
    private static Document Make(int i, object? question) => new(new Dictionary<string, object?>
    {
        ["question"] = question,
        ["answer"] = new List<object?> { $"a{i}", $"b{i}" },
    });

    private static Document[] Documents(int first, int count, params int[] misfits) =>
        [.. Enumerable.Range(first, count).Select(i => Make(i, misfits.Contains(i) ? null : $"q{i}"))];

    private static PreparedDocument[] Attempt(string yaml, int shots, params Document[] documents)
    {
        var run = new TaskRun(GradingJobs.Task(yaml), shots, Seed: 7) { FewShotPool = Documents(100, 30) };
        var builder = new PromptBuilder(run);
        return [.. documents.Select((document, i) => builder.Attempt(new NumberedDocument(i, document)))];
    }

    [Theory]
    [InlineData("default")]
    [InlineData("per_doc")]
    public void Attempt_AMisfit_LeavesTheShotsOfTheOthers(string sampler)
    {
        string task = GradingJobs.Generate + $"\nfewshot_config: {{sampler: {sampler}, split: train}}";
        PreparedDocument[] whole = Attempt(task, 3, Documents(0, 8)), damaged = Attempt(task, 3, Documents(0, 8, 0, 4));
        Assert.Equal([0, 4], damaged.Where(d => d.Failure is not null).Select(d => d.Id));
        Assert.All(damaged.Where(d => d.Failure is not null), d => Assert.Empty(d.Requests));
        foreach (PreparedDocument prepared in damaged.Where(d => d.Failure is null))
            Assert.Equal(whole[prepared.Id].Context, prepared.Context);
    }

    /// <summary>The first document that has a prompt says that targets are lists.</summary>
    [Fact]
    public void Attempt_FirstIsAMisfit_TheNextDecidesForTheTask()
    {
        PreparedDocument[] documents = Attempt(GradingJobs.Generate, 0, Documents(0, 3, 0));
        Assert.Equal([false, true, true], documents.Select(d => d.MultipleTargets));
        Assert.Equal(
            "task graded, row 0 of split test: test.yaml:4: doc_to_text: column question is null; expected text; "
            + "the row has question (None), answer (a list)",
            documents[0].Failure!.Message);
    }

    [Fact]
    public void Prepare_AMisfit_Throws()
    {
        var builder = new PromptBuilder(new TaskRun(GradingJobs.Task(GradingJobs.Generate), 0, Seed: 7));
        var numbered = new NumberedDocument(2, Make(2, null)) { Row = 9 };
        EvalException e = Assert.Throws<EvalException>(() => builder.Prepare(numbered));
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.StartsWith("task graded, row 9 of split test: ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>The work of a task is estimated from its first documents; where these are all, it is counted.</summary>
    [Fact]
    public void TaskWork_OfTheFirstDocuments_EstimatesThatOfAll()
    {
        string task = GradingJobs.Generate + "\ndescription: " + new string('x', 1000)
            + "\ngeneration_kwargs: {max_gen_toks: 10}";
        PreparedDocument[] documents = Attempt(task, 0, Documents(1000, 800));
        TaskWork all = TaskWork.Of(documents, documents.Length), some = TaskWork.Of(documents[..64], documents.Length);
        // Each sorted prompt shares all but its last digits with the one before it: 1 of 10 ends in three other digits or two.
        Assert.Equal(1005 + (799 * 1) + 79 + 7, all.Characters);
        Assert.Equal((800, 8000), (all.Completions, all.CompletionTokens));
        Assert.Equal((800, 8000), (some.Completions, some.CompletionTokens));
        Assert.InRange(some.Characters, all.Characters * 0.98, all.Characters * 1.02);
        Assert.Equal(new TaskWork(0, 0, 0), TaskWork.Of([], 0));
        Assert.Equal(TaskWork.Of(documents[..1], 1).Characters, TaskWork.Of([documents[0], documents[0]], 2).Characters);
    }
}
