using EvalHarness.Results;
using EvalHarness.Tasks;
using EvalHarness.Tests.Cli;

namespace EvalHarness.Tests.Tasks;

/// <summary>Tasks that are named by the path of their file, and files that include built-in ones.</summary>
public sealed class TaskPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static string[] Names(TaskSelection selection) => [.. selection.Tasks.Select(t => t.Name)];

    private static string Named(string name) => TinyData.Task.Replace("task: tiny", $"task: {name}", StringComparison.Ordinal);

    [Theory]
    [InlineData("mine.yaml")]
    [InlineData("mine.yml")]
    [InlineData("mine.task")]
    public void Select_PathOfAFile_IsItsTask(string name)
    {
        _folder.Write("common.yaml", Named("never"));
        string path = _folder.Write(name, "include: common.yaml\ntask: mine\nnum_fewshot: 2");
        TaskDefinition task = Assert.Single(TaskCatalog.Load([]).Select([path]).Tasks);
        Assert.Equal(("mine", 2, "answer"), (task.Name, task.NumFewShot, task.Config["doc_to_target"]));
    }

    /// <summary>The file wins over a built-in task of its name, wherever it stands in the list.</summary>
    [Fact]
    public void Select_PathBesideItsName_IsOneTask()
    {
        string path = _folder.Write("gsm8k.yaml", Named("gsm8k"));
        TaskDefinition task = Assert.Single(TaskCatalog.Load([]).Select([$"gsm8k,{path}"]).Tasks);
        Assert.Equal(path, task.Source);
    }

    [Fact]
    public void Select_PathOfAGroup_HasItsMembersFromTheFolder()
    {
        _folder.Write("a.yaml", Named("a"));
        _folder.Write("b.yaml", Named("b"));
        _folder.Write("broken.yaml", "task: [");
        // A task that there is already is not replaced by a file that happens to stand there.
        _folder.Write("gsm8k.yaml", Named("gsm8k"));
        string path = _folder.Write("all.yaml", "group: all\ntask: [b, a, gsm8k]");
        TaskSelection selection = TaskCatalog.Load([]).Select([path]);
        Assert.Equal(["b", "a", "gsm8k"], Names(selection));
        Assert.Equal("all", Assert.Single(selection.Groups).Group.Name);
        Assert.Equal("built-in gsm8k.yaml", selection.Tasks[2].Source);
    }

    [Fact]
    public void Select_PathOfAFolder_IsAllItsTasks()
    {
        _folder.Write("mine/b.yaml", Named("b"));
        _folder.Write("mine/a.yaml", Named("a"));
        _folder.Write("mine/deeper/c.yaml", Named("c"));
        Assert.Equal(["a", "b"], Names(TaskCatalog.Load([]).Select([_folder["mine"]])));
    }

    [Fact]
    public void Select_WhatIsNoTaskFile_IsRefused()
    {
        string template = _folder.Write("template.yaml", "doc_to_text: x");
        Assert.Equal(
            $"--tasks {template}: found neither the key task nor the key group; expected a task, or a group of tasks",
            Assert.Throws<EvalException>(() => TaskCatalog.Load([]).Select([template])).Message);
        Assert.StartsWith(
            "--tasks ./no.yaml: there is no such file; expected the path of a task file, or the name of a task",
            Assert.Throws<EvalException>(() => TaskCatalog.Load([]).Select(["./no.yaml"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfAPath_IsContinuedFromIt()
    {
        TinyData.Fill(_folder);
        string path = _folder["tasks/tiny.yaml"];
        string[] run = ["run", "--model", $"replay:{_folder["answers.jsonl"]}", "--datasets", _folder["data"], "--tasks", path];
        await CommandLine.SucceedAsync([.. run, "--output", _folder["run"]]);
        Assert.Equal([path], new RunFolder(_folder["run"]).ReadManifest().Options.Tasks);
        File.Delete(_folder["run/results.json"]);
        await CommandLine.SucceedAsync("run", "--resume", _folder["run"]);
        Assert.True(File.Exists(_folder["run/results.json"]));
    }

    [Fact]
    public async Task IncludePath_OfAFile_AddsItsTasks()
    {
        string path = _folder.Write("mine.yaml", Named("mine"));
        _folder.Write("other.yaml", Named("other"));
        string listed = (await CommandLine.SucceedAsync("list", "tasks", "--include-path", path, "--json")).Output;
        Assert.Contains("\"mine\"", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("\"other\"", listed, StringComparison.Ordinal);
        CommandLineResult none = await CommandLine.RunAsync("list", "tasks", "--include-path", _folder["none"]);
        Assert.Equal((int)ExitCode.Task, none.ExitCode);
        Assert.Contains(
            "there is no such file or folder; expected a folder with task files (*.yaml), or a task file",
            none.ErrorLine, StringComparison.Ordinal);
    }

    /// <summary>A built-in task can be extended from any folder; a file of its name beside the extension wins.</summary>
    [Fact]
    public void Include_OfABuiltInFile_WorksFromAnyFolder()
    {
        string path = _folder.Write("deep/mine.yaml", "include: humaneval.yaml\ntask: my_humaneval\nrepeats: 3");
        TaskCatalog catalog = TaskCatalog.Load([path]);
        TaskDefinition mine = catalog.Define("my_humaneval"), own = catalog.Define("humaneval");
        Assert.Equal((own.DatasetPath, own.Config["doc_to_text"], 3), (mine.DatasetPath, mine.Config["doc_to_text"], mine.Repeats));
        Assert.NotEqual(3, own.Repeats);

        _folder.Write("deep/humaneval.yaml", TinyData.Task);
        Assert.Equal("org/tiny", TaskCatalog.Load([path]).Define("my_humaneval").DatasetPath);
    }

    /// <summary>A built-in file includes built-in files alone, whatever stands in the folder from which it is included.</summary>
    [Fact]
    public void Include_OfABuiltInFileThatIncludesOthers_IsTheBuiltInOne()
    {
        _folder.Write("humaneval.yaml", "task: wrong\ndataset_path: wrong/wrong");
        string path = _folder.Write("mine.yaml", "include: humaneval_64.yaml\ntask: mine");
        TaskCatalog catalog = TaskCatalog.Load([path]);
        Assert.Equal(catalog.Define("humaneval_64").DatasetPath, catalog.Define("mine").DatasetPath);
    }
}
