using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;
using EvalHarness.Running;
using EvalHarness.Tasks;
using EvalHarness.Tasks.Code;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness tasks check</c>.</summary>
internal static partial class TasksCommand
{
    internal static Command Create(TextWriter output)
    {
        var folder = new Argument<string>("PATH") { Description = "Folder with task files, searched with its subfolders, or a task file" };
        var all = new Option<bool>("--all") { Description = "Print a line for every task that cannot run, instead of a line per reason" };
        var run = RunArguments.Only("--datasets", "--allow-task-code", "--sandbox", "--confirm-run-unsafe-code");
        Option<bool> json = CommonOptions.Json();
        var check = new Command(
            "check",
            $"""
            Loads every task file of a folder, renders prompts of each task, and reports which tasks can run, which cannot, and why.
            Prompts are rendered for the first rows of a task's data where that is at hand; else for a made-up row with the columns that
            the dataset's card or another split of it names; else for a made-up row with the columns that the templates name. The three
            are counted apart. Nothing is downloaded.

            Examples:
              {Invocation.Command} tasks check my-tasks
              {Invocation.Command} tasks check my-tasks --datasets my-data --json
              {Invocation.Command} tasks check lm-evaluation-harness/lm_eval/tasks --all
            """) { folder, all, json };
        foreach (Option option in run.All)
            check.Options.Add(option);
        check.SetAction(async (parsed, cancellationToken) =>
        {
            RunOptions options = run.Read(parsed) with { IncludePaths = [parsed.GetValue(folder)!] };
            using BoxedCode? code = TaskPython.Open(options);
            TaskCatalog catalog = TaskPython.Catalog(options, code, cancellationToken);
            string[] names = [.. catalog.TaskNames.Concat(catalog.GroupNames).Where(name => !catalog.IsBuiltIn(name))];
            // Without it everything would be checked on made-up rows, which nobody means who names a folder with data.
            if (options.Datasets.FirstOrDefault(root => !Path.Exists(root)) is { } missing)
                throw new EvalException(ExitCode.Data, $"--datasets {missing}: there is no such folder; expected one that holds ORG/NAME");
            IReadOnlyList<string> roots = DatasetRoots.Of(options.Datasets);
            IReadOnlyList<TaskFinding> findings = await TaskCheck
                .RunAsync(
                    catalog,
                    names,
                    new FileDatasetSource(roots),
                    roots,
                    code is null ? null : new MadeUpCalls(code),
                    cancellationToken)
                .ConfigureAwait(false);
            await output.WriteAsync(parsed.GetValue(json) ? Json(catalog, findings) + "\n" : Text(catalog, findings, parsed.GetValue(all)))
                .ConfigureAwait(false);
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
        var totals = new TextTable(
            ("What", false),
            ("Number", true),
            ("Run", true),
            ("Do not", true),
            ("Share", true),
            ("On real rows", true),
            ("On known columns", true),
            ("On made-up rows", true),
            ("Not rendered", true));
        foreach ((string what, CheckTotals of) in Totals(findings))
        {
            totals.Add(
                what,
                $"{of.Number}",
                $"{of.Run}",
                $"{of.Number - of.Run}",
                of.Number == 0 ? "" : $"{100.0 * of.Run / of.Number:0.0}%",
                $"{of.RealRows}",
                $"{of.KnownColumns}",
                $"{of.MadeUpRows}",
                $"{of.NotRendered}");
        }

        text.Write(totals);
        text.WriteLine($"\n{catalog.Unreadable.Count} files unreadable; {catalog.Duplicates.Count} names defined twice");
        text.Write(
            """
            Of what runs, prompts were rendered on real rows where the data is at hand; on a made-up row with the columns that the dataset's
            card or another split names; or on a made-up row with the columns that the templates name, which says nothing about the data.
            Not rendered are tasks whose documents or prompts a Python function makes. A group counts as its weakest task does.

            """);
        return text.ToString();
    }

    /// <summary>How many tasks or groups of a kind there are and run, and what the prompts of those that run were made of.</summary>
    private sealed record CheckTotals(int Number, int Run, int RealRows, int KnownColumns, int MadeUpRows, int NotRendered)
    {
        /// <summary>Those that run and need no Python, because all their functions have equivalents here.</summary>
        public int ByEquivalents { get; private init; }

        /// <summary>Those that run with Python in the sandbox, each function of which was called.</summary>
        public int InTheBox { get; private init; }

        public int CalledOnRealRows { get; private init; }

        public int CalledOnMadeUpRows { get; private init; }

        internal static CheckTotals Of(IEnumerable<TaskFinding> findings)
        {
            TaskFinding[] all = [.. findings];
            int Count(CheckedRows rows) => all.Count(f => f.Problem is null && f.Rows == rows);
            return new CheckTotals(
                all.Length,
                all.Count(f => f.Problem is null),
                Count(CheckedRows.RealRows),
                Count(CheckedRows.KnownColumns),
                Count(CheckedRows.MadeUpRows),
                Count(CheckedRows.NotRendered))
            {
                ByEquivalents = all.Count(f => f.Problem is null && !f.IsBoxed && f.Functions.Count > 0),
                InTheBox = all.Count(f => f.Problem is null && f.IsBoxed),
                CalledOnRealRows = all.Count(f => f.Problem is null && f.IsBoxed && f.Rows == CheckedRows.RealRows),
                CalledOnMadeUpRows = all.Count(f => f.Problem is null && f.IsBoxed && f.Rows != CheckedRows.RealRows),
            };
        }
    }

    private static IEnumerable<(string What, CheckTotals Of)> Totals(IReadOnlyList<TaskFinding> findings) =>
    [
        ("tasks without !function", CheckTotals.Of(findings.Where(f => !f.IsGroup && f.Functions.Count == 0))),
        ("tasks with !function", CheckTotals.Of(findings.Where(f => !f.IsGroup && f.Functions.Count > 0))),
        ("groups", CheckTotals.Of(findings.Where(f => f.IsGroup))),
    ];

    /// <summary>Removes file, line and task names from a problem, so that equal reasons are counted together.</summary>
    private static string Reason(string problem)
    {
        string reason = Place().Replace(problem, "");
        int list = reason.IndexOf("; known are", StringComparison.Ordinal);
        reason = Name().Replace(list < 0 ? reason : reason[..list], "task ...");
        return Function().Replace(reason, "!function ... is Python without an equivalent here;");
    }

    private static string Json(TaskCatalog catalog, IReadOnlyList<TaskFinding> findings) => JsonSerializer.Serialize(
        new
        {
            Totals = Totals(findings).ToDictionary(t => t.What, t => t.Of),
            LeftByKind = new SortedDictionary<string, int>(
                findings.Where(f => !f.IsGroup && f.Kind is not null).CountBy(f => f.Kind!).ToDictionary(), StringComparer.Ordinal),
            Unreadable = catalog.Unreadable.Select(e => e.Message),
            catalog.Duplicates,
            Tasks = findings.Select(f => new
            {
                f.Name,
                Group = f.IsGroup,
                f.Functions,
                Rendered = f.Problem is null && f.Rows != CheckedRows.NotRendered,
                Rows = f.Problem is null ? f.Rows : (CheckedRows?)null,
                f.Problem,
            }),
        },
        ResultsJson.IndentedWithNulls);

    [GeneratedRegex(@"!function \S+ is Python \([^)]*\) without an equivalent here;")]
    private static partial Regex Function();

    [GeneratedRegex(@"^.+?(:\d+|\.yaml): |line \d+, column \d+: ")]
    private static partial Regex Place();

    [GeneratedRegex(@"task \S+")]
    private static partial Regex Name();
}
