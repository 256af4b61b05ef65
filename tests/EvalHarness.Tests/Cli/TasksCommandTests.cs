using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Cli;

/// <summary>tasks check and import, from the command line.</summary>
public sealed class TasksCommandTests : IDisposable
{
    private const string Body = "\ndataset_path: org/tiny\ntest_split: test\noutput_type: multiple_choice\ndoc_to_choice: choices\n";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Check_MadeUpDocuments_FitTemplatesOfManyKinds()
    {
        string[] templates =
        [
            "doc_to_text: \"{{q['stem'].strip()}} {% for c in choices['text'] %}{{c}}{% endfor %}\"\n" +
                "doc_to_target: \"{{['A', 'B'].index(key)}}\"\ndoc_to_choice: \"{{choices['text']}}\"",
            "doc_to_text: \"{{turns[4].content}}\"\ndoc_to_target: \"{{options.index(answer)}}\"\ndoc_to_choice: options",
            "doc_to_text: \"{{text[a:b]}} {{ {'x': 1}[kind] }}\"\ndoc_to_target: label\n" +
                "doc_to_choice: \"{{answers | map(attribute='t') | list}}\"",
            "doc_to_text: \"{{text.split('---')[2]}}\"\ndoc_to_target: \"{{n - 1}}\"\ndoc_to_choice: [a, b]",
            "doc_to_text: \"{% for i in range(c['long_label'] | length) %}{{c['long_label'][i]}}. {{c['text'][i]}} {% endfor %}\"\n" +
                "doc_to_target: key\ndoc_to_choice: [A, B]",
            "doc_to_text: \"{{title}}: {{q}}\"\n" +
                "doc_to_target: \"{{['answerA', 'answerB'].index('answer' + letter)}}\"\ndoc_to_choice: [a, b]",
        ];
        for (int i = 0; i < templates.Length; i++)
            _folder.Write(
                $"tasks/t{i}.yaml", $"task: t{i}\ndataset_path: org/tiny\ntest_split: test\noutput_type: multiple_choice\n{templates[i]}");
        CommandLineResult result = await CommandLine.SucceedAsync("tasks", "check", _folder["tasks"], "--json");
        JsonNode totals = JsonNode.Parse(result.Output)!["totals"]!["tasks without !function"]!;
        Assert.Equal((6, 6), ((int)totals["number"]!, (int)totals["run"]!));
    }

    [Fact]
    public async Task Check_WhatDoesNotRun_IsCountedByReasonAndNamed()
    {
        _folder.Write("tasks/a.yaml", "task: a" + Body + "doc_to_text: \"{{q | nonsense}}\"\ndoc_to_target: label");
        _folder.Write("tasks/b.yaml", "task: b" + Body + "doc_to_text: q\ndoc_to_target: label\nmetric_list: [{metric: bleu}]");
        _folder.Write("tasks/c.yaml", "task: c" + Body + "doc_to_text: !function utils.f\ndoc_to_target: label");
        _folder.Write("tasks/g.yaml", "group: g\ntask: [c]");
        _folder.Write("tasks/x.yaml", ": : :");
        CommandLineResult result = await CommandLine.RunAsync("tasks", "check", _folder["tasks"]);
        Assert.Equal((int)ExitCode.Task, result.ExitCode);
        Assert.Contains("filter 'nonsense' is not known", result.Output, StringComparison.Ordinal);
        Assert.Contains("metric bleu is not known to multiple_choice", result.Output, StringComparison.Ordinal);
        Assert.Matches(@"tasks with !function +\| +1 \| +0 \| +1", result.Output);
        Assert.Matches(@"groups +\| +1 \| +0 \| +1", result.Output);
        Assert.Contains("unreadable: ", result.Output, StringComparison.Ordinal);
        CommandLineResult all = await CommandLine.RunAsync("tasks", "check", _folder["tasks"], "--all");
        Assert.Contains("c: ", all.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WhatWeWroteInTheReferencesLayout_GivesTheSameNumbersTwice()
    {
        TinyData.Fill(_folder);
        await CommandLine.SucceedAsync(TinyData.Run(_folder, "--lm-eval-output", _folder["theirs"], "--quiet"));
        string samples = Assert.Single(Directory.GetFiles(_folder["theirs"], "samples_tiny_*.jsonl", SearchOption.AllDirectories));
        CommandLineResult imported = await CommandLine.SucceedAsync("import", samples, "--output", _folder["imported"]);
        JsonNode own = Results("run"), theirs = Results("imported");
        string[] metrics = ["exact_match,none", "exact_match_stderr,none"];
        Assert.All(metrics, metric => Assert.Equal((double)own["tiny"]![metric]!, (double)theirs["tiny"]![metric]!));
        Assert.Contains("6 documents", imported.Error, StringComparison.Ordinal);

        // The imported answers can be graded again and shown.
        await CommandLine.SucceedAsync(
            "run", "--model", $"replay:{_folder["imported/responses.jsonl"]}", "--tasks", "tiny", "--include-path", _folder["tasks"],
            "--datasets", _folder["data"], "--output", _folder["again"], "--quiet");
        Assert.Equal((double)own["tiny"]!["exact_match,none"]!, (double)Results("again")["tiny"]!["exact_match,none"]!);
        Assert.Contains(
            "What is 2 + 2?",
            (await CommandLine.SucceedAsync("show", _folder["imported"], "--task", "tiny", "--doc", "2")).Output,
            StringComparison.Ordinal);
    }

    private JsonNode Results(string run) => JsonNode.Parse(File.ReadAllText(_folder[$"{run}/results.json"]))!["results"]!;

    /// <summary>As older versions wrote them: arguments are lists, and numbers are numbers.</summary>
    [Fact]
    public async Task Import_OldFile_IsRead()
    {
        _folder.Write("samples_old_2024-01-02T03-04-05.678.jsonl", """
            {"doc_id": 0, "doc": {"q": 1}, "target": 1, "arguments": [["c", " a"], ["c", " b"]], "resps": [[[-1.5, false]], [[-0.5, true]]],
            "filtered_resps": [[-1.5, false], [-0.5, true]], "doc_hash": "", "acc": 1.0, "metrics": ["acc"]}
            """.ReplaceLineEndings(" "));
        CommandLineResult old = await CommandLine.SucceedAsync(
            "import", _folder["samples_old_2024-01-02T03-04-05.678.jsonl"], "--output", _folder["old"]);
        Assert.Matches(@"old +\| imported \| none +\| +\| acc", old.Output);
    }

    [Fact]
    public async Task Import_BrokenFile_IsADataError()
    {
        _folder.Write("broken.jsonl", """{"doc_id": 0}""");
        CommandLineResult broken = await CommandLine.RunAsync("import", _folder["broken.jsonl"], "--output", _folder["broken"]);
        Assert.Equal((int)ExitCode.Data, broken.ExitCode);
        Assert.Contains("broken.jsonl:1: ", broken.ErrorLine, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
