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
    private readonly IReadOnlyList<Entry> _entries;
    private readonly IReadOnlyList<string> _more;

    /// <summary>Keeps a second start from writing another plan into the folder meanwhile.</summary>
    private readonly FileStream _held;

    /// <param name="Runs">All runs that were started in the folder, in the order of their models.</param>
    private sealed record Plan(IReadOnlyList<Entry> Runs);

    /// <param name="Folder">The name of the run folder in the matrix's folder.</param>
    /// <param name="Options">The options of the run.</param>
    private sealed record Entry(string Folder, RunOptions Options);

    private MatrixRun(string folder, IReadOnlyList<Entry> entries, IReadOnlyList<string> more, FileStream held) =>
        (_folder, _entries, _more, _held) = (folder, entries, more, held);

    /// <summary>The run folders, in the order of the models.</summary>
    internal IEnumerable<string> Runs => _entries.Select(entry => Path.Combine(_folder, entry.Folder));

    internal static bool IsIn(string folder) => File.Exists(FileOf(folder));

    private static string FileOf(string folder) => Path.Combine(folder, FileName);

    /// <summary>
    /// A folder that has a matrix already takes runs with other options beside the old ones: their names then have the hash of the options.
    /// A run of it that failed before its first response is begun again.
    /// </summary>
    /// <param name="folder">The folder of all the runs.</param>
    /// <param name="options">The options of each run; the models differ.</param>
    /// <param name="more">Arguments of <c>evalharness run</c> that are no options of the run, such as <c>--download</c>.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: two models of one name; <see cref="ExitCode.Output"/>: the folder has these runs already.
    /// </exception>
    internal static async Task<MatrixRun> CreateAsync(string folder, IReadOnlyList<RunOptions> options, IReadOnlyList<string> more)
    {
        foreach (IGrouping<string, RunOptions> twins in options.GroupBy(one => NameOf(one.Model)).Where(group => group.Count() > 1))
        {
            string[] models = [.. twins.Select(one => one.Model)];
            throw new EvalException(
                ExitCode.Usage,
                $"--model {models[0]} and --model {models[1]}: both are called {twins.Key}, "
                + "and a run folder is named after its model; "
                + "rename one or link to it under another name");
        }

        FileStream held = Lock(folder);
        try
        {
            if (new RunFolder(folder).HasRun)
                throw Taken(folder);
            IReadOnlyList<Entry> earlier = IsIn(folder) ? ReadPlan(folder).Runs : [];
            string[] taken = [.. earlier.Select(e => e.Folder)];
            var entries = new List<Entry>();
            foreach (RunOptions one in options)
            {
                Entry? same = earlier.FirstOrDefault(e => SameModel(e.Options.Model, one.Model) && e.Options.Hash() == one.Hash());
                if (same is not null && new RunFolder(Path.Combine(folder, same.Folder)).HasRun)
                    throw Taken(folder);
                string name = same?.Folder ?? ChildRun.Names(NameOf(one.Model), one.Hash()).First(n => !taken.Contains(n));
                entries.Add(new Entry(name, one));
            }

            var plan = new Plan([.. earlier.Where(e => entries.TrueForAll(n => n.Folder != e.Folder)), .. entries]);
            await OutputFile
                .WriteAsync(FileOf(folder), stream => JsonSerializer.SerializeAsync(stream, plan, ResultsJson.Indented))
                .ConfigureAwait(false);
            return new MatrixRun(folder, entries, more, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static string NameOf(string model) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));

    /// <summary>Whether two options name the same model folder, however its path is written.</summary>
    private static bool SameModel(string one, string other) => Path.GetFullPath(one) == Path.GetFullPath(other);

    private static FileStream Lock(string folder) => FileLock.Take(FileOf(folder) + ".lock", keep: false)
        ?? throw new EvalException(ExitCode.Output, $"{folder}: another 'run' with several --model is at work here; wait until it ends");

    private static EvalException Taken(string folder) =>
        new(ExitCode.Output, $"--output {folder}: has a run already; continue it with --resume {folder}, or choose another folder");

    /// <param name="folder">The folder of all the runs.</param>
    /// <param name="given">Options that are given beside <c>--resume</c>; those that decide numbers must be what the runs had.</param>
    /// <param name="more">As for <see cref="CreateAsync"/>.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: matrix.json is damaged; <see cref="ExitCode.ResumeRefused"/>: an option differs.
    /// </exception>
    internal static MatrixRun Open(string folder, IReadOnlyDictionary<string, IReadOnlyList<string>> given, IReadOnlyList<string> more)
    {
        FileStream held = Lock(folder);
        try
        {
            List<Entry> entries = [];
            foreach (Entry entry in ReadPlan(folder).Runs)
            {
                var now = RunOptions.Of(given, entry.Options);
                Resumption.CheckOptions(Path.Combine(folder, entry.Folder), entry.Options, now);
                entries.Add(entry with { Options = now });
            }

            return new MatrixRun(folder, entries, more, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static Plan ReadPlan(string folder)
    {
        try
        {
            Plan plan = JsonSerializer.Deserialize<Plan>(File.ReadAllText(FileOf(folder)), ResultsJson.Strict)
                ?? throw new JsonException("it holds nothing but null");
            return plan.Runs.Count > 0 && plan.Runs.All(r => r is not null && r.Folder == Path.GetFileName(r.Folder))
                ? plan
                : throw new JsonException("it names no runs, or one outside this folder");
        }
        catch (JsonException e)
        {
            throw new EvalException(
                ExitCode.Output, $"{FileOf(folder)}: damaged: {e.Message}; expected what 'run' with several --model wrote", e);
        }
    }

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
        using FileStream held = _held;
        int exitCode = 0;
        foreach (Entry entry in _entries)
        {
            string run = Path.Combine(_folder, entry.Folder);
            // A complete run is started too: it computes nothing, but model, tasks and data are compared with what it had.
            if (!quiet && await new RunFolder(run).ReadIfCompleteAsync(cancellationToken).ConfigureAwait(false) is null)
                await error.WriteLineAsync($"model {Terminal.Visible(entry.Options.Model)}").ConfigureAwait(false);
            string start = new RunFolder(run).HasRun ? "--resume" : "--output";
            string[] arguments = ["run", start, run, .. entry.Options.ToArguments(), .. _more, .. quiet ? (string[])["--quiet"] : []];
            int code = await ChildProgram
                .RunAsync(arguments, json || brief ? TextWriter.Null : output, error, cancellationToken)
                .ConfigureAwait(false);
            if (code == (int)ExitCode.Interrupted || cancellationToken.IsCancellationRequested)
            {
                string command = $"{Invocation.Command} run --resume {_folder}";
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

        return await CompareAsync(exitCode, json, brief, output, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> CompareAsync(int exitCode, bool json, bool brief, TextWriter output, CancellationToken cancellationToken)
    {
        FinishedRun[] finished = [.. Runs.Select(r => new RunFolder(r)).Where(r => File.Exists(r.ResultsFile)).Select(FinishedRun.Read)];
        var comparisons = new List<Comparison>();
        // Only runs with the same options are compared; the first model of each set is the base.
        foreach (IGrouping<string, Entry> same in _entries.GroupBy(e => e.Options.Hash()))
        {
            string[] names = [.. same.Select(e => Path.Combine(_folder, e.Folder))];
            FinishedRun[] set = [.. finished.Where(r => names.Contains(r.Name))];
            bool hasScores = set.Length > 1 && set.All(r => !r.Report.Harness.PredictOnly);
            PriceFile? prices = same.First().Options.Prices is { } file ? PriceFile.Read(file) : null;
            if (hasScores)
                comparisons.AddRange(await Comparison.OfAllAsync(set, cancellationToken, prices).ConfigureAwait(false));
        }

        await output.WriteAsync(json
            ? JsonSerializer.Serialize(
                new { Runs = finished.Select(r => r.Report), Comparisons = comparisons }, ResultsJson.Indented) + "\n"
            : comparisons.Count == 0 ? "" : "\n" + ComparisonTable.Render(comparisons, brief)).ConfigureAwait(false);
        return exitCode;
    }
}
