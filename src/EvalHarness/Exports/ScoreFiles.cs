using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EvalHarness.Files;
using EvalHarness.Results;

namespace EvalHarness.Exports;

/// <summary>The two files of one score: its record, and its samples, which are written first because the record has their hash.</summary>
internal sealed class ScoreFiles : IAsyncDisposable
{
    private static readonly char[] NotInNames = ['<', '>', ':', '"', '/', '\\', '|', '?', '*'];

    private readonly string _folder;
    private readonly string _path;
    private readonly EveryEvalEverRows _rows;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private OutputStream? _samples;
    private EveryEvalEverLog _log;
    private int _count;
    private bool _hasScore;

    /// <param name="folder">The folder in which <c>data</c> stands.</param>
    /// <param name="run">The run.</param>
    /// <param name="row">The score.</param>
    /// <param name="log">Its record, without samples.</param>
    public ScoreFiles(string folder, ExportedRun run, ScoreRow row, EveryEvalEverLog log)
    {
        string[] id = run.Id.Split('/');
        (_folder, _log, _rows) = (folder, log, new EveryEvalEverRows(run, log, row));
        _path = $"data/{Sanitized(row.Name)}/{Sanitized(id[0])}/{Sanitized(id[1])}/{run.IdOf(row)}";
    }

    /// <summary>Adds a document, if its score is a number or it has an error.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: the folder is not writable, or the disk is full.</exception>
    public async Task WriteAsync(ExportedSample sample, CancellationToken cancellationToken)
    {
        if (_rows.Of(sample) is not { } row)
            return;
        byte[] line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(row, ResultsJson.Line) + "\n");
        _hash.AppendData(line);
        _count++;
        _hasScore |= row.Error is null;
        OutputStream samples = _samples ??= OutputStream.Create(FileOf("_samples.jsonl"));
        await samples.WriteAsync(() => samples.File.WriteAsync(line, cancellationToken).AsTask()).ConfigureAwait(false);
    }

    /// <summary>The samples take their place. A score whose documents have no numbers, such as a corpus's, has no such file.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_hasScore || _samples is null)
            return;
        await _samples.CompleteAsync().ConfigureAwait(false);
        _log = _log with
        {
            DetailedEvaluationResults = new RecordSamples
            {
                FilePath = $"{_path}_samples.jsonl",
                Checksum = Convert.ToHexStringLower(_hash.GetHashAndReset()),
                TotalRows = _count,
            },
        };
    }

    public Task WriteLogAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        byte[] text = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(_log, ResultsJson.Indented) + "\n");
        return OutputFile.WriteAsync(FileOf(".json"), stream => stream.WriteAsync(text, cancellationToken).AsTask());
    }

    public async ValueTask DisposeAsync()
    {
        _hash.Dispose();
        if (_samples is not null)
            await _samples.DisposeAsync().ConfigureAwait(false);
    }

    private string FileOf(string ending) => Path.Combine([_folder, .. $"{_path}{ending}".Split('/')]);

    private static string Sanitized(string name) =>
        string.Concat(name.Select(c => NotInNames.Contains(c) || char.IsControl(c) ? '_' : c)).TrimEnd('.', ' ');
}
