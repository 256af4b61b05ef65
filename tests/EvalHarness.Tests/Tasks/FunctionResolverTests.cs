using EvalHarness.Data;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Functions;

namespace EvalHarness.Tests.Tasks;

/// <summary>
/// What runs for a Python function of a task file: an equivalent, what can be read out of the file, or the function itself.
/// </summary>
public sealed class FunctionResolverTests : IDisposable
{
    private const string Body = "\ndataset_path: org/tiny\ntest_split: test\ndoc_to_text: question\ndoc_to_target: answer\n";

    private readonly TemporaryFolder _folder = new();
    private readonly FakeCode _code = new();

    private TaskDefinition Define(TaskCodeUse use, string more, string folder = "mine")
    {
        _folder.Write($"tasks/{folder}/t.yaml", $"task: t{Body}{more}\n");
        return TaskCatalog.Load([_folder["tasks"]], code: use).Define("t");
    }

    private TaskCodeUse Allowed => TaskCodeUse.Allowed(_code, CancellationToken.None);

    [Theory]
    [InlineData("process_docs: !function utils.clean", "t.yaml:6: process_docs: !function utils.clean is Python (")]
    [InlineData("gen_prefix: !function utils.begin", "t.yaml:6: gen_prefix: !function utils.begin is Python (")]
    [InlineData("fewshot_config: {samples: !function utils.made}", "t.yaml:6: fewshot_config: !function utils.made is Python (")]
    public void Function_WithoutPermission_IsRefusedWithFileAndOption(string line, string message)
    {
        string module = _folder.Write("tasks/mine/utils.py", "def clean(rows):\n    return rows\n");
        EvalException refused = Assert.Throws<EvalException>(() => Define(TaskCodeUse.Refused, line));
        Assert.Equal(ExitCode.Task, refused.ExitCode);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(module), refused.Message, StringComparison.Ordinal);
        Assert.Contains("allow it with --allow-task-code", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Function_OfATaskThatIsOnlyDescribed_IsRefusedWhenItIsCalled()
    {
        TaskDefinition task = Define(TaskCodeUse.Described, "gen_prefix: !function utils.begin");
        Assert.Equal(["!function utils.begin"], task.BoxedFunctions.Select(f => f.ToString()));
        EvalException refused = Assert.Throws<EvalException>(() => task.GenerationPrefix!.Resolve(new Dictionary<string, object?>()));
        Assert.Contains("--allow-task-code", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Function_Allowed_IsLoadedWithTheDefinitionAndCalledWithTheDocument()
    {
        _folder.Write("tasks/mine/utils.py", "");
        _code.OfRows["begin"] = row => $"{((IReadOnlyDictionary<string, object?>)row[0]!)["question"]}?";
        TaskDefinition task = Define(Allowed, "gen_prefix: !function utils.begin");
        Assert.Equal(["load begin"], _code.Notes);
        Assert.Equal("why?", task.GenerationPrefix!.Resolve(new Dictionary<string, object?> { ["question"] = "why" }));
    }

    [Fact]
    public void Function_WithoutFile_IsToldWithThePlaceThatNamesIt()
    {
        EvalException missing = Assert.Throws<EvalException>(() => Define(Allowed, "gen_prefix: !function utils.begin"));
        Assert.Contains("t.yaml:6: gen_prefix: !function utils.begin: there is no file", missing.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "RowFunction")]
    [InlineData(true, "SplitFunction")]
    public void Function_WithEquivalentOfAnotherVersion_RunsItselfWhereItMay(bool isAllowed, string kind)
    {
        _folder.Write("tasks/hellaswag/utils.py", "# something else");
        TaskCodeUse use = isAllowed ? Allowed : TaskCodeUse.Refused;
        TaskDefinition task = Define(use, "process_docs: !function utils.process_docs", "hellaswag");
        Assert.Equal(kind, task.ProcessDocuments!.GetType().Name);
        TaskCatalog catalog = TaskCatalog.Load([_folder["tasks"]], code: use);
        Assert.Equal(isAllowed ? 0 : 1, SelectionWarnings.Of(catalog, catalog.Select(["t"])).Count());
    }

    [Fact]
    public void Function_WithEquivalent_NeedsNoPythonWhereItMayRun()
    {
        TaskDefinition task = Define(Allowed, "process_docs: !function utils.process_docs", "hellaswag");
        Assert.IsType<RowFunction>(task.ProcessDocuments);
        Assert.Empty(_code.Notes);
        Assert.Empty(task.BoxedFunctions);
    }

    [Fact]
    public void Filter_ThatCanBeReadOutOfTheFile_NeedsNoPythonWhereItMayRun()
    {
        _folder.Write("tasks/mine/utils.py", "def law(dataset):\n    return dataset.filter(lambda row: row[\"kind\"] == \"law\")\n");
        Assert.IsType<RowFunction>(Define(Allowed, "process_docs: !function utils.law").ProcessDocuments);
        Assert.Empty(_code.Notes);
    }

    [Theory]
    [InlineData("lm_eval/tasks/other/utils.clean")]
    [InlineData("lm_eval.tasks.other.utils.clean")]
    public void Module_NamedByItsPathInTheReference_IsFoundAroundTheTaskFile(string name)
    {
        _folder.Write("tasks/lm_eval/tasks/other/utils.py", "");
        TaskDefinition task = Define(Allowed, $"process_docs: !function {name}", "lm_eval/tasks/mine");
        var split = Assert.IsType<SplitFunction>(task.ProcessDocuments);
        Assert.Equal("utils.clean", split.Function.Name);
        Assert.EndsWith("lm_eval/tasks/other/utils.py", split.Function.Module, StringComparison.Ordinal);
    }

    [Fact]
    public void Module_NamedAsAFile_HasTheFunctionWithTheNameOfTheKey()
    {
        _folder.Write("tasks/mine/my.py", "");
        TaskDefinition task = Define(Allowed, "process_docs: !function my.py");
        Assert.Equal("my.process_docs", Assert.IsType<SplitFunction>(task.ProcessDocuments).Function.Name);
    }

    [Fact]
    public void Samples_AreListedWhenTheFirstIsWanted()
    {
        _folder.Write("tasks/mine/utils.py", "def made():\n    x = 1\n    return [x]\n");
        _code.OfRows["made"] = _ => new List<object?> { new Dictionary<string, object?> { ["question"] = "a" } };
        IReadOnlyList<Document> samples = Define(Allowed, "fewshot_config: {samples: !function utils.made}").FewShot.Samples!;
        Assert.Equal(["load made"], _code.Notes);
        Assert.Equal("a", Assert.Single(samples).Values["question"]);
        Assert.NotEmpty(samples);
        Assert.Equal(["load made", "once made"], _code.Notes);
        _code.OfRows["made"] = _ => 5L;
        IReadOnlyList<Document> wrong = Define(Allowed, "fewshot_config: {samples: !function utils.made}").FewShot.Samples!;
        Assert.Contains(
            "returns an integer; expected a list of few-shot examples",
            Assert.Throws<EvalException>(() => wrong.Count).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
