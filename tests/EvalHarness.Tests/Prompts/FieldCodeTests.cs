using System.Globalization;
using EvalHarness.Data;
using EvalHarness.Prompts;
using EvalHarness.Pythonic;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tests.Tasks;

namespace EvalHarness.Tests.Prompts;

/// <summary>
/// Fields that are Python functions: rows go to the interpreter in blocks, and prompts are those of one row after the other.
/// </summary>
public sealed class FieldCodeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly FakeCode _code = new();

    private static long Number(IReadOnlyList<object?> row) => (long)((IReadOnlyDictionary<string, object?>)row[0]!)["n"]!;

    private TaskRun Run(int documents, int shots = 0, string more = "")
    {
        _folder.Write("tasks/mine/utils.py", "");
        _folder.Write(
            "tasks/mine/t.yaml",
            "task: t\ndataset_path: org/tiny\ntest_split: test\nfewshot_split: train\ndoc_to_text: !function utils.text\n"
            + $"doc_to_target: !function utils.target\n{more}");
        _code.OfRows["text"] = row => Number(row) == 7
            ? throw new FunctionException("utils.py:3: text: KeyError: 'x'")
            : $"Number {Number(row)}?";
        _code.OfRows["target"] = row => Number(row).ToString(CultureInfo.InvariantCulture);
        TaskDefinition task = TaskCatalog
            .Load([_folder["tasks"]], code: TaskCodeUse.Allowed(_code, CancellationToken.None))
            .Define("t");
        _code.Notes.Clear();
        Document Make(long n) => new(new Dictionary<string, object?> { ["n"] = n });
        return new TaskRun(task, shots, Seed: 1)
        {
            Documents = [.. Enumerable.Range(0, documents).Select(i => new NumberedDocument(i, Make(i)))],
            FewShotPool = [.. Enumerable.Range(100, 20).Select(i => Make(i))],
        };
    }

    private static string[] Prompts(TaskRun run)
    {
        using var documents = new PreparedDocuments(run, ChatFormat.None, prompt => prompt);
        return [.. documents.All().Select(d => d.Failure?.Message ?? $"{d.Context}|{d.Target}")];
    }

    [Fact]
    public void Documents_AreSentInBlocks_OnceForAllFields()
    {
        string[] prompts = Prompts(Run(documents: 90));
        Assert.Equal("Number 89?|89", prompts[89]);
        Assert.Contains(
            "t.yaml:5: doc_to_text: utils.py:3: text: KeyError: 'x'", prompts[7], StringComparison.Ordinal);
        Assert.Equal(["rows text,target 16", "rows text,target 64", "rows text,target 10"], _code.Notes);
    }

    [Fact]
    public void Documents_ThatNobodyAnnounced_AreSentAlone()
    {
        TaskRun run = Run(documents: 3);
        var builder = new PromptBuilder(run);
        Assert.Equal("Number 2?", builder.Prepare(run.Documents.Last()).Context);
        Assert.Equal(["rows text,target 1"], _code.Notes);
    }

    [Fact]
    public void Documents_ThatAreLong_MakeShortBlocks()
    {
        TaskRun run = Run(documents: 0) with
        {
            Documents =
            [
                .. Enumerable.Range(10, 4).Select(i => new NumberedDocument(
                    i, new Document(new Dictionary<string, object?> { ["n"] = (long)i, ["text"] = new string('x', 600_000) }))),
            ],
        };
        Assert.Equal(4, Prompts(run).Length);
        Assert.Equal(["rows text,target 2", "rows text,target 2"], _code.Notes);
    }

    [Fact]
    public void Examples_AreSentTogether_AndGiveTheSamePrompts()
    {
        TaskRun run = Run(documents: 7, shots: 3);
        string[] prompts = Prompts(run);
        Assert.Equal(4, prompts[0].Split("Number").Length - 1);
        Assert.Contains("Number 1", prompts[0], StringComparison.Ordinal);
        Assert.Equal("rows text,target 7", _code.Notes[0]);
        // At most the pool is rendered, each example once, and those of a prompt together.
        Assert.All(_code.Notes.Skip(1), note => Assert.StartsWith("rows text,target ", note, StringComparison.Ordinal));
        Assert.InRange(_code.Notes.Skip(1).Sum(note => int.Parse(note[17..], CultureInfo.InvariantCulture)), 3, 20);
        _code.Notes.Clear();
        FirstBlock.Check(run, new PromptBuilder(run));
        // The documents of the last block are known.
        Assert.DoesNotContain("rows text,target 7", _code.Notes);
    }

    [Fact]
    public void Examples_WithATextOfTheirOwn_SeeTheTargetOfTheTask()
    {
        TaskRun run = Run(documents: 1, shots: 1, "fewshot_config: {doc_to_text: !function utils.shot}\n");
        _code.OfRows["shot"] = row => $"Shot {Number(row)}?";
        Assert.Matches("^Shot 1(..)\\? 1\\1\n\nNumber 0\\?\\|0$", Assert.Single(Prompts(run)));
        Assert.Equal(["rows text,target 1", "rows shot,target 1"], _code.Notes);
    }

    public void Dispose() => _folder.Dispose();
}
