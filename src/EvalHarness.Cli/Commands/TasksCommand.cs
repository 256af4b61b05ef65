using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Running;
using EvalHarness.Tasks;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness tasks check</c>.</summary>
internal static partial class TasksCommand
{
    internal static Command Create(TextWriter output)
    {
        var folder = new Argument<string>("PATH") { Description = "Folder with task files, searched with its subfolders, or a task file" };
        var all = new Option<bool>("--all") { Description = "Print a line for every task that cannot run, instead of a line per reason" };
        Option<bool> json = CommonOptions.Json();
        var check = new Command(
            "check",
            $"""
            Loads every task file of a folder, renders a prompt of each task for an invented document, and reports which tasks can run,
            which cannot, and why.

            Examples:
              {Invocation.Command} tasks check my-tasks
              {Invocation.Command} tasks check lm-evaluation-harness/lm_eval/tasks --all
            """) { folder, all, json };
        check.SetAction(parsed =>
        {
            TaskCatalog catalog = TaskCatalog.Load([parsed.GetValue(folder)!]);
            string[] names = [.. catalog.TaskNames.Concat(catalog.GroupNames).Where(name => !catalog.IsBuiltIn(name))];
            IReadOnlyList<TaskFinding> findings = TaskCheck.Run(catalog, names);
            output.Write(parsed.GetValue(json) ? Json(catalog, findings) + "\n" : Text(catalog, findings, parsed.GetValue(all)));
            return (int)(findings.All(f => f.Problem is null) && catalog.Unreadable.Count == 0 ? ExitCode.Success : ExitCode.Task);
        });
        return new Command("tasks", $"Checks task files.\n\nExamples:\n  {Invocation.Command} tasks check my-tasks") { check };
    }

    private static string Text(TaskCatalog catalog, IReadOnlyList<TaskFinding> findings, bool all)
    {
        var text = new StringWriter();
        TaskFinding[] failed = [.. findings.Where(f => f.Problem is not null)];
        if (all)
        {
            foreach (TaskFinding finding in failed)
                text.WriteLine(Terminal.Visible($"{finding.Name}: {finding.Problem}"));
        }
        else if (failed.Length > 0)
        {
            var reasons = new TextTable(("Tasks", true), ("Cannot run because", false), ("For example", false));
            IEnumerable<IGrouping<string, TaskFinding>> byReason = failed.GroupBy(f => Reason(f.Problem!))
                .OrderByDescending(g => g.Count())
                .ThenBy(g => g.Key, StringComparer.Ordinal);
            foreach (IGrouping<string, TaskFinding> reason in byReason)
                reasons.Add($"{reason.Count()}", reason.Key, reason.First().Name);
            text.WriteLine(reasons);
        }

        foreach (EvalException unreadable in catalog.Unreadable)
            text.WriteLine(Terminal.Visible($"unreadable: {unreadable.Message}"));
        var totals = new TextTable(("What", false), ("Number", true), ("Run", true), ("Do not", true), ("Share", true));
        foreach ((string what, TaskFinding[] of) in Totals(findings))
        {
            int run = of.Count(f => f.Problem is null);
            totals.Add(what, $"{of.Length}", $"{run}", $"{of.Length - run}", of.Length == 0 ? "" : $"{100.0 * run / of.Length:0.0}%");
        }

        text.Write(totals);
        text.WriteLine(
            $"\n{findings.Count(f => f.Rendered)} prompts rendered for invented documents; {catalog.Unreadable.Count} files unreadable; "
            + $"{catalog.Duplicates.Count} names defined twice");
        return text.ToString();
    }

    private static IEnumerable<(string What, TaskFinding[] Of)> Totals(IReadOnlyList<TaskFinding> findings) =>
    [
        ("tasks without !function", [.. findings.Where(f => !f.IsGroup && f.Functions.Count == 0)]),
        ("tasks with !function", [.. findings.Where(f => !f.IsGroup && f.Functions.Count > 0)]),
        ("groups", [.. findings.Where(f => f.IsGroup)]),
    ];

    /// <summary>Removes file, line and task names from a problem, so that equal reasons are counted together.</summary>
    private static string Reason(string problem)
    {
        string reason = Place().Replace(problem, "");
        int list = reason.IndexOf("; known are", StringComparison.Ordinal);
        return Function().Replace(Name().Replace(list < 0 ? reason : reason[..list], "task ..."), "!function ... is Python;");
    }

    private static string Json(TaskCatalog catalog, IReadOnlyList<TaskFinding> findings) => JsonSerializer.Serialize(
        new
        {
            Totals = Totals(findings)
                .ToDictionary(t => t.What, t => new { Number = t.Of.Length, Run = t.Of.Count(f => f.Problem is null) }),
            Unreadable = catalog.Unreadable.Select(e => e.Message),
            catalog.Duplicates,
            Tasks = findings.Select(f => new { f.Name, Group = f.IsGroup, f.Functions, f.Rendered, f.Problem }),
        },
        ResultsJson.IndentedWithNulls);

    [GeneratedRegex(@"!function \S+ is Python \([^)]*\);")]
    private static partial Regex Function();

    [GeneratedRegex(@"^.+?(:\d+|\.yaml): |line \d+, column \d+: ")]
    private static partial Regex Place();

    [GeneratedRegex(@"task \S+")]
    private static partial Regex Name();
}
