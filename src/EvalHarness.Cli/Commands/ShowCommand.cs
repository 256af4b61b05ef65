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
        var task = new Option<string?>("--task") { Description = "Task of the sample to show; needs --doc", HelpName = "NAME" };
        var document = new Option<long?>("--doc")
        {
            Description = "Number of the document whose sample is shown, counted from 0; needs --task",
            HelpName = "N",
        };
        var work = new Option<bool>("--work")
        {
            Description = "Show the tokens and seconds that each task took, compared with the smallest possible number of prompt tokens",
        };
        var markdown = new Option<bool>("--markdown")
        {
            Description = "Print Markdown for a pull request, with the tasks of each group in a collapsed section",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "show",
            $"""
            Prints the table of results of a finished run, the work that it took, or one of its samples with prompt and response.

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
                    SampleRow sample = await folder.ReadSampleAsync(name, id, cancellationToken).ConfigureAwait(false);
                    await output.WriteAsync(asJson ? sample.ToJson() + "\n" : SampleView.Render(sample)).ConfigureAwait(false);
                    break;
                default:
                    throw new EvalException(ExitCode.Usage, "--task and --doc go together, for example --task gsm8k --doc 17");
            }

            return (int)ExitCode.Success;
        });
        return command;
    }
}
