using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Cli;

/// <summary>What tasks check renders prompts of: real rows, rows with the known columns, rows made up from the templates.</summary>
public sealed class TasksCheckRowsTests : IDisposable
{
    private const string Head = "dataset_path: org/tiny\ndataset_name: main\ntest_split: test\nfewshot_split: train\n";

    private const string Optional =
        "doc_to_text: \"Q: {{question}}\"\ndoc_to_target: \"{{solution if solution is defined else answer}}\"";

    private readonly TemporaryFolder _folder = new();

    private void Task(string name, string body) => _folder.Write($"tasks/{name}.yaml", $"task: {name}\n{Head}{body}");

    private async Task<JsonNode> CheckAsync()
    {
        Directory.CreateDirectory(_folder["data"]);
        CommandLineResult result = await CommandLine.RunAsync("tasks", "check", _folder["tasks"], "--datasets", _folder["data"], "--json");
        Assert.True(result.ExitCode is 0 or (int)ExitCode.Task, result.Error);
        return JsonNode.Parse(result.Output)!;
    }

    private static string Totals(JsonNode report, string kind = "tasks without !function") => string.Join(
        ' ',
        ((string[])["number", "run", "real_rows", "known_columns", "made_up_rows", "not_rendered"])
            .Select(key => $"{report["totals"]![kind]![key]}"));

    private static string? Problem(JsonNode report, string task) =>
        (string?)report["tasks"]!.AsArray().Single(t => (string)t!["name"]! == task)!["problem"];

    private void WriteRows()
    {
        TinyData.WriteShard(
            _folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(0, 20).Select(TinyData.MakeRow), rowGroupSize: 4);
        TinyData.WriteShard(_folder["data"], "train-00000-of-00001.parquet", Enumerable.Range(20, 4).Select(TinyData.MakeRow));
    }

    private void WriteCard(string features) => _folder.Write(
        "data/org/tiny/README.md",
        $"---\nlanguage: en\ndataset_info:\n- config_name: other\n  features:\n  - name: x\n    dtype: string\n- config_name: main\n"
        + $"  features:\n{features}---\n# Tiny\n");

    [Fact]
    public async Task RealRows_AreTaken_AndABranchThatIsNotTakenNeedsNoColumn()
    {
        WriteRows();
        Task("optional", Optional);
        Task("shots", Optional + "\nnum_fewshot: 3");
        Task("wrong", "doc_to_text: \"{{question}} {{hint}}\"\ndoc_to_target: answer");
        JsonNode report = await CheckAsync();
        Assert.Equal("3 2 2 0 0 0", Totals(report));
        Assert.Contains("hint", Problem(report, "wrong"), StringComparison.Ordinal);
        Assert.Equal("real_rows", (string)report["tasks"]![0]!["rows"]!);
    }

    /// <summary>The eighth document is rendered, the ninth is not: it is a check of the task, not of the data.</summary>
    [Theory]
    [InlineData(7, 0)]
    [InlineData(8, 1)]
    public async Task RealRows_AFirstBlock_IsRendered(int without, int run)
    {
        WriteRows();
        TinyData.WriteShard(
            _folder["data"],
            "test-00000-of-00001.parquet",
            Enumerable.Range(0, 20).Select(i => TinyData.MakeRow(i) with { Answer = i == without ? null : "a" }));
        Task("a", "doc_to_text: \"{{question}} {{answer.strip()}}\"\ndoc_to_target: question");
        Assert.Equal(run, (int)(await CheckAsync())["totals"]!["tasks without !function"]!["run"]!);
    }

