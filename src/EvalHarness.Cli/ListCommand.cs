using System.CommandLine;
using System.Text.Json.Nodes;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Tasks;

namespace EvalHarness.Cli;

/// <summary><c>evalharness list tasks</c>.</summary>
internal static class ListCommand
{
    internal static Command Create(TextWriter output)
    {
        var includePaths = new Option<string[]>("--include-path") { Description = "Folder with task files of your own", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var tasks = new Command(
            "tasks",
            """
            Shows every task and group with dataset, split, shots and metrics.

            Examples:
              evalharness list tasks
              evalharness list tasks --include-path my-tasks --json
            """) { includePaths, json };
        tasks.SetAction(parsed =>
        {
            TaskCatalog catalog = TaskCatalog.Load(parsed.GetValue(includePaths) ?? []);
            output.Write(parsed.GetValue(json) ? Json(catalog).ToJsonString(ResultsJson.Indented) + "\n" : Table(catalog));
            return (int)ExitCode.Success;
        });
        return new Command("list", "Shows what can be run.\n\nExamples:\n  evalharness list tasks") { tasks };
    }

    private static string Table(TaskCatalog catalog)
    {
        var table = new TextTable(("Task", false), ("Dataset", false), ("Config", false), ("Split", false), ("Shots", true), ("Metrics", false), ("Grader", false));
        foreach (TaskGroup group in catalog.Groups)
        {
            int count = catalog.Select([group.Name]).Tasks.Count;
            table.Add($"{group.Name} (group)", $"{count} tasks", "", "", "", string.Join(", ", group.Metrics.Select(m => m.Metric)), "");
        }

        foreach (TaskDefinition task in catalog.Tasks)
        {
            table.Add(
                task.Name,
                task.DatasetPath,
                task.DatasetConfig ?? "",
                task.EvaluationSplit,
                $"{task.NumFewShot}",
                string.Join(", ", task.Metrics.Select(m => m.Name)),
                task.Grader);
        }

        return table.ToString();
    }

    private static JsonObject Json(TaskCatalog catalog) => new()
    {
        ["groups"] = new JsonArray([.. catalog.Groups.Select(g => new JsonObject
        {
            ["group"] = g.Name,
            ["tasks"] = Strings(catalog.Select([g.Name]).Tasks.Select(t => t.Name)),
            ["metrics"] = Strings(g.Metrics.Select(m => m.Metric)),
        })]),
        ["tasks"] = new JsonArray([.. catalog.Tasks.Select(t => new JsonObject
        {
            ["task"] = t.Name,
            ["dataset_path"] = t.DatasetPath,
            ["dataset_name"] = t.DatasetConfig,
            ["split"] = t.EvaluationSplit,
            ["num_fewshot"] = t.NumFewShot,
            ["metrics"] = Strings(t.Metrics.Select(m => m.Name)),
            ["grader"] = t.Grader,
            ["source"] = t.Source,
        })]),
    };

    private static JsonArray Strings(IEnumerable<string> texts) => [.. texts.Select(t => (JsonNode?)t)];
}
