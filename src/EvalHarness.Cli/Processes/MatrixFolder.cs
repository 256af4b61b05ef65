using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.Results;

namespace EvalHarness.Cli.Processes;

/// <summary>
/// The folder of several runs that are compared: <c>matrix.json</c>, and a run folder for each. It is of several models, or of models with
/// adapters. It is locked until it is disposed, so that a second start cannot write another plan into it meanwhile.
/// </summary>
internal sealed class MatrixFolder : IDisposable
{
    private const string FileName = "matrix.json";

    private readonly FileStream _held;

    /// <param name="Runs">All runs that were started in the folder, in the order of their models.</param>
    private sealed record Plan(IReadOnlyList<MatrixEntry> Runs);

    private MatrixFolder(string path, IReadOnlyList<MatrixEntry> entries, FileStream held) =>
        (Path, Entries, _held) = (path, entries, held);

    /// <summary>As the user wrote it.</summary>
    internal string Path { get; }

    /// <summary>The runs that are at work.</summary>
    internal IReadOnlyList<MatrixEntry> Entries { get; }

    /// <summary>Whether the runs are of adapters, each beside one of its model alone.</summary>
    internal bool HasAdapters => HaveAdapters(Entries);

    /// <summary>
    /// Runs that are compared with each other, the base first: those with the same options, and those of one model with its adapters.
    /// </summary>
    internal IEnumerable<IReadOnlyList<MatrixEntry>> Sets => Entries
        .GroupBy(e => (
            Model: HasAdapters ? System.IO.Path.GetFullPath(e.Options.Model) : "", Hash: (e.Options with { Adapters = [] }).Hash()))
        .Select(set => (IReadOnlyList<MatrixEntry>)[.. set.OrderBy(e => e.Options.Adapters.Count)]);

    internal string FolderOf(MatrixEntry entry) => System.IO.Path.Combine(Path, entry.Folder);

    internal static bool IsIn(string folder) => File.Exists(FileOf(folder));

    private static string FileOf(string folder) => System.IO.Path.Combine(folder, FileName);

    /// <summary>
    /// A folder that has a matrix already takes runs with other options beside the old ones: their names then have the hash of the options.
    /// A run of it that failed before its first response is begun again, and adapters may join the run of their model.
    /// </summary>
    /// <param name="folder">The folder of all the runs.</param>
    /// <param name="options">The options of each run; the models or the adapters differ.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: two models of one name; <see cref="ExitCode.Output"/>: the folder has these runs already, or runs of
    /// another kind.
    /// </exception>
    internal static async Task<MatrixFolder> CreateAsync(string folder, IReadOnlyList<RunOptions> options)
    {
        foreach (IGrouping<string, RunOptions> twins in options.GroupBy(NameOf).Where(group => group.Count() > 1))
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
            IReadOnlyList<MatrixEntry> earlier = IsIn(folder) ? ReadPlan(folder).Runs : [];
            bool adapters = options.Any(o => o.Adapters.Count > 0);
            if (earlier.Count > 0 && adapters != HaveAdapters(earlier))
            {
                throw new EvalException(
                    ExitCode.Output,
                    $"--output {folder}: has runs of {(adapters ? "several models" : "adapters")}; choose another folder");
            }

            string[] taken = [.. earlier.Select(e => e.Folder)];
            var entries = new List<MatrixEntry>();
            foreach (RunOptions one in options)
            {
                MatrixEntry? same = earlier.FirstOrDefault(e => SameModel(e.Options.Model, one.Model) && e.Options.Hash() == one.Hash());
                bool isShared = adapters && one.Adapters.Count == 0;
                if (!isShared && same is not null && new RunFolder(System.IO.Path.Combine(folder, same.Folder)).HasRun)
                    throw Taken(folder);
                string name = same?.Folder ?? ChildRun.Names(NameOf(one), one.Hash()).First(n => !taken.Contains(n));
                entries.Add(new MatrixEntry(name, one));
            }

            var plan = new Plan([.. earlier.Where(e => entries.TrueForAll(n => n.Folder != e.Folder)), .. entries]);
            await OutputFile
                .WriteAsync(FileOf(folder), stream => JsonSerializer.SerializeAsync(stream, plan, ResultsJson.Indented))
                .ConfigureAwait(false);
            return new MatrixFolder(folder, entries, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static bool HaveAdapters(IReadOnlyList<MatrixEntry> entries) => entries.Any(e => e.Options.Adapters.Count > 0);

    private static string NameOf(RunOptions options)
    {
        string model = System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(options.Model)));
        return options.Adapters.SingleOrDefault() is { } adapter ? ModelDescription.NameWith(model, adapter) : model;
    }

    /// <summary>Whether two options name the same model folder, however its path is written.</summary>
    private static bool SameModel(string one, string other) => System.IO.Path.GetFullPath(one) == System.IO.Path.GetFullPath(other);

    private static FileStream Lock(string folder) => FileLock.Take(FileOf(folder) + ".lock", keep: false)
        ?? throw new EvalException(
            ExitCode.Output, $"{folder}: another 'run' with several --model or with --adapter is at work here; wait until it ends");

    private static EvalException Taken(string folder) =>
        new(ExitCode.Output, $"--output {folder}: has a run already; continue it with --resume {folder}, or choose another folder");

    /// <param name="folder">The folder of all the runs.</param>
    /// <param name="given">Options that are given beside <c>--resume</c>; those that decide numbers must be what the runs had.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: matrix.json is damaged; <see cref="ExitCode.ResumeRefused"/>: an option differs.
    /// </exception>
    internal static MatrixFolder Open(string folder, IReadOnlyDictionary<string, IReadOnlyList<string>> given)
    {
        FileStream held = Lock(folder);
        try
        {
            List<MatrixEntry> entries = [];
            foreach (MatrixEntry entry in ReadPlan(folder).Runs)
            {
                var now = RunOptions.Of(given, entry.Options);
                Resumption.CheckOptions(System.IO.Path.Combine(folder, entry.Folder), entry.Options, now);
                entries.Add(entry with { Options = now });
            }

            return new MatrixFolder(folder, entries, held);
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
            return plan.Runs.Count > 0 && plan.Runs.All(r => r is not null && r.Folder == System.IO.Path.GetFileName(r.Folder))
                ? plan
                : throw new JsonException("it names no runs, or one outside this folder");
        }
        catch (JsonException e)
        {
            throw new EvalException(
                ExitCode.Output, $"{FileOf(folder)}: damaged: {e.Message}; expected what 'run' with several --model or --adapter wrote", e);
        }
    }

    public void Dispose() => _held.Dispose();
}

/// <summary>One of several runs in a folder.</summary>
/// <param name="Folder">The name of the run folder in the folder of all.</param>
/// <param name="Options">The options of the run.</param>
internal sealed record MatrixEntry(string Folder, RunOptions Options);
