using EvalHarness.Data;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tests.Tasks;

/// <summary>Folders of task files as other people write them.</summary>
public sealed class TaskCatalogTests : IDisposable
{
    private const string Body = """

        dataset_path: org/tiny
        test_split: test
        doc_to_text: question
        doc_to_target: answer
        """;

    private readonly TemporaryFolder _folder = new();

    private TaskCatalog Load() => TaskCatalog.Load([_folder["tasks"]]);

    [Fact]
    public void Include_FoldersAndLists_LocalKeysWin()
    {
        _folder.Write("tasks/common/base.yaml", "include: deeper/deepest\nnum_fewshot: 1\ndescription: base\ntask_list: [a]");
        _folder.Write(
            "tasks/common/deeper/deepest",
            "dataset_path: org/deep\ntest_split: test\ndescription: deepest\ndoc_to_text: q\ndoc_to_target: a");
        _folder.Write("tasks/second.yaml", "num_fewshot: 2");
        _folder.Write("tasks/t.yaml", "include: [common/base.yaml, second.yaml]\ntask: t\ndoc_to_text: own");
        TaskDefinition task = Load().Define("t");
        Assert.Equal(("org/deep", 2, "own", "base"), (task.DatasetPath, task.NumFewShot, task.DocToText.Source, task.Description!.Source));
    }

    [Fact]
    public void Yaml_AnchorUnderAnUnknownKey_IsRefused()
    {
        _folder.Write("tasks/t.yaml", "task: t" + Body + "\nmetadata: {version: 1}\nmetadata: {version: 2}\nbase: &b {a: 1, c: 3}\n");
        Assert.Contains("base: no such key", Assert.Throws<EvalException>(() => Load().Define("t")).Message, StringComparison.Ordinal);
    }

    /// <summary>The last of two equal keys counts, maps are merged, and a quoted text may have a line that looks like a comment.</summary>
    [Fact]
    public void Yaml_IsReadAsTheReferencesLoaderReadsIt()
    {
        _folder.Write(
            "tasks/t.yaml",
            "task: t" + Body + "\nmetadata: {version: 1}\nmetadata: &b {version: 2}\ndataset_kwargs:\n  <<: {streaming: true}\n" +
                "description: \"one \\\n# two\n three\"\n");
        TaskDefinition task = Load().Define("t");
        Assert.Equal((2L, "one # two three"), (task.Version, task.Description!.Source));
        Assert.True((bool)((IReadOnlyDictionary<string, object?>)task.Config["dataset_kwargs"]!)["streaming"]!);
    }

    [Fact]
    public void Group_InlineTasksAndOverrides_AsInTheReference()
    {
        _folder.Write("tasks/t.yaml", "task: t\ntag: tagged" + Body);
        _folder.Write("tasks/g.yaml", """
            group: g
            num_fewshot: 3
            task:
              - tagged
              - group: inner
                task:
                  - task: fresh
                    dataset_path: org/fresh
                    test_split: test
                    doc_to_text: question
                    doc_to_target: answer
                    num_fewshot: 5
            """);
        TaskSelection selection = Load().Select(["g"]);
        Assert.Equal([("t", 3), ("g::inner::fresh", 5)], selection.Tasks.Select(t => (t.Name, t.NumFewShot)));
        Assert.Equal([("g", 0), ("g::inner", 1)], selection.Groups.Select(g => (g.Group.Name, g.Depth)));
        Assert.Equal(["t", "g::inner::fresh"], selection.Groups[0].Leaves);
    }

