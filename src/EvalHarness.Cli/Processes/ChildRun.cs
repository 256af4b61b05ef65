using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// A run in a process of its own, for commands that need its results. An earlier run is taken up only if all that decides its numbers is
/// the same; otherwise it stays as it is, and the new run is measured in a folder beside it.
/// </summary>
internal static class ChildRun
{
    /// <param name="path">The run folder. If it holds a run with other options, the folder's name gets the hash of the new options.</param>
    /// <param name="options">The options that are asked for.</param>
    /// <param name="more">Arguments of <c>evalharness run</c> that are no options of the run, such as <c>--download</c>.</param>
    /// <param name="announcement">A line for standard error, printed if something is to be computed.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="cancellationToken">Stops the run, which can be taken up again.</param>
    /// <returns>The child's exit code, and the folder of the run.</returns>
    internal static async Task<(int Code, RunFolder Run)> MeasureAsync(
        string path,
        RunOptions options,
        IReadOnlyList<string> more,
        string announcement,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        string hash = options.Hash();
        foreach (RunFolder run in Names(path, hash).Select(name => new RunFolder(name)))
        {
            bool exists = run.HasRun;
            if (exists && run.ReadManifest().Options.Hash() != hash)
                continue;
            if (await run.ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is null)
                await error.WriteLineAsync(announcement).ConfigureAwait(false);
            // A finished run computes nothing again: this start only compares model, tasks, data and versions, which takes loading the
            // model.
            using var said = new StringWriter();
            string[] arguments = ["run", exists ? "--resume" : "--output", run.Name, .. options.ToArguments(), .. more, "--quiet"];
            int code = await ChildProgram
                .RunAsync(arguments, TextWriter.Null, exists ? said : error, cancellationToken)
                .ConfigureAwait(false);
            if (exists && code == (int)ExitCode.ResumeRefused)
            {
                await error
                    .WriteLineAsync($"{run.Name} has a run with another model, tasks, data or version; this one is measured beside it")
                    .ConfigureAwait(false);
                continue;
            }

            await error.WriteAsync(said.ToString()).ConfigureAwait(false);
            return (ChildProgram.Crashed(code) ? throw ChildProgram.Crash(run.Name, code) : code, run);
        }

        throw new EvalException(ExitCode.Output, $"{path}: has too many runs beside it; remove some, or choose another --output");
    }

    /// <summary>The last line that a run wrote to standard error, which says why it ended.</summary>
    internal static string LastLine(StringWriter said)
    {
        const string start = "error: ";
        string line = said.ToString().TrimEnd().Split('\n')[^1];
        return line.StartsWith(start, StringComparison.Ordinal) ? line[start.Length..] : line;
    }

    /// <summary>Names for runs beside each other: the plain one, then with the hash of the options, then with a number as well.</summary>
    internal static IEnumerable<string> Names(string name, string hash) =>
        [name, $"{name}-{hash}", .. Enumerable.Range(2, 98).Select(i => $"{name}-{hash}-{i}")];
}
