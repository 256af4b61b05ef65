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
    private const int ShownText = 60;

    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<RequestKey, Origin> _origins = [];
    private readonly FileStream _file;
    private readonly JournalChecksum _checksum;
    private readonly TimeProvider _time;
    private long _lastSync;

    /// <summary>Where a finished response stands, and what it says that it answers.</summary>
    private sealed record Origin(int Line, string ContextSha256, string? Continuation);

    private Journal(FileStream file, JournalChecksum checksum, TimeProvider time) =>
        (_file, _checksum, _time, _lastSync) = (file, checksum, time, time.GetTimestamp());

    /// <summary>Finished responses of an earlier start, by key. Those that errored are not among them: they are tried again.</summary>
    public Dictionary<RequestKey, Response> Finished { get; } = [];

    /// <summary>Bytes of a torn last line that were dropped; 0 if there was none.</summary>
    public long DroppedBytes { get; private set; }

    /// <summary>Opens the journal of a run for appending; what it holds is read first, and a torn last line is cut off.</summary>
    /// <param name="folder">A folder that <see cref="RunFolder.Create"/> or <see cref="RunFolder.Continue"/> gave, with its lock.</param>
    /// <param name="manifest">The run's; what decides its numbers is in the checksum of each line.</param>
    /// <param name="time">Tells when to write to the disk.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: not writable; damaged before its last line; or a line was changed, is from another run, or
    /// answers a request a second time and differently.
    /// </exception>
    public static Task<Journal> OpenAsync(RunFolder folder, Manifest manifest, TimeProvider time, CancellationToken cancellationToken) =>
        folder.IsHeld
            ? OpenAsync(folder.JournalFile, JournalChecksum.Of(manifest), time, cancellationToken)
            : throw new InvalidOperationException($"{folder.FullPath} is not locked, so another run could write to its journal.");

    internal static async Task<Journal> OpenAsync(
        string path, JournalChecksum checksum, TimeProvider time, CancellationToken cancellationToken)
    {
        Journal journal;
        try
        {
            journal = new Journal(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite), checksum, time);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OutputFile.Failed(path, e);
        }

        try
        {
            await journal.ReadAsync(cancellationToken).ConfigureAwait(false);
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var reader = new JournalReader(_file, _checksum);
        await foreach ((int number, JournalLine line) in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (line.Error is null)
                Add(number, line);
        }

        DroppedBytes = _file.Length - reader.Whole;
        _file.SetLength(reader.Whole);
        _file.Seek(0, SeekOrigin.End);
    }

    private void Add(int number, JournalLine line)
    {
        Response response = line.ToResponse();
        var origin = new Origin(number, line.ContextSha256, line.Continuation);
        if (!Finished.TryAdd(line.Key, response))
        {
            Response first = Finished[line.Key];
            bool isSame = origin with { Line = _origins[line.Key].Line } == _origins[line.Key]
                && (first.Text, first.LogLikelihood, first.IsGreedy) == (response.Text, response.LogLikelihood, response.IsGreedy);
            if (!isSame)
                throw JournalReader.Refused(_file.Name, number, $"answers {line.Key} otherwise than line {_origins[line.Key].Line}");
        }

        _origins[line.Key] = origin;
    }

    /// <summary>Compares each finished response with the request that it is to answer.</summary>
    /// <param name="requests">All requests of the run, rendered.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a response is to another prompt or continuation, is no answer to what is asked, or is to a
    /// request that is not among these.
    /// </exception>
    internal void Check(IEnumerable<Request> requests)
    {
        HashSet<RequestKey> unknown = [.. Finished.Keys];
        foreach (Request request in requests)
        {
            if (unknown.Remove(request.Key))
                Check(request);
        }

        if (unknown.Count > 0)
        {
            RequestKey first = unknown.MinBy(key => _origins[key].Line);
            throw JournalReader.Refused(_file.Name, _origins[first].Line, $"answers {first}, which this run does not ask");
        }
    }

    /// <summary>The finished responses to some requests, by key.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a response does not answer its request.</exception>
    internal Dictionary<RequestKey, Response> FinishedAmong(IEnumerable<Request> requests)
    {
        var finished = new Dictionary<RequestKey, Response>();
        foreach (Request request in requests.Where(r => Finished.ContainsKey(r.Key)))
        {
            Check(request);
            finished[request.Key] = Finished[request.Key];
        }

        return finished;
    }

    private void Check(Request request)
    {
        Origin origin = _origins[request.Key];
        string hash = JournalLine.HashOf(request);
        string? continuation = (request as LogLikelihoodRequest)?.Continuation;
        static string Shown(string? text) => text is null ? "none" : JsonSerializer.Serialize(text[..Math.Min(text.Length, ShownText)]);
        string? problem =
            origin.ContextSha256 != hash
                ? $"answers another prompt than {request.Key} has: context_sha256 {origin.ContextSha256}, expected {hash}"
            : !SameText(origin.Continuation, continuation)
                ? $"scores another continuation than {request.Key} has: {Shown(origin.Continuation)}, expected {Shown(continuation)}"
            : AnswerCheck.Problem(request, Finished[request.Key]) is { } wrong
                ? $"the answer to {request.Key} has {wrong}"
            : null;
        if (problem is not null)
            throw JournalReader.Refused(_file.Name, origin.Line, problem);
    }

    /// <summary>As the journal can tell texts apart: a lone half of a surrogate pair is written as U+FFFD.</summary>
    private static bool SameText(string? written, string? text) =>
        written == text || (written is not null && text is not null && written == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));

    /// <summary>Written to the system at once (a killed process loses nothing), and to the disk every second.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: full disk.</exception>
    public void Append(Request request, Response response)
    {
        byte[] line = _checksum.Seal(JsonSerializer.SerializeToUtf8Bytes(JournalLine.From(request, response), ResultsJson.Line));
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
    }
}
