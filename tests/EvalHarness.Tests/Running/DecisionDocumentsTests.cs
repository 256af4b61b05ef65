using EvalHarness.Data;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Tests.Running;

public sealed class DecisionDocumentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Documents are found by their place, and their places by them, also where a task evaluates only some.</summary>
    [Fact]
    public void Places_AndDocuments_AreEachOthers()
    {
        TinyData.Fill(_folder);
        TaskRun tiny = Assert.Single(TaskCatalog.Load([_folder["tasks"]]).Select(["tiny"]).Runs(numFewShot: 0, seed: 0));
        TaskRun Of(params long[] ids) => tiny with
        {
            Documents = [.. ids.Select(id => new NumberedDocument(id, new Document(new Dictionary<string, object?>())))],
        };
        TaskRun some = Of(2, 5, 9) with { Indices = new HashSet<int> { 9, 2, 5 } };
        TaskRun none = Of() with { Indices = new HashSet<int>() };
        TaskRun[] tasks = [Of(0, 1), none, some, Of(0)];
        var documents = new DecisionDocuments(tasks);
        Assert.Equal(6, documents.Count);
        Assert.Equal([(0, 0), (0, 1), (2, 2), (2, 5), (2, 9), (3, 0)], Enumerable.Range(0, 6).Select(place =>
        {
            (TaskRun task, long document) = documents[place];
            Assert.Equal(place, documents.PlaceOf(task, document));
            return (Array.FindIndex(tasks, t => ReferenceEquals(t, task)), document);
        }));
    }

    public void Dispose() => _folder.Dispose();
}
