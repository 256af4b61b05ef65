using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Prompts;

/// <summary>Which shots a document gets.</summary>
public sealed class FewShotSamplerTests
{
    private static TaskDefinition Task(string sampler) =>
        GradingJobs.Task(GradingJobs.Generate + $"\nfewshot_config: {{sampler: {sampler}, split: train}}");

    private static Document[] Documents(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(
            i => new Document(new Dictionary<string, object?> { ["question"] = $"q{i}", ["answer"] = $"a{i}" }))];

    private static string[] Contexts(string sampler, IEnumerable<Document> documents)
    {
        var builder = new PromptBuilder(new TaskRun(Task(sampler), NumFewShot: 3, Seed: 7) { FewShotPool = Documents(100, 30) });
        return [.. documents.Select((document, i) => builder.Prepare(new NumberedDocument(i, document)).Context)];
    }

    [Fact]
    public void PerDocument_ShotsOfADocument_DoNotDependOnTheOthers()
    {
        string[] all = Contexts("per_doc", Documents(0, 8)), backwards = Contexts("per_doc", Documents(0, 8).Reverse());
        Assert.Equal(all, backwards.Reverse());
        Assert.Equal(all[5], Contexts("per_doc", Documents(5, 1))[0]);
        // The reference's default sampler draws other shots for each document.
        Assert.NotEqual(Contexts("default", Documents(0, 8)), Contexts("default", Documents(0, 8).Reverse()).Reverse());
        Assert.Equal(8, all.Select(context => context[..context.LastIndexOf('q')]).Distinct().Count());
    }

    [Fact]
    public void Shots_FewerThanWanted_IsAnErrorAndNotAShorterPrompt()
    {
        TaskDefinition task = GradingJobs.Task(GradingJobs.Generate + "\nfewshot_config: {sampler: first_n, split: test}");
        Document[] documents = Documents(0, 3);
        var builder = new PromptBuilder(new TaskRun(task, NumFewShot: 3, Seed: 0) { FewShotPool = documents });
        Assert.Contains(
            "only 2 are left",
            Assert.Throws<EvalException>(() => builder.Prepare(new NumberedDocument(0, documents[0]))).Message,
            StringComparison.Ordinal);
    }
}
