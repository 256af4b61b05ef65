using System.CommandLine;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness list tasks</c>.</summary>
internal static class ListCommand
{
    internal static Command Create(TextWriter output, TextWriter error)
    {
        Option<string[]> includePaths = CommonOptions.IncludePath();
        Option<bool> json = CommonOptions.Json();
        var tasks = new Command(
            "tasks",
            $"""
            Lists all tasks and groups with dataset, split, number of few-shot examples, metrics and grader.

            Examples:
              {Invocation.Command} list tasks
              {Invocation.Command} list tasks --include-path my-tasks --json
            """) { includePaths, json };
        tasks.SetAction(parsed =>
        {
            TaskCatalog catalog = TaskCatalog.Load(parsed.GetValue(includePaths) ?? []);
            TaskSelection selection = catalog.SelectAll();
            output.Write(parsed.GetValue(json) ? Json(selection) + "\n" : Table(selection));
            foreach (string warning in SelectionWarnings.Of(catalog, selection))
                error.WriteLine(Terminal.Visible($"warning: {warning}"));
            return (int)ExitCode.Success;
        });
        return new Command("list", $"Lists the tasks that can be run.\n\nExamples:\n  {Invocation.Command} list tasks") { tasks };
    }

    private static string Table(TaskSelection selection)
    {
        var table = new TextTable(
            ("Task", false),
            ("Dataset", false),
            ("Config", false),
            ("Split", false),
            ("Shots", true),
            ("Metrics", false),
            ("Grader", false));
        foreach (SelectedGroup group in selection.Groups.OrderBy(g => g.Group.Name, StringComparer.Ordinal))
        {
            string metrics = string.Join(", ", group.Group.Metrics.Select(m => m.Metric));
            table.Add($"{group.Group.Name} (group)", $"{group.Leaves.Count} tasks", "", "", "", metrics, "");
        }

        foreach (TaskDefinition task in selection.Tasks.OrderBy(t => t.Name, StringComparer.Ordinal))
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

    private static string Json(TaskSelection selection) => JsonSerializer.Serialize(
        new
        {
            Groups = selection.Groups.OrderBy(g => g.Group.Name, StringComparer.Ordinal).Select(g => new
            {
                Group = g.Group.Name,
                Tasks = g.Leaves,
                Metrics = g.Group.Metrics.Select(m => m.Metric),
            }),
            Tasks = selection.Tasks.OrderBy(t => t.Name, StringComparer.Ordinal).Select(t => new
            {
                Task = t.Name,
                t.DatasetPath,
                DatasetName = t.DatasetConfig,
                Split = t.EvaluationSplit,
                NumFewshot = t.NumFewShot,
                Metrics = t.Metrics.Select(m => m.Name),
                t.Grader,
                t.Source,
            }),
        },
        ResultsJson.IndentedWithNulls);
}
