using System.Text;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Prompts;

namespace EvalHarness.Results;

/// <summary>
/// responses.jsonl: one line per response, written as it finishes, so that nothing computed is lost when the process is killed. The
/// fields are those that the replay engine reads: a journal can be graded again with <c>--model replay:RUN/responses.jsonl</c>.
/// </summary>
public sealed class Journal : IDisposable
{
    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(1);

    private readonly FileStream _lock;
    private readonly FileStream _file;
    private readonly TimeProvider _time;
    private long _lastSync;

    private Journal(FileStream held, FileStream file, TimeProvider time) =>
        (_lock, _file, _time, _lastSync) = (held, file, time, time.GetTimestamp());

    /// <summary>Finished responses of an earlier start, by key. Those that errored are not among them: they are tried again.</summary>
    public Dictionary<RequestKey, Response> Finished { get; } = [];

    /// <summary>The finished responses to some requests, by key.</summary>
    internal Dictionary<RequestKey, Response> FinishedAmong(IEnumerable<RequestKey> keys) =>
        keys.Where(Finished.ContainsKey).ToDictionary(k => k, k => Finished[k]);

    /// <summary>Bytes of a torn last line that were dropped; 0 if there was none.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>The file that is locked while a journal is written; other programs can read the journal itself meanwhile.</summary>
    public static string LockOf(string path) => path + ".lock";

    /// <summary>Opens the file for appending; what it holds is read first, and a torn last line is cut off.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: not writable, in use, or damaged before its last line.</exception>
    public static async Task<Journal> OpenAsync(string path, TimeProvider time, CancellationToken cancellationToken)
    {
        FileStream held = FileLock.Take(LockOf(path), keep: false)
            ?? throw new EvalException(
                ExitCode.Output, $"{path}: is in use; another run writes to this folder, wait for it or choose another --output");
        Journal journal;
        try
        {
            journal = new Journal(held, new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite), time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held.Dispose();
            throw OutputFile.Failed(path, e);
        }

        try
        {
            await journal.ReadAsync(path, cancellationToken).ConfigureAwait(false);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private async Task ReadAsync(string path, CancellationToken cancellationToken)
    {
        long whole = 0;
        int number = 0;
        using var reader = new StreamReader(_file, Encoding.UTF8, leaveOpen: true);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            number++;
            long end = whole + Encoding.UTF8.GetByteCount(line) + 1;
            if (Parse(line) is not { } entry || end > _file.Length)
            {
                // Only what a cut-off write leaves may be wrong: the last line, or NULs that a lost power leaves at the end.
                if (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is null)
                    break;
                throw new EvalException(
                    ExitCode.Output, $"{path}:{number}: damaged, and lines follow; restore the file, or start a new run");
            }

            whole = end;
            if (entry.Error is null)
                Finished[entry.Key] = entry.ToResponse();
        }

        DroppedBytes = _file.Length - whole;
        _file.SetLength(whole);
        _file.Seek(0, SeekOrigin.End);
    }

    private static JournalLine? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(line, ResultsJson.Line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Written to the system at once (a killed process loses nothing), and to the disk every second.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: full disk.</exception>
    public void Append(Request request, Response response)
    {
        byte[] line = JsonSerializer.SerializeToUtf8Bytes(JournalLine.From(request, response), ResultsJson.Line);
        long start = _file.Position;
        try
        {
            _file.Write([.. line, (byte)'\n']);
            _file.Flush();
            if (_time.GetElapsedTime(_lastSync) < SyncInterval)
                return;
            _file.Flush(flushToDisk: true);
            _lastSync = _time.GetTimestamp();
        }
        catch (IOException e)
        {
            TruncateTo(start);
            throw OutputFile.Failed(_file.Name, e);
        }
    }

    private void TruncateTo(long length)
    {
        try
        {
            _file.SetLength(length);
        }
        catch (IOException)
        {
            // The torn line stays and is dropped when the run is resumed.
        }
    }

    public void Dispose()
    {
        try
        {
            _file.Dispose();
        }
        catch (IOException)
        {
            // A full disk: Append has said so already, with what to do.
        }

        _lock.Dispose();
    }
}
