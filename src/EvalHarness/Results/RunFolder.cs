using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Tasks;

namespace EvalHarness.Results;

/// <summary>
/// A run on disk: <c>manifest.json</c>, <c>responses.jsonl</c>, <c>samples/TASK.parquet</c>, <c>results.json</c>.
/// </summary>
public sealed class RunFolder(string path) : IResultSink
{
    private const int TasksNamed = 10;

    public string FullPath { get; } = Path.GetFullPath(path);

    /// <summary>As the user wrote it.</summary>
    public string Name { get; } = path;

    public string ManifestFile => Path.Combine(FullPath, "manifest.json");

    public string JournalFile => Path.Combine(FullPath, "responses.jsonl");

    public string ResultsFile => Path.Combine(FullPath, "results.json");

    public string SamplesFile(string task) =>
        Path.Combine(FullPath, "samples", $"{string.Join('_', task.Split(Path.GetInvalidFileNameChars()))}.parquet");

    /// <summary>A folder for a new run, which must not hold one already.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, or a run is in it.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(path);
        if (File.Exists(folder.ManifestFile))
        {
            throw new EvalException(
                ExitCode.Output, $"--output {path}: has a run already; continue it with --resume {path}, or choose another folder");
        }

        try
        {
            Directory.CreateDirectory(folder.FullPath);
            // Found out now, not after the first hour.
            string probe = Path.Combine(folder.FullPath, ".writable");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(path, e);
        }

        return folder;
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there is no run in the folder.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        return File.Exists(folder.ManifestFile)
            ? folder
            : throw new EvalException(ExitCode.Output, $"{path}: has no manifest.json; expected the folder of a run");
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

    public Task WriteSamplesAsync(TaskDefinition task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) =>
        WriteSamplesAsync(task.Name, rows, cancellationToken);

    internal Task WriteSamplesAsync(string task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) =>
        OutputFile.WriteAsync(SamplesFile(task), stream => SampleFile.WriteAsync(stream, rows, cancellationToken));

    /// <summary>A task's samples, as this or an earlier version wrote them.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there are no samples of the task, or the file is damaged.</exception>
    public async Task<IReadOnlyList<SampleRow>> ReadSamplesAsync(string task, CancellationToken cancellationToken)
    {
        string file = SamplesFile(task);
        if (!File.Exists(file))
            throw new EvalException(ExitCode.Output, $"{Name}: has no samples of task {task}; it has {TasksWithSamples()}");
        try
        {
            using FileStream stream = File.OpenRead(file);
            return await SampleFile.ReadAsync(stream, cancellationToken).ConfigureAwait(false);
        }
        // Parquet.Net throws anything at a damaged file, from wrong magic bytes to a torn footer.
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            throw new EvalException(ExitCode.Output, $"{file}: damaged: {e.Message}", e);
        }
    }

    private string TasksWithSamples()
    {
        string samples = Path.Combine(FullPath, "samples");
        string[] files = Directory.Exists(samples) ? Directory.GetFiles(samples, "*.parquet") : [];
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

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run has not finished, or the file is damaged.</exception>
    public RunReport ReadResults() => File.Exists(ResultsFile)
        ? Reading(ResultsFile, RunReport.Read)
        : throw new EvalException(
            ExitCode.Output,
            $"{Name}: has no results.json, so the run did not finish; continue it with: {Invocation.Command} run --resume {Name}");

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
    /// The results of a run that is complete: it finished, no sample errored, and its sample files are there. Null for any other folder.
    /// A complete run needs no further start, which would compute nothing and forget what the run cost.
    /// </summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the manifest or the results are damaged.</exception>
    public RunReport? ReadIfComplete()
    {
        if (!File.Exists(ManifestFile) || !File.Exists(ResultsFile))
            return null;
        Manifest manifest = ReadManifest();
        if (manifest.Sessions[^1].End != RunSession.Finished || !manifest.Tasks.All(t => File.Exists(SamplesFile(t.Name))))
            return null;
        RunReport report = ReadResults();
        return report.Harness.Errored.Values.All(errored => errored == 0) ? report : null;
    }
}