    [Fact]
    public async Task RealRows_ThatATaskSelects_AreLookedFor()
    {
        WriteRows();
        Task("late", Optional + "\nwhere: {answer: '38'}");
        Task("none", Optional + "\nwhere: {answer: '5'}");
        Task("column", Optional + "\nwhere: {kind: x}");
        Task("too_few_shots", Optional + "\nnum_fewshot: 9");
        JsonNode report = await CheckAsync();
        Assert.Equal("4 1 1 0 0 0", Totals(report));
        Assert.Contains("has no row with answer = 5", Problem(report, "none"), StringComparison.Ordinal);
        Assert.Contains("has no column kind", Problem(report, "column"), StringComparison.Ordinal);
        Assert.Contains("wants 9 shots", Problem(report, "too_few_shots"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RealRows_ThatAreDamaged_AreTheReason()
    {
        WriteRows();
        File.WriteAllText(_folder["data/org/tiny/main/test-00000-of-00001.parquet"], "this is no Parquet file at all");
        Task("a", Optional);
        Assert.Contains("not a readable Parquet file", Problem(await CheckAsync(), "a"), StringComparison.Ordinal);
    }

    /// <summary>A function with an equivalent runs over real rows; over made-up ones it cannot.</summary>
    [Fact]
    public async Task Functions_AreRenderedOnRealRowsAlone()
    {
        _folder.Write("tasks/utils.py", "def some(dataset):\n    return dataset.filter(lambda doc: doc[\"answer\"] == \"8\")\n");
        Task("some", Optional + "\nprocess_docs: !function utils.some");
        _folder.Write("tasks/all.yaml", "group: all\ntask: [some]");
        JsonNode without = await CheckAsync();
        Assert.Equal(("1 1 0 0 0 1", "1 1 0 0 0 1"), (Totals(without, "tasks with !function"), Totals(without, "groups")));
        WriteRows();
        JsonNode with = await CheckAsync();
        Assert.Equal(("1 1 1 0 0 0", "1 1 1 0 0 0"), (Totals(with, "tasks with !function"), Totals(with, "groups")));
    }

    [Fact]
    public async Task Card_NamesTheColumns_AndATemplateWithAnotherIsFound()
    {
        WriteCard("""
              - name: question
                dtype: string
              - name: choices
                sequence: string
              - name: answers
                sequence:
                - name: text
                  dtype: string
              - name: turns
                list:
                - name: content
                  dtype: string
              - name: meta
                struct:
                - name: level
                  dtype: int64
              - name: label
                dtype:
                  class_label:
                    names:
                      '0': a
                      '1': b

            """);
        Task("fits", "doc_to_text: \"{{question}} {{turns[1].content}} {{meta.level + 1}}\"\ndoc_to_target: \"{{answers.text[0]}}\"");
        Task("choices", "output_type: multiple_choice\ndoc_to_text: question\ndoc_to_choice: choices\ndoc_to_target: label");
        Task("optional", "doc_to_text: question\ndoc_to_target: \"{{solution if solution is defined else label}}\"");
        Task("column", "doc_to_text: \"{{question}} {{hint}}\"\ndoc_to_target: label");
        Task("shape", "doc_to_text: \"{{question.stem}}\"\ndoc_to_target: label");
        Task("selects", "doc_to_text: question\ndoc_to_target: label\nwhere: {kind: x}");
        JsonNode report = await CheckAsync();
        Assert.Equal("6 3 0 3 0 0", Totals(report));
        Assert.Contains("hint", Problem(report, "column"), StringComparison.Ordinal);
        Assert.Contains("stem", Problem(report, "shape"), StringComparison.Ordinal);
        Assert.Contains(
            "column kind, which org/tiny does not have; it has question, choices", Problem(report, "selects"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no front matter")]
    [InlineData("---\ndataset_info:\n- config_name: other\n  features:\n  - name: x\n    dtype: string\n---\n")]
    public async Task Card_ThatDoesNotTell_LeavesMadeUpRows(string card)
    {
        _folder.Write("data/org/tiny/README.md", card);
        Task("a", "doc_to_text: \"{{question}} {{hint}}\"\ndoc_to_target: answer");
        Assert.Equal("1 1 0 0 1 0", Totals(await CheckAsync()));
    }

    /// <summary>Such a README says nothing of the files either, so that a run would be refused.</summary>
    [Fact]
    public async Task Card_ThatIsNoYaml_IsAProblem()
    {
        _folder.Write("data/org/tiny/README.md", "---\ndataset_info: [: :\n---\n");
        Task("a", "doc_to_text: \"{{question}} {{hint}}\"\ndoc_to_target: answer");
        Assert.Contains("the front matter", Problem(await CheckAsync(), "a"), StringComparison.Ordinal);
    }

    /// <summary>All splits of a configuration have the same columns.</summary>
    [Fact]
    public async Task AnotherSplit_NamesTheColumns()
    {
        TinyData.WriteShard(_folder["data"], "validation-00000-of-00001.parquet", [TinyData.MakeRow(0)]);
        Task("fits", Optional);
        Task("column", "doc_to_text: \"{{question}} {{hint}}\"\ndoc_to_target: answer");
        _folder.Write("tasks/other.yaml", $"task: other\n{Head.Replace("main", "else", StringComparison.Ordinal)}{Optional}");
        JsonNode report = await CheckAsync();
        Assert.Equal("3 2 0 1 1 0", Totals(report));
        Assert.Contains("hint", Problem(report, "column"), StringComparison.Ordinal);
    }

    /// <summary>Both kinds of rows that a template provides for are tried where nothing tells which there are.</summary>
    [Fact]
    public async Task MadeUpRows_WithAndWithoutOptionalColumns_AreTried()
    {
        Task("both", Optional);
        Task("only_with", "doc_to_text: \"{{ solution[0] if solution is defined else [][0] }}\"\ndoc_to_target: answer");
        Task("only_without", "doc_to_text: \"{{ [][0] if solution is defined else question }}\"\ndoc_to_target: answer");
        JsonNode report = await CheckAsync();
        Assert.Equal("3 1 0 0 1 0", Totals(report));
    }

    [Fact]
    public async Task Text_HasTheThreeApart()
    {
        WriteRows();
        Task("real", Optional);
        _folder.Write("tasks/made.yaml", $"task: made\n{Head.Replace("org/tiny", "org/none", StringComparison.Ordinal)}{Optional}");
        CommandLineResult result = await CommandLine.SucceedAsync("tasks", "check", _folder["tasks"], "--datasets", _folder["data"]);
        Assert.Matches(@"Run \| Do not \| +Share \| On real rows \| On known columns \| On made-up rows \| Not rendered \|", result.Output);
        Assert.Matches(@"tasks without !function +\| +2 \| +2 \| +0 \| +100.0% \| +1 \| +0 \| +1 \| +0 \|", result.Output);
    }

    [Fact]
    public async Task Datasets_NoSuchFolder_IsAMistake()
    {
        Task("a", Optional);
        CommandLineResult result = await CommandLine.RunAsync("tasks", "check", _folder["tasks"], "--datasets", _folder["nowhere"]);
        Assert.Equal((int)ExitCode.Data, result.ExitCode);
        Assert.Contains("--datasets ", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("there is no such folder", result.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