    [Fact]
    public void Group_OtherKeysThanTheTaskAlone_IsRefusedTogether()
    {
        _folder.Write("tasks/t.yaml", "task: t" + Body);
        _folder.Write("tasks/g.yaml", "group: g\ntask: [{task: t, num_fewshot: 3}]");
        Assert.Equal(3, Load().Select(["g"]).Tasks[0].NumFewShot);
        Assert.Contains(
            "asked for twice with different keys",
            Assert.Throws<EvalException>(() => Load().Select(["t", "g"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Glob_TasksThatCannotRun_AreLeftOutAndCounted()
    {
        _folder.Write("tasks/good.yaml", "task: x_good" + Body);
        _folder.Write("tasks/bad.yaml", "task: x_bad\nprocess_docs: !function utils.unheard_of" + Body);
        TaskSelection selection = Load().Select(["x_*"]);
        Assert.Equal("x_good", Assert.Single(selection.Tasks).Name);
        Assert.Equal("x_bad", Assert.Single(selection.LeftOut).Task);
        Assert.Contains(
            "1 task(s) that match cannot run and are left out: x_bad",
            Assert.Single(SelectionWarnings.Of(Load(), selection)),
            StringComparison.Ordinal);
        Assert.Contains(
            "!function utils.unheard_of is Python",
            Assert.Throws<EvalException>(() => Load().Select(["x_bad"])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_OneUnreadableFile_StopsNobodyElse()
    {
        _folder.Write("tasks/good.yaml", "task: good" + Body);
        _folder.Write("tasks/torn.yaml", "task: [torn\n");
        TaskCatalog catalog = Load();
        Assert.Equal("good", Assert.Single(catalog.Select(["good"]).Tasks).Name);
        Assert.Contains("torn.yaml", Assert.Single(catalog.Unreadable).Message, StringComparison.Ordinal);
        Assert.Contains(
            "1 file(s) could not be read", Assert.Throws<EvalException>(() => catalog.Select(["torn"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_NameTwice_TheFirstInPathOrderCountsAndIsTold()
    {
        _folder.Write("tasks/a.yaml", "task: twice\ndescription: first" + Body);
        _folder.Write("tasks/b.yaml", "task: twice\ndescription: second" + Body);
        TaskCatalog catalog = Load();
        Assert.Equal("first", catalog.Define("twice").Description!.Source);
        Assert.Contains(
            "twice is defined twice", Assert.Single(SelectionWarnings.Of(catalog, catalog.Select(["twice"]))), StringComparison.Ordinal);
    }

    [Fact]
    public void Function_ByFolderAndName_FindsItsEquivalent()
    {
        _folder.Write(
            "tasks/hellaswag/h.yaml",
            "task: h\ndataset_path: org/h\nvalidation_split: validation\ntraining_split: train\n" +
                "process_docs: !function utils.process_docs\noutput_type: multiple_choice\ndoc_to_text: '{{query}}'\n" +
                "doc_to_target: '{{label}}'\ndoc_to_choice: choices");
        TaskDefinition task = Load().Define("h");
        Assert.NotNull(task.ProcessDocuments);
        // Where neither split is given, the reference takes shots and documents from the same split.
        Assert.True(task.FewShot.ExcludesDocument);
        Assert.Equal("!function utils.process_docs", task.Config["process_docs"]);
        _folder.Write("tasks/hellaswag/utils.py", "# something else");
        Assert.Contains(
            "differs from the version", Assert.Single(SelectionWarnings.Of(Load(), Load().Select(["h"]))), StringComparison.Ordinal);
        _folder.Write("tasks/other/h.yaml", "task: h2" + Body + "\nprocess_docs: !function utils.process_docs");
        Assert.Throws<EvalException>(() => Load().Define("h2"));
    }

    [Theory]
    [InlineData(
        "def process_docs(dataset, subject):\n    return dataset.filter(lambda x: x[\"kind\"] == subject)\n\n\n" +
            "process_law = partial(process_docs, subject=\"law\")\n",
        true)]
    [InlineData(
        "S = [\n    \"Fine Art\",\n    \"Law\",\n]\n\n\ndef process_docs(dataset, s):\n" +
            "    return dataset.filter(lambda x: x[\"kind\"] == s)\n\n\nf = {\n" +
            "    f\"process_{s.lower().replace(' ', '_')}\": partial(process_docs, s=s) for s in S\n}\n\nglobals().update(f)\n",
        true)]
    [InlineData("def process_law(dataset):\n    return dataset.filter(lambda doc: doc[\"kind\"] == \"law\")\n", true)]
    [InlineData(
        "def process_docs(dataset, subject):\n    return dataset.filter(lambda x: x[\"kind\"] != subject)\n\n\n" +
            "process_law = partial(process_docs, subject=\"law\")\n",
        false)]
    [InlineData("def process_law(dataset):\n    return dataset.filter(lambda doc: doc[\"kind\"] == \"law\").map(clean)\n", false)]
    [InlineData(
        "def process_law(dataset):\n    dataset = dataset.shuffle()\n    return dataset.filter(lambda doc: doc[\"kind\"] == \"law\")\n",
        false)]
    public void RowFilter_ReadOutOfPython_OnlyWhereItIsOne(string python, bool isFilter)
    {
        _folder.Write("tasks/f/utils.py", python);
        _folder.Write("tasks/f/t.yaml", "task: t" + Body + "\nprocess_docs: !function utils.process_law");
        if (!isFilter)
        {
            Assert.Throws<EvalException>(() => Load().Define("t"));
            return;
        }

        Func<Document, Document?> row = ((RowFunction)Load().Define("t").ProcessDocuments!).Make();
        string law = python.Contains("\"Law\"", StringComparison.Ordinal) ? "Law" : "law";
        Assert.NotNull(row(new Document(new Dictionary<string, object?> { ["kind"] = law })));
        Assert.Null(row(new Document(new Dictionary<string, object?> { ["kind"] = "art" })));
    }

    private const string Shots = """
        def shots() -> list[dict]:
            return [
                {"question": "a ] b\n", "answer": 'it\'s', "few": True},
                {"question": "c", "answer": "d", "few": True},
            ]


        def made():
            x = 1
            return [x]

        """;

    [Fact]
    public void Samples_PythonFunctionThatReturnsAList_AreItsElements()
    {
        _folder.Write("tasks/f/utils.py", Shots);
        _folder.Write("tasks/f/t.yaml", "task: t" + Body + "\nfewshot_config: {sampler: first_n, samples: !function utils.shots}");
        Assert.Equal(["a ] b\n", "c"], Load().Define("t").FewShot.Samples!.Select(s => s.Values["question"]));
    }

    [Fact]
    public void Samples_PythonFunctionThatDoesMore_IsRefused()
    {
        _folder.Write("tasks/f/utils.py", Shots);
        _folder.Write("tasks/f/t.yaml", "task: t" + Body + "\nfewshot_config: {samples: !function utils.made}");
        Assert.Contains(
            "!function utils.made is Python", Assert.Throws<EvalException>(() => Load().Define("t")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
