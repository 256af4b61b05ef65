using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tests.Scoring;

namespace EvalHarness.Tests.Prompts;

/// <summary>Documents that are put together again from the temporary file are those that were made first.</summary>
public sealed class PreparedDocumentsTests
{
    /// <summary>More than are kept in memory.</summary>
    private const int Many = 1_200;

    private const string Choices = """
        task: t
        dataset_path: org/t
        test_split: test
        fewshot_split: train
        num_fewshot: 2
        fewshot_config: {sampler: default}
        output_type: multiple_choice
        doc_to_text: "Q: {{q}}\nA:"
        doc_to_choice: ["{{a}}", "{{b}}"]
        doc_to_target: gold
        """;

    private static Document Row(int i) => new(new OrderedDictionary<string, object?>
    {
        ["q"] = $"question {i}",
        ["a"] = $"a{i}",
        ["b"] = $"b{i}",
        // A document that does not fit its templates stands among the others.
        ["gold"] = i == 7 ? null : (object)(long)(i % 2),
    });

    private static TaskRun Run(IEnumerable<int> ids) =>
        new(GradingJobs.Task(Choices), NumFewShot: 2, Seed: 5)
        {
            Documents = [.. ids.Select(i => new NumberedDocument(i, Row(i)) { Row = i + 3 })],
            FewShotPool = [.. Enumerable.Range(5_000, 9).Select(Row)],
        };

    private static string Text(PreparedDocument document) => string.Join('|', [
        $"{document.Id} {document.Document.ToJson()} {document.Gold} {document.Target} {document.MultipleTargets}",
        $"{document.Failure?.Message}",
        .. document.Choices,
        .. document.Requests.Select(r => $"{r.Key} {r.Context} {((LogLikelihoodRequest)r).Continuation}"),
    ]);

    [Fact]
    public void Documents_InAnyOrder_AreThoseOfTheBuilder()
    {
        TaskRun run = Run(Enumerable.Range(0, Many));
        var builder = new PromptBuilder(run);
        string[] expected = [.. run.Documents.Select(d => Text(builder.Attempt(d)))];
        Assert.Equal(Many, expected.Distinct().Count());
        using var documents = new PreparedDocuments(run, ChatFormat.None, prompt => prompt);
        // The last first: those before it are made on the way.
        Assert.Equal(expected[^1], Text(documents[Many - 1]));
        Assert.Equal(expected, documents.All().Select(Text));
        foreach (int position in (int[])[900, 3, 7, 1_100, 3, 0])
            Assert.Equal(expected[position], Text(documents[position]));
    }

    [Fact]
    public void PositionOf_DocumentsOfSomeIds_IsTheirPlace()
    {
        using var documents = new PreparedDocuments(Run([0, 1, 5, 90]), ChatFormat.None, prompt => prompt);
        Assert.Equal([0, 1, 5, 90], documents.All().Select(d => d.Id));
        Assert.Equal([0, 1, 2, 3], ((long[])[0, 1, 5, 90]).Select(documents.PositionOf));
    }

    /// <summary>A chat template may be slow, and what it made is kept.</summary>
    [Fact]
    public void Documents_ThatAnEngineRenders_AreRenderedOnce()
    {
        int rendered = 0;
        Prompt Render(Prompt prompt) => prompt.Render((turns, _) =>
        {
            rendered++;
            return string.Join('/', turns.Select(t => $"{t.Role}={t.Content}"));
        });
        using var documents = new PreparedDocuments(Run(Enumerable.Range(0, Many)), new ChatFormat { Apply = true }, Render);
        string[] first = [.. documents.All().Select(Text)];
        int once = rendered;
        Assert.Equal(first, documents.All().Select(Text));
        Assert.Equal(once, rendered);
        Assert.Contains("user=Q: question 3\nA:", documents[3].Context, StringComparison.Ordinal);
        Assert.True(documents[3].Prompt.IsRendered);
        Assert.NotNull(documents[3].Prompt.MessagesSha256());
    }

    /// <summary>A collection that says that it has more than it gives.</summary>
    private sealed class Short(IReadOnlyCollection<NumberedDocument> documents) : IReadOnlyCollection<NumberedDocument>
    {
        public int Count => documents.Count + 1;

        public IEnumerator<NumberedDocument> GetEnumerator() => documents.GetEnumerator();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }

    [Fact]
    public void All_DataThatEndsEarly_IsAnError()
    {
        TaskRun run = Run([0, 1]);
        using var documents = new PreparedDocuments(run with { Documents = new Short(run.Documents) }, ChatFormat.None, prompt => prompt);
        EvalException e = Assert.Throws<EvalException>(() => documents.All().Count());
        Assert.Equal(ExitCode.Data, e.ExitCode);
        Assert.Contains("its data ended after 2 of 3 documents", e.Message, StringComparison.Ordinal);
    }
}
