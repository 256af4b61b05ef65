using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>
/// A run on disk: <c>manifest.json</c>, <c>responses.jsonl</c>, <c>samples/TASK.parquet</c>, <c>results.json</c>.
/// A folder that is to be written is locked before this program looks what is in it, and until it is disposed, so that no two runs can
/// take each other's files for their own.
/// </summary>
public sealed partial class RunFolder(string path) : IResultSink, IDisposable
{
    /// <summary>The file that says of a folder that the runs in it belong to a search for the change that moved rows.</summary>
    internal const string CulpritFile = "culprit.json";

    /// <summary>The file that says so of the runs that look for why a score differs from a published one.</summary>
    internal const string LadderFile = "ladder.json";

    /// <summary>The folder for the parts of a run in the folder of the run.</summary>
    internal const string PartsName = "parts";

    private const string ManifestName = "manifest.json";

    private const int TasksNamed = 10;

    private const int RowsPerBlock = 1_000;

    private FileStream? _lock;

    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>As the user wrote it.</summary>
    public string Name { get; } = path;

    public string ManifestFile => Path.Combine(FullPath, ManifestName);

    /// <summary>Whether a file of this name is the manifest, or becomes it when it is written.</summary>
    internal static bool IsManifest(string name) => name.StartsWith(ManifestName, StringComparison.Ordinal);

    public string JournalFile => Path.Combine(FullPath, "responses.jsonl");

    /// <summary>The answers of the model that grades, in the form of the journal; there is none where no model grades.</summary>
    public string JudgeFile => Path.Combine(FullPath, "judge.jsonl");

    /// <summary>Is locked while a run writes to the folder; other programs can read all files of the folder meanwhile.</summary>
    internal string LockFile => JournalFile + ".lock";

    /// <summary>Whether this object holds the lock.</summary>
    internal bool IsHeld => _lock is not null;

    public string ResultsFile => Path.Combine(FullPath, "results.json");

    /// <summary>
    /// Whether there is a run in the folder that answered or wrote something. A run that failed before its first response is none: nothing
    /// is lost when another takes its place.
    /// </summary>
    public bool HasRun => File.Exists(ManifestFile) && WorkOfARun() is not null;

    public string SamplesFile(string task) =>
        Path.Combine(SamplesFolder, $"{string.Join('_', task.Split(Path.GetInvalidFileNameChars()))}.parquet");

