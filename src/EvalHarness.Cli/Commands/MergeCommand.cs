using System.CommandLine;
using EvalHarness.LmEval;
using EvalHarness.Merging;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness merge</c>.</summary>
internal static class MergeCommand
{
    internal static Command Create(TextWriter output, TextWriter error, string[] arguments)
    {
        var parts = new Argument<string[]>("parts")
        {
            Description = "Folders of parts, or folders that hold parts",
            HelpName = "DIR",
            Arity = ArgumentArity.OneOrMore,
        };
        Option<string?> folder = CommonOptions.Output("Folder of the whole run");
        folder.Required = true;
        var permission = RunArguments.Only("--allow-task-code", "--sandbox", "--confirm-run-unsafe-code");
        Option<bool> json = CommonOptions.Json("Print results.json instead of the table"), quiet = CommonOptions.Quiet();
        var command = new Command(
            "merge",
            $"""
            Joins the parts of a run (run --shard K/N) to the run that one process would have made, and prints its table. It refuses, with
            exit code 18, where a part is missing, not finished, there twice, changed, or of another run. Nothing is asked or graded again.

            Examples:
              {Invocation.Command} merge results/part-1 results/part-2 results/part-3 --output results/whole
              {Invocation.Command} merge results/parts --output results/whole
            """) { parts, folder, json, quiet };
        foreach (Option option in permission.All)
            command.Options.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool asJson = parsed.GetValue(json);
            string path = parsed.GetValue(folder)!;
            void Note(string text)
            {
                if (!parsed.GetValue(quiet))
                    error.WriteLine(Terminal.Visible(text));
            }

            using RunMerge merge = await RunMerge
                .OpenAsync(parsed.GetValue(parts)!, permission.Read(parsed), cancellationToken)
                .ConfigureAwait(false);
            RunReport? report = await merge.FindAsync(new RunFolder(path), cancellationToken).ConfigureAwait(false);
            if (report is null)
            {
                report = await WriteAsync(merge, path, arguments, cancellationToken).ConfigureAwait(false);
                Note($"{merge.Count} parts are joined in {path}");
            }
            else
            {
                Note($"{path} has the joined parts already");
            }

            await output.WriteAsync(asJson ? report.ToJson() + "\n" : ResultsTable.Render(report)).ConfigureAwait(false);
            int errored = report.Harness.Errored.Values.Sum();
            if (errored == 0)
                return (int)ExitCode.Success;
            (string task, string first) = report.Harness.FirstError.First();
            throw new EvalException(
                ExitCode.SamplesErrored,
                $"{errored} of {report.DocumentCounts!.Values.Sum(c => c.Effective)} samples errored and are in no score; the first is "
                + $"{task}, {first}; see them with: {Invocation.Command} show {Invocation.Words([path])}");
        });
        return command;
    }

    private static async Task<RunReport> WriteAsync(
        RunMerge merge, string path, string[] arguments, CancellationToken cancellationToken)
    {
        using RunFolder folder = RunFolder.CreateStaged(path);
        IResultSink[] others = merge.Options.LmEvalOutput is { } layout
            ? [LmEvalFolder.Create(layout, merge.Model, TimeProvider.System.GetUtcNow())]
            : [];
        await folder
            .StageAsync(staging => merge.WriteAsync(staging, others, arguments, TimeProvider.System, cancellationToken))
            .ConfigureAwait(false);
        return folder.ReadResults();
    }
}
