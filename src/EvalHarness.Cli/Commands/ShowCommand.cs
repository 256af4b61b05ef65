using System.CommandLine;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness show</c>.</summary>
internal static class ShowCommand
{
    internal static Command Create(TextWriter output)
    {
        var run = new Argument<string>("run") { Description = "Folder of a run", HelpName = "RUN" };
        var task = new Option<string?>("--task") { Description = "With --doc: the task of the sample", HelpName = "NAME" };
        var document = new Option<long?>("--doc") { Description = "Number of the document, from 0", HelpName = "N" };
        var work = new Option<bool>("--work") { Description = "What each task cost: tokens against the floor, seconds" };
        var markdown = new Option<bool>("--markdown") { Description = "The table for a pull request: the tasks of groups folded away" };
        var json = new Option<bool>("--json") { Description = "As JSON" };
        var command = new Command(
            "show",
            $"""
            Prints a finished run's table, what it cost, or one sample in full.

            Examples:
              {Invocation.Command} show results/phi-4-mini-int4/2026-05-12T01-00-00Z
              {Invocation.Command} show results/phi-4-mini-int4/2026-05-12T01-00-00Z --task gsm8k --doc 17
              {Invocation.Command} show results/phi-4-mini-int4/2026-05-12T01-00-00Z --work
            """) { run, task, document, work, markdown, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            RunFolder folder = RunFolder.Open(parsed.GetValue(run)!);
            bool asJson = parsed.GetValue(json);
            switch (parsed.GetValue(task), parsed.GetValue(document))
            {
                case (null, null):
                    RunReport report = folder.ReadResults();
                    await output.WriteAsync(asJson ? report.ToJson() + "\n"
                        : parsed.GetValue(work) ? WorkTable.ByTask(report)
                        : parsed.GetValue(markdown) ? ResultsTable.RenderMarkdown(report)
                        : ResultsTable.Render(report)).ConfigureAwait(false);
                    break;
                case ({ } name, { } id):
                    SampleRow sample = await SampleView.ReadAsync(folder, name, id, cancellationToken).ConfigureAwait(false);
                    await output.WriteAsync(asJson ? sample.ToJson() + "\n" : SampleView.Render(sample)).ConfigureAwait(false);
                    break;
                default:
                    throw new EvalException(ExitCode.Usage, "--task and --doc go together: --task gsm8k --doc 17");
            }

            return (int)ExitCode.Success;
        });
        return command;
    }
}