    /// <summary>
    /// A folder for a new run, which must hold no other run, nor the files of one. It is locked. The manifest of a run that failed before
    /// its first response is written over.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, in use, or a run or its files are in it.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(path);
        folder.Lock();
        try
        {
            folder.RefuseFilesOfARun();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The folder of a run that is to be continued. It is locked.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, in use, pruned, or no run.</exception>
    public static RunFolder Continue(string path)
    {
        // Before the lock, which would make a folder where a name is mistyped.
        RunFolder folder = Open(path);
        if (folder.Pruned is { } pruned)
        {
            throw new EvalException(
                ExitCode.Output, $"--resume {path}: {pruned}, so that it cannot go on; start a new run");
        }

        folder.Lock();
        return folder;
    }

    private void Lock() => _lock = FileLock.Take(LockFile, keep: false)
        ?? throw new EvalException(
            ExitCode.Output, $"{Name}: is in use; another run writes to this folder, wait for it or choose another --output");

    public void Dispose()
    {
        _lock?.Dispose();
        _lock = null;
    }

    private void RefuseFilesOfARun()
    {
        if (WorkOfARun() is not { } left)
            return;
        if (File.Exists(ManifestFile))
        {
            throw new EvalException(
                ExitCode.Output, $"--output {Name}: has a run already; continue it with --resume {Name}, or choose another folder");
        }

        throw new EvalException(
            ExitCode.Output,
            $"--output {Name}: has {left} of a run, and no manifest.json that says which; move it away, choose another folder"
            + (left == Path.GetFileName(JournalFile) ? $", or grade its responses with --model replay:{JournalFile}" : ""));
    }

    /// <summary>
    /// The file or folder that holds what a run computed; null if there is none. A run that was killed or failed before its first response
    /// leaves an empty journal.
    /// </summary>
    private string? WorkOfARun() => File.Exists(JournalFile) && new FileInfo(JournalFile).Length > 0 ? Path.GetFileName(JournalFile)
        : File.Exists(ResultsFile) ? Path.GetFileName(ResultsFile)
        : FilesWithSamples().Length > 0 ? "samples"
        : null;

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there is no run in the folder.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        if (File.Exists(folder.ManifestFile))
            return folder;
        string parts = Path.Combine(path, PartsName);
        throw new EvalException(ExitCode.Output, Directory.Exists(parts)
            ? $"{path}: is a run in parts that are not joined yet; see what is there with: "
                + Invocation.Command + $" show {Invocation.Words([parts])} --partial"
            : $"{path}: has no manifest.json; expected the folder of a run");
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the file is damaged, or of another version.</exception>
    public Manifest ReadManifest()
    {
        Manifest manifest = Reading(ManifestFile, ResultsJson.Read<Manifest>);
        return manifest.FormatVersion == Manifest.CurrentFormatVersion
            ? manifest
            : throw new EvalException(
                ExitCode.Output,
                $"{ManifestFile}: format version {manifest.FormatVersion}; this version reads {Manifest.CurrentFormatVersion}");
    }

    public Task WriteManifestAsync(Manifest manifest) =>
        OutputFile.WriteAsync(ManifestFile, stream => JsonSerializer.SerializeAsync(stream, manifest, ResultsJson.Indented));

    public Task<ISampleWriter> OpenSamplesAsync(TaskDefinition task, CancellationToken cancellationToken) =>
        CreateSamplesAsync(task.Name, cancellationToken);

    private async Task<ISampleWriter> CreateSamplesAsync(string task, CancellationToken cancellationToken) =>
        await SampleFileWriter.CreateAsync(SamplesFile(task), cancellationToken).ConfigureAwait(false);

    /// <summary>Writes all samples of a task, which are in memory.</summary>
    internal async Task WriteSamplesAsync(string task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken)
    {
        ISampleWriter writer = await CreateSamplesAsync(task, cancellationToken).ConfigureAwait(false);
        await using (writer.ConfigureAwait(false))
        {
            foreach (SampleRow[] block in rows.Chunk(RowsPerBlock))
                await writer.WriteAsync(block, cancellationToken).ConfigureAwait(false);
            await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private string[] FilesWithSamples() => Directory.Exists(SamplesFolder) ? Directory.GetFiles(SamplesFolder, "*.parquet") : [];

    private string TasksWithSamples()
    {
        string[] files = FilesWithSamples();
        return files.Length == 0
            ? "none"
            : string.Join(", ", files.Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal).Take(TasksNamed));
    }

    public Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken) =>
        WriteResultsAsync(RunReport.Of(results), cancellationToken);

    internal Task WriteResultsAsync(RunReport report, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return OutputFile.WriteAsync(ResultsFile, async stream =>
        {
            await using var writer = new StreamWriter(stream, leaveOpen: true);
            await writer.WriteAsync(report.ToJson() + "\n").ConfigureAwait(false);
        });
    }

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: the run has not finished, is a part of one, or the file is damaged.
    /// </exception>
    public RunReport ReadResults()
    {
        if (File.Exists(ResultsFile))
            return Reading(ResultsFile, RunReport.Read);
        string next = File.Exists(ManifestFile) && ReadManifest().Part is { } part
            ? $"is part {part.Number} of {part.Of} of a run and has no results of its own; join all parts with: {Invocation.Command} merge"
            : $"has no results.json, so the run did not finish; continue it with: {Invocation.Command} run --resume {Name}";
        throw new EvalException(ExitCode.Output, $"{Name}: {next}");
    }

    private static T Reading<T>(string file, Func<string, T> read)
    {
        try
        {
            return read(File.ReadAllText(file));
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{file}: damaged: {e.Message}", e);
        }
    }

    /// <summary>
    /// The files that hold the run's numbers, as they are now: the samples of each task, and results.json, which a part has not.
    /// </summary>
    internal async Task<IReadOnlyList<ModelFile>> HashResultsAsync(IEnumerable<string> tasks, CancellationToken cancellationToken)
    {
        var files = new List<ModelFile>();
        foreach (string file in tasks.Select(SamplesFile).Concat(File.Exists(ResultsFile) ? [ResultsFile] : []))
            files.AddRange(await ModelFiles.HashAsync(file, cancellationToken).ConfigureAwait(false));
        return files;
    }

    /// <summary>
    /// The results of a run that is complete: it finished, no sample errored, and its files are there as it wrote them. Null for any other
    /// folder. A complete run needs no further start, which would compute nothing; one whose files were changed is graded again from its
    /// responses.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the manifest or the results are damaged.</exception>
    public async Task<RunReport?> ReadIfCompleteAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(ManifestFile) || !File.Exists(ResultsFile))
            return null;
        Manifest manifest = ReadManifest();
        string[] tasks = [.. manifest.Tasks.Select(t => t.Name)];
        if (manifest.Sessions is not [.., { End: RunSession.Finished } last] || !tasks.All(t => File.Exists(SamplesFile(t))))
            return null;
        // Earlier versions did not write down what they had written.
        if (last.Files.Count > 0 && !last.Files.SequenceEqual(await HashResultsAsync(tasks, cancellationToken).ConfigureAwait(false)))
            return null;
        RunReport report = ReadResults();
        return report.Harness.Errored.Values.All(errored => errored == 0) ? report : null;
    }

    /// <summary>
    /// Whether this is a part of a run that needs no further start, as <see cref="ReadIfCompleteAsync"/> says it of a run.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the manifest is damaged.</exception>
    internal async Task<bool> IsPartCompleteAsync(CancellationToken cancellationToken) =>
        ReadManifest().Sessions is [.., { End: RunSession.Finished, Outcome.Errored: 0 } last]
        && await HasFilesAsync(last, cancellationToken).ConfigureAwait(false);

    /// <summary>Whether the samples of a part are as the session wrote them that finished it.</summary>
    internal async Task<bool> HasFilesAsync(RunSession session, CancellationToken cancellationToken)
    {
        foreach (ModelFile file in session.Files)
        {
            string path = Path.Combine(SamplesFolder, file.Name);
            if (!File.Exists(path) || (await ModelFiles.HashAsync(path, cancellationToken).ConfigureAwait(false))[0] != file)
                return false;
        }

        return true;
    }
}
