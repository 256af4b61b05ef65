using EvalHarness.Cli.Processes;
using EvalHarness.OnnxRuntimeGenAI.Inspection;
using EvalHarness.Results;
using EvalHarness.Running;

namespace EvalHarness.Cli;

/// <summary>
/// The same run on a model as it is and with each of its adapters, one after the other in this process, so that the model is loaded once.
/// </summary>
/// <param name="folder">Of the runs; it is disposed when they end.</param>
/// <param name="arguments">The program's arguments, for the manifests.</param>
internal sealed class AdapterRuns(MatrixFolder folder, IReadOnlyList<string> arguments)
{
    /// <summary>The options of each run: the model alone, then each adapter.</summary>
    internal static IReadOnlyList<RunOptions> Of(RunOptions options) =>
        [options with { Adapters = [] }, .. options.Adapters.Select(adapter => options with { Adapters = [adapter] })];

    /// <summary>Looks at all adapters before anything is written or computed.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: the model's engine takes no adapters. <see cref="ExitCode.Model"/>: a file is no adapter, or does not
    /// fit the model.
    /// </exception>
    internal static void Check(RunOptions options)
    {
        EngineFactory.CheckAdapters(options);
        foreach (string file in options.Adapters)
            _ = AdapterFile.ReadFor(EngineFactory.FolderOf(options.Model), file);
    }

    /// <summary>Computes what is missing, then compares. An adapter that fails does not keep the others from running.</summary>
    /// <param name="json">One document with all results and comparisons.</param>
    /// <param name="quiet">No progress and no notes.</param>
    /// <param name="output">For results.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="cancellationToken">Stops the run in progress; all can be resumed.</param>
    /// <returns>0, or the exit code of the first run that failed.</returns>
    internal async Task<int> ExecuteAsync(bool json, bool quiet, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        using MatrixFolder held = folder;
        int exitCode = 0;
        foreach (IReadOnlyList<MatrixEntry> set in folder.Sets)
        {
            RunFolder? begun = set.Select(e => new RunFolder(folder.FolderOf(e))).FirstOrDefault(r => r.HasRun);
            var shared = new AdapterBase(begun?.ReadManifest().Model);
            await using (shared.ConfigureAwait(false))
            {
                foreach (MatrixEntry entry in set)
                {
                    int code = await OneAsync(entry, shared, json, quiet, output, error, cancellationToken).ConfigureAwait(false);
                    if (code == (int)ExitCode.Interrupted)
                    {
                        string command = $"{Invocation.Command} run --resume {folder.Path}";
                        await error.WriteLineAsync($"stopped; continue all with: {command}").ConfigureAwait(false);
                        return code;
                    }

                    exitCode = exitCode == 0 ? code : exitCode;
                }
            }
        }

        await MatrixComparison.WriteAsync(folder, json, brief: false, output, cancellationToken).ConfigureAwait(false);
        return exitCode;
    }

    private async Task<int> OneAsync(
        MatrixEntry entry,
        AdapterBase shared,
        bool json,
        bool quiet,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken)
    {
        string path = folder.FolderOf(entry);
        if (await new RunFolder(path).ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is null)
        {
            string adapter = entry.Options.Adapters.SingleOrDefault() is { } file ? $" with adapter {file}" : "";
            Terminal.Say(error, quiet, $"model {entry.Options.Model}{adapter}");
        }

        try
        {
            using RunFolder? resumed = new RunFolder(path).HasRun ? RunFolder.Continue(path) : null;
            Manifest? earlier = resumed?.ReadManifest();
            if (earlier is not null)
                Resumption.CheckOptions(path, earlier.Options, entry.Options);
            EvaluationRun run = await EvaluationRun
                .PrepareAsync(entry.Options, TimeProvider.System, cancellationToken)
                .ConfigureAwait(false);
            await using (run.ConfigureAwait(false))
            {
                var one = new OneRun(run, json, quiet, json ? TextWriter.Null : output, error, arguments) { Open = shared.OpenAsync };
                return await one.ExecuteAsync(path, resumed, earlier, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (EvalException e) when (shared.IsLoaded && e.ExitCode is ExitCode.Model or ExitCode.SamplesErrored)
        {
            await error.WriteLineAsync($"error: {Terminal.Visible(e.Message)}").ConfigureAwait(false);
            return (int)e.ExitCode;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return (int)ExitCode.Interrupted;
        }
    }
}
