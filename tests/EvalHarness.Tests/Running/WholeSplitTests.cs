using EvalHarness.Data;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;
using EvalHarness.Tasks.Functions;
using EvalHarness.Tests.Tasks;

namespace EvalHarness.Tests.Running;

/// <summary>process_docs in Python: the rows of a split are handed over once, and the documents are what the functions return.</summary>
public sealed class WholeSplitTests : IDisposable
{
    private const int Rows = 700;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeCode _code = new();

    public WholeSplitTests()
    {
        _folder.Write("tasks/utils.py", "");
        string Lines(string kind, int count) =>
            string.Concat(Enumerable.Range(0, count).Select(i => $"{{\"q\": \"{kind}{i}\", \"kind\": \"{(i % 3 == 0 ? "a" : "b")}\"}}\n"));
        _folder.Write("data/org/rows/test.jsonl", Lines("q", Rows));
        _folder.Write("data/org/rows/train.jsonl", Lines("t", 9));
        _code.OfSplits["even"] = rows => rows.Index().Where(r => r.Index % 2 == 0).Select(r => new ProcessedRow(r.Index, null));
        _code.OfSplits["longer"] = rows => rows.Select(row => new ProcessedRow(null, row.With(("q", $"{row.Values["q"]}!"))));
        _code.OfSplits["reversed"] = rows => rows.Index().Reverse().Select(r => new ProcessedRow(r.Index, null));
        _code.OfSplits["none"] = _ => [];
        _code.OfSplits["wrong"] = _ => throw new EvalException(ExitCode.Task, "utils.py:9: wrong: KeyError: 'x'");
    }

    private TaskRun[] Runs(int shots, params string[] more)
    {
        string[] files =
        [
            .. more.Select((text, i) => _folder.Write(
                $"tasks/t{i}.yaml",
                $"task: t{i}\ndataset_path: org/rows\ntest_split: test\nfewshot_split: train\ndoc_to_text: q\ndoc_to_target: kind\n"
                + $"{text}\n")),
        ];
        TaskCatalog catalog = TaskCatalog.Load([], code: TaskCodeUse.Allowed(_code, CancellationToken.None));
        IReadOnlyList<TaskRun> runs = catalog.Select(files).Runs(shots, seed: 1);
        _code.Notes.Clear();
        return [.. runs];
    }

    private FileDatasetSource Source => new(_folder["data"]);

    private Task<DocumentStore> LoadAsync(TaskRun[] runs, bool keep) =>
        DocumentStore.LoadAsync(Source, runs, requirePinned: false, CancellationToken.None, keep ? double.MaxValue : 0);

    private static string[] Shown(TaskRun task) => [.. task.Documents.Select(d => $"{d.Id} {d.Row} {d.Document.Values["q"]}")];

    [Theory]
    [InlineData("process_docs: !function utils.even", 350, "0 0 q0", "349 698 q698")]
    [InlineData("process_docs: !function utils.longer", 700, "0 0 q0!", "699 699 q699!")]
    [InlineData("process_docs: !function utils.reversed", 700, "0 699 q699", "699 0 q0")]
    [InlineData("process_docs: !function utils.even\nwhere: {kind: a}", 117, "0 0 q0", "116 696 q696")]
    [InlineData("process_docs: !function utils.longer\nwhere: {kind: a}", 234, "0 0 q0!", "233 699 q699!")]
    public async Task Documents_InMemoryAndInAFile_AreWhatTheFunctionReturns(string more, int count, string first, string last)
    {
        foreach (bool keep in (bool[])[true, false])
        {
            using DocumentStore store = await LoadAsync(Runs(0, more), keep);
            TaskRun task = Assert.Single(store.Tasks);
            Assert.Equal(count, task.Available);
            string[] shown = Shown(task);
            Assert.Equal(count, shown.Length);
            Assert.Equal((first, last), (shown[0], shown[^1]));
            Assert.Equal(shown, Shown(task));
            Assert.Equal("drop", _code.Notes[^1]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Documents_WithALimit_AreTheFirstOnesOfTheWholeSplit(bool keep)
    {
        TaskRun[] runs = [.. Runs(0, "process_docs: !function utils.reversed").Select(r => r with { Limit = 2 })];
        using DocumentStore store = await LoadAsync(runs, keep);
        Assert.Equal(["0 699 q699", "1 698 q698"], Shown(Assert.Single(store.Tasks)));
        Assert.Equal(Rows, store.Tasks[0].Available);
        Assert.Equal(["open q,kind", "add 512", "add 188", "process reversed", "drop"], _code.Notes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rows_OfTasksOfOneFile_AreHandedOverOnce_AndEachFunctionIsCalledOnce(bool keep)
    {
        TaskRun[] runs = Runs(
            2,
            "process_docs: !function utils.even",
            "process_docs: !function utils.reversed",
            "process_docs: !function utils.even\nfewshot_config: {sampler: first_n}",
            "where: {kind: a}");
        using DocumentStore store = await LoadAsync(runs, keep);
        Assert.Equal([350, 700, 350, 234], store.Tasks.Select(t => t.Documents.Count));
        Assert.Equal(
            ["open q,kind", "add 512", "add 188", "process even", "process reversed", "drop"],
            _code.Notes.Take(6));
        Assert.Equal(["open q,kind", "add 9", "process even", "process reversed", "drop"], _code.Notes.Skip(6));
        Assert.Equal("t2", store.Tasks[2].FewShotPool[1].Values["q"]);
        Assert.Equal("t8", store.Tasks[1].FewShotPool[0].Values["q"]);
        Assert.Equal(5, store.Tasks[0].FewShotPool.Count);
    }

    [Theory]
    [InlineData("wrong", "task t0, split test: process_docs: utils.py:9: wrong: KeyError: 'x'")]
    [InlineData("none", "has no row")]
    public async Task Function_ThatFailsOrLeavesNothing_EndsTheRunWithItsWords(string function, string message)
    {
        TaskRun[] runs = Runs(0, $"process_docs: !function utils.{function}");
        EvalException wrong = await Assert.ThrowsAsync<EvalException>(() => LoadAsync(runs, keep: true));
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
        Assert.Equal("drop", _code.Notes[^1]);
    }

    [Fact]
    public async Task Check_SmallBlockIsEnough_OrTheWholeSplitIsRead()
    {
        _code.OfSplits["last"] = rows => rows.Index().Where(r => r.Index >= 600).Select(r => new ProcessedRow(r.Index, null));
        TaskRun[] runs = Runs(
            0,
            "process_docs: !function utils.even",
            "process_docs: !function utils.last",
            "process_docs: !function utils.wrong");
        IReadOnlyList<FirstRows?> rows = await FirstRows.ReadAsync(
            Source, [_folder["data"]], [.. runs.Select(r => r.Definition)], CancellationToken.None);
        Assert.Equal(["0 0 q0", "1 2 q2"], Shown(rows[0]!.Run).Take(2));
        Assert.Null(rows[0]!.Problem);
        Assert.Equal("0 600 q600", Shown(rows[1]!.Run)[0]);
        Assert.Contains("utils.py:9", rows[2]!.Problem!.Message, StringComparison.Ordinal);
        Assert.Equal(
            [
                "open q,kind", "add 256", "process even", "process last", "process wrong", "drop",
                "open q,kind", "add 512", "add 188", "process last", "process wrong", "drop",
            ],
            _code.Notes);
    }

    public void Dispose() => _folder.Dispose();
}
