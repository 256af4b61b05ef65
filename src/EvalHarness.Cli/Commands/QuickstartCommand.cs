using System.CommandLine;
using EvalHarness.Cli.Processes;
using EvalHarness.Html;
using EvalHarness.Results;
using EvalHarness.Sandbox;

namespace EvalHarness.Cli.Commands;

/// <summary><c>evalharness quickstart</c>.</summary>
internal static class QuickstartCommand
{
    private static readonly string[] Models = ["tiny-fp32", "tiny-int8", "tiny-int4"];

    internal static Command Create(TextWriter output, TextWriter error)
    {
        var command = new Command(
            "quickstart",
            $"""
            Tries out EvalHarness without downloading anything: runs the three tasks that come with it on the model that comes with it, in
            fp32, int8 and int4, compares the results, and writes a report.

            Example:
              {Invocation.Command} quickstart
            """);
        command.SetAction(async (_, cancellationToken) =>
        {
            List<string> tasks = ["quick_mmlu", "quick_gsm8k"];
            bool allowed = false;
            try
            {
                ProgramSandbox sandbox = await ProgramSandbox.OpenAsync("auto", [], cancellationToken).ConfigureAwait(false);
                await using (sandbox.ConfigureAwait(false))
                {
                    tasks.Add("quick_humaneval");
                    allowed = true;
                    await error.WriteLineAsync(
                        $"quick_humaneval runs code that the model writes, only inside the sandbox ({sandbox.Description})")
                        .ConfigureAwait(false);
                }
            }
            catch (EvalException e) when (e.ExitCode == ExitCode.Environment)
            {
                await error.WriteLineAsync($"quick_humaneval is left out: {Terminal.Visible(e.Message)}").ConfigureAwait(false);
            }

            string folder = Path.Combine("results", $"quickstart-{TimeProvider.System.GetUtcNow().ToString(OneRun.FolderTime, null)}");
            MatrixFolder runsFolder = await MatrixFolder.CreateAsync(
                folder,
                [
                    .. Models.Select(m => new RunOptions
                    {
                        Model = Path.Combine(AppContext.BaseDirectory, "models", m),
                        Tasks = [string.Join(',', tasks)],
                        AllowCodeExecution = allowed,
                        BatchSize = 1,
                    }),
                ]).ConfigureAwait(false);
            var matrix = new MatrixRun(runsFolder, more: []);
            int code = await matrix
                .ExecuteAsync(json: false, brief: true, quiet: false, output, error, cancellationToken)
                .ConfigureAwait(false);
            if (code is not (0 or (int)ExitCode.SamplesErrored))
                return code;
            string report = Path.Combine(folder, "report.html");
            RunFolder[] runs = [.. matrix.Runs.Select(RunFolder.Open)];
            await HtmlReport.WriteAsync(runs, report, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            await output.WriteLineAsync($"\nrun folders: {string.Join(", ", matrix.Runs)}\nreport: {report}").ConfigureAwait(false);
            return code;
        });
        return command;
    }
}
