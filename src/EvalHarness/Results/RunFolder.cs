using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Data;
using EvalHarness.Files;
using EvalHarness.Tasks;
using Parquet;
using Parquet.Serialization;

namespace EvalHarness.Results;

/// <summary>
/// A run on disk: <c>manifest.json</c>, <c>responses.jsonl</c>, <c>samples/TASK.parquet</c>, <c>results.json</c>.
/// </summary>
public sealed class RunFolder(string path) : IResultSink
{
    private const int RowsPerGroup = 5_000;

    public string FullPath { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>As the user wrote it.</summary>
    public string Name { get; } = path;

    public string ManifestFile => System.IO.Path.Combine(FullPath, "manifest.json");

    public string JournalFile => System.IO.Path.Combine(FullPath, "responses.jsonl");

    public string ResultsFile => System.IO.Path.Combine(FullPath, "results.json");

    public string SamplesFile(string task) => System.IO.Path.Combine(FullPath, "samples", $"{string.Join('_', task.Split(System.IO.Path.GetInvalidFileNameChars()))}.parquet");

    /// <summary>A folder for a new run, which must not hold one already.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, or a run is in it.</exception>
    public static RunFolder Create(string path)
    {
        var folder = new RunFolder(path);
        if (File.Exists(folder.ManifestFile))
            throw new EvalException(ExitCode.Output, $"--output {path}: has a run already; continue it with --resume {path}, or choose another folder");
        try
        {
            Directory.CreateDirectory(folder.FullPath);
            // Found out now, not after the first hour.
            string probe = System.IO.Path.Combine(folder.FullPath, ".writable");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(path, e);
        }

        return folder;
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: there is no run, or its manifest is damaged or of another version.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        return File.Exists(folder.ManifestFile)
            ? folder
            : throw new EvalException(ExitCode.Output, $"{path}: has no manifest.json; expected the folder of a run");
    }

    public Manifest ReadManifest()
    {
        try
        {
            Manifest manifest = ResultsJson.Read<Manifest>(File.ReadAllText(ManifestFile));
            return manifest.FormatVersion == Manifest.CurrentFormatVersion
                ? manifest
                : throw new EvalException(ExitCode.Output, $"{ManifestFile}: format version {manifest.FormatVersion}; this version reads {Manifest.CurrentFormatVersion}");
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{ManifestFile}: damaged: {e.Message}", e);
        }
    }

    public Task WriteManifestAsync(Manifest manifest) =>
        OutputFile.WriteAsync(ManifestFile, stream => JsonSerializer.SerializeAsync(stream, manifest, ResultsJson.Indented));

    public Task WriteSamplesAsync(TaskDefinition task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) => WriteSamplesAsync(task.Name, rows, cancellationToken);

    internal Task WriteSamplesAsync(string task, IReadOnlyList<SampleRow> rows, CancellationToken cancellationToken) =>
        OutputFile.WriteAsync(SamplesFile(task), stream => ParquetSerializer.SerializeAsync(
            rows,
            stream,
            new ParquetOptions { CompressionMethod = CompressionMethod.Snappy, RowGroupSize = RowsPerGroup },
            cancellationToken: cancellationToken));

    /// <summary>A task's samples as plain values by column, as written by this or another version.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run has no samples of the task.</exception>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, object?>>> ReadSamplesAsync(string task, CancellationToken cancellationToken)
    {
        string file = SamplesFile(task);
        if (!File.Exists(file))
        {
            string samples = System.IO.Path.GetDirectoryName(file)!;
            string[] tasks = Directory.Exists(samples) ? [.. Directory.EnumerateFiles(samples, "*.parquet").Select(f => System.IO.Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)] : [];
            throw new EvalException(ExitCode.Output, $"{Name}: has no samples of task {task}; it has {(tasks.Length == 0 ? "none" : string.Join(", ", tasks.Take(10)))}");
        }

        using FileStream stream = File.OpenRead(file);
        DeserializationResult<Dictionary<string, object>> rows = await ParquetSerializer.DeserializeUntypedAsync(stream, cancellationToken: cancellationToken).ConfigureAwait(false);
        return [.. rows.Data.Select(row => PlainValue.Map(row, rows.Schema.Fields))];
    }

    public Task WriteResultsAsync(RunResults results, CancellationToken cancellationToken) => WriteResultsAsync(ResultsDocument.Build(results), cancellationToken);

    internal Task WriteResultsAsync(JsonObject json, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return OutputFile.WriteAsync(ResultsFile, async stream =>
        {
            await using var writer = new StreamWriter(stream, leaveOpen: true);
            await writer.WriteAsync(json.ToJsonString(ResultsJson.Indented) + "\n").ConfigureAwait(false);
        });
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the run has not finished, or the file is damaged.</exception>
    public JsonObject ReadResults()
    {
        if (!File.Exists(ResultsFile))
            throw new EvalException(ExitCode.Output, $"{Name}: has no results.json, so the run did not finish; continue it with: {Invocation.Command} run --resume {Name}");
        try
        {
            return (JsonObject)JsonNode.Parse(File.ReadAllText(ResultsFile))!;
        }
        catch (JsonException e)
        {
            throw new EvalException(ExitCode.Output, $"{ResultsFile}: damaged: {e.Message}", e);
        }
    }
}
