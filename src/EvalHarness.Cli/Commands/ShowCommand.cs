using System.CommandLine;
using EvalHarness.Merging;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness show</c>.</summary>
internal static class ShowCommand
{
    internal static Command Create(TextWriter output)
    {
        var runs = new Argument<string[]>("run")
        {
            Description = "Folder of a run; with --partial folders of parts, or folders that hold parts",
            HelpName = "RUN",
            Arity = ArgumentArity.OneOrMore,
        };
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
        var partial = new Option<bool>("--partial")
        {
            Description = "Show what the parts of a run have graded so far; parts may be missing or at work",
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
              {Invocation.Command} show results/parts --partial
            """) { runs, task, document, work, markdown, partial, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string[] paths = parsed.GetValue(runs)!;
            bool asJson = parsed.GetValue(json), isPartial = parsed.GetValue(partial);
            if (!isPartial && paths.Length > 1)
            {
                throw new EvalException(
                    ExitCode.Usage, $"{paths[1]}: expected one run; several folders are for the parts of a run, with --partial");
            }

            switch (parsed.GetValue(task), parsed.GetValue(document))
            {
                case (null, null):
                    RunReport report = isPartial
                        ? await PartialRun.ReadAsync(paths, cancellationToken).ConfigureAwait(false)
                        : RunFolder.Open(paths[0]).ReadResults();
                    await output.WriteAsync(asJson ? report.ToJson() + "\n"
                        : parsed.GetValue(work) ? WorkTable.ByTask(report)
                        : parsed.GetValue(markdown) ? ResultsTable.RenderMarkdown(report)
                        : ResultsTable.Render(report)).ConfigureAwait(false);
                    break;
                case ({ } name, { } id) when !isPartial:
                    SampleRow sample = await RunFolder.Open(paths[0]).ReadSampleAsync(name, id, cancellationToken).ConfigureAwait(false);
                    await output.WriteAsync(asJson ? sample.ToJson() + "\n" : SampleView.Render(sample)).ConfigureAwait(false);
                    break;
                case ({ }, { }):
                    throw new EvalException(
                        ExitCode.Usage, "--partial and --task together: name the part that has the document, and leave --partial out");
                default:
                    throw new EvalException(ExitCode.Usage, "--task and --doc go together, for example --task gsm8k --doc 17");
            }

            return (int)ExitCode.Success;
        });
        return command;
    }
}
