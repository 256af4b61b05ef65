using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// The same run on several models, each in a process of its own, so that peak memory is each model's and a crash of the native
/// runtime costs one model only.
/// </summary>
/// <param name="folder">Of the runs; it is disposed when they end.</param>
/// <param name="more">Arguments of <c>evalharness run</c> that are no options of the run, such as <c>--download</c>.</param>
internal sealed class MatrixRun(MatrixFolder folder, IReadOnlyList<string> more)
{
    /// <summary>The run folders, in the order of the models.</summary>
    internal IEnumerable<string> Runs => folder.Entries.Select(folder.FolderOf);

    /// <summary>Runs what is not finished, then compares. A model that fails does not keep the others from running.</summary>
    /// <param name="json">One document with all results and comparisons.</param>
    /// <param name="brief">The comparison only, without the tasks of groups.</param>
    /// <param name="quiet">No progress and no notes.</param>
    /// <param name="output">For results.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="cancellationToken">Stops the run in progress, which can be resumed.</param>
    /// <returns>0, or the exit code of the first run that failed.</returns>
    internal async Task<int> ExecuteAsync(
        bool json, bool brief, bool quiet, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        using MatrixFolder held = folder;
        int exitCode = 0;
        foreach (MatrixEntry entry in folder.Entries)
        {
            string run = folder.FolderOf(entry);
            // A complete run is started too: it computes nothing, but model, tasks and data are compared with what it had.
            if (!quiet && await new RunFolder(run).ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is null)
                await error.WriteLineAsync($"model {Terminal.Visible(entry.Options.Model)}").ConfigureAwait(false);
            string start = new RunFolder(run).HasRun ? "--resume" : "--output";
            string[] arguments = ["run", start, run, .. entry.Options.ToArguments(), .. more, .. quiet ? (string[])["--quiet"] : []];
            int code = await ChildProgram
                .RunAsync(arguments, json || brief ? TextWriter.Null : output, error, cancellationToken)
                .ConfigureAwait(false);
            if (code == (int)ExitCode.Interrupted || cancellationToken.IsCancellationRequested)
            {
                string command = $"{Invocation.Command} run --resume {folder.Path}";
                await error.WriteLineAsync($"stopped; continue all with: {command}").ConfigureAwait(false);
                return (int)ExitCode.Interrupted;
            }

            if (ChildProgram.Crashed(code))
            {
                string crash = ChildProgram.Crash(run, code).Message;
                await error.WriteLineAsync($"error: {crash}; the other models are run").ConfigureAwait(false);
                code = (int)ExitCode.Model;
            }

            exitCode = exitCode == 0 ? code : exitCode;
            // What is wrong with the command line, tasks, data or this machine is wrong for every model.
            if (code is not (0 or (int)ExitCode.Model or (int)ExitCode.SamplesErrored or (int)ExitCode.Bug))
                return exitCode;
        }

        await MatrixComparison.WriteAsync(folder, json, brief, output, cancellationToken).ConfigureAwait(false);
        return exitCode;
    }
}
