using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using EvalHarness.Analysis.Comparing;
using EvalHarness.Files;
using EvalHarness.Reports;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// The same run on several models, each in a process of its own, so that peak memory is each model's and a crash of the native
/// runtime costs one model only. The parent folder holds <c>matrix.json</c> and a run folder per model.
/// </summary>
internal sealed class MatrixRun
{
    private const string FileName = "matrix.json";

    private readonly string _folder;
    private readonly Plan _plan;

    /// <param name="Models">Folder of the run under the parent, and the model.</param>
    /// <param name="Arguments">Of each run, besides model and output.</param>
    private sealed record Plan(IReadOnlyDictionary<string, string> Models, IReadOnlyList<string> Arguments);

    private MatrixRun(string folder, Plan plan) => (_folder, _plan) = (folder, plan);

    /// <summary>The run folders, in the order of the models; the first is what the others are compared with.</summary>
    internal IEnumerable<string> Runs => _plan.Models.Keys.Select(name => Path.Combine(_folder, name));

    internal static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: two models of one name; <see cref="ExitCode.Output"/>: the folder has runs already.</exception>
    internal static async Task<MatrixRun> CreateAsync(string folder, IReadOnlyList<string> models, IReadOnlyList<string> arguments)
    {
        if (IsIn(folder) || File.Exists(new RunFolder(folder).ManifestFile))
            throw new EvalException(ExitCode.Output, $"--output {folder}: has a run already; continue it with --resume {folder}, or choose another folder");
        var named = new Dictionary<string, string>();
        foreach (string model in models)
        {
            string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
            if (!named.TryAdd(name, model))
                throw new EvalException(ExitCode.Usage, $"--model {named[name]} and --model {model}: both are called {name}, and a run folder is named after its model; rename one or link to it under another name");
        }

        var plan = new Plan(named, arguments);
        await OutputFile.WriteAsync(Path.Combine(folder, FileName), stream => JsonSerializer.SerializeAsync(stream, plan, ResultsJson.Indented)).ConfigureAwait(false);
        return new MatrixRun(folder, plan);
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: matrix.json is damaged.</exception>
    internal static MatrixRun Open(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            return new MatrixRun(folder, ResultsJson.Read<Plan>(File.ReadAllText(file)));
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{file}: damaged: {e.Message}; expected what 'run' with several --model wrote", e);
        }
    }

    /// <summary>What the command line said, besides model, output and how to report.</summary>
    internal static IReadOnlyList<string> Rest(ParseResult parsed, IReadOnlyCollection<Option> without) =>
    [
        .. parsed.CommandResult.Children.OfType<OptionResult>().Where(o => !o.Implicit && !without.Contains(o.Option))
            .SelectMany(o => o.Tokens.Count == 0 ? [o.Option.Name] : o.Tokens.SelectMany(t => (string[])[o.Option.Name, t.Value])),
    ];

    /// <summary>Runs what is not finished, then compares. A model that fails does not keep the others from running.</summary>
    /// <param name="json">One document with all results and comparisons.</param>
    /// <param name="brief">The comparison only, without the tasks of groups.</param>
    /// <param name="quiet">No progress and no notes.</param>
    /// <param name="output">For results.</param>
    /// <param name="error">For everything else.</param>
    /// <param name="cancellationToken">Stops the run in progress, which can be resumed.</param>
    /// <returns>0, or the exit code of the first run that failed.</returns>
    internal async Task<int> ExecuteAsync(bool json, bool brief, bool quiet, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        int exitCode = 0;
        foreach ((string name, string model) in _plan.Models)
        {
            string run = Path.Combine(_folder, name);
            if (Finished(run) is { } earlier)
            {
                await output.WriteAsync(json || brief ? "" : ResultsTable.Render(earlier)).ConfigureAwait(false);
                continue;
            }

            if (!quiet)
                await error.WriteLineAsync($"model {Terminal.Visible(model)}").ConfigureAwait(false);
            string[] arguments = File.Exists(new RunFolder(run).ManifestFile) ? ["run", "--resume", run] : ["run", "--model", model, "--output", run, .. _plan.Arguments];
            int code = await ChildProgram.RunAsync([.. arguments, .. quiet ? (string[])["--quiet"] : []], json || brief ? TextWriter.Null : output, error, cancellationToken).ConfigureAwait(false);
            if (code == (int)ExitCode.Interrupted || cancellationToken.IsCancellationRequested)
            {
                await error.WriteLineAsync($"stopped; continue all with: {Invocation.Command} run --resume {_folder}").ConfigureAwait(false);
                return (int)ExitCode.Interrupted;
            }

            if (ChildProgram.Crashed(code))
            {
                await error.WriteLineAsync($"error: {ChildProgram.Crash(run, code).Message}; the other models are run").ConfigureAwait(false);
                code = (int)ExitCode.Model;
            }

            exitCode = exitCode == 0 ? code : exitCode;
            // What is wrong with the command line, tasks, data or this machine is wrong for every model.
            if (code is not (0 or (int)ExitCode.Model or (int)ExitCode.SamplesErrored or (int)ExitCode.Bug))
                return exitCode;
        }

        return await CompareAsync(exitCode, json, brief, output, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The results of a run that has them and answered everything. It is left as it is: started again it would forget what it cost.</summary>
    internal static RunReport? Finished(string run)
    {
        var folder = new RunFolder(run);
        return File.Exists(folder.ResultsFile) && folder.ReadManifest().Sessions[^1].End == "finished" && folder.ReadResults() is var results
            && results.Harness.Errored.Values.All(e => e == 0) ? results : null;
    }

    private async Task<int> CompareAsync(int exitCode, bool json, bool brief, TextWriter output, CancellationToken cancellationToken)
    {
        FinishedRun[] finished = [.. Runs.Select(r => new RunFolder(r)).Where(r => File.Exists(r.ResultsFile)).Select(FinishedRun.Read)];
        IReadOnlyList<Comparison> comparisons = finished.Length < 2 ? [] : await Comparison.OfAllAsync(finished, cancellationToken).ConfigureAwait(false);
        await output.WriteAsync(json
            ? JsonSerializer.Serialize(
                new { Runs = finished.Select(r => r.Report), Comparisons = comparisons }, ResultsJson.Indented) + "\n"
            : comparisons.Count == 0 ? "" : "\n" + ComparisonTable.Render(comparisons, brief)).ConfigureAwait(false);
        return exitCode;
    }
}
