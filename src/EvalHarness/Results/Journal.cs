using EvalHarness.Engines;
using EvalHarness.Files;
using EvalHarness.Prompts;

namespace EvalHarness.Results;

/// <summary>
/// responses.jsonl: one line per response, or per document where its choices share their context, written as it finishes, so that nothing
/// computed is lost when the process is killed. Only there a run keeps its responses: in memory are the places of the lines.
/// The fields are those that the replay engine reads: a journal can be graded again with <c>--model replay:RUN/responses.jsonl</c>. Any
/// thread may append and read.
/// </summary>
public sealed partial class Journal : IDisposable
{
    private const int BlockBytes = 1 << 20;

    private static readonly TimeSpan SyncInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, JournalIndex> _tasks = [];
    private readonly FileStream _file;
    private readonly LineWindow _lines;
    private readonly JournalChecksum _checksum;
    private readonly TimeProvider _time;
    private long _lastSync;

    /// <summary>Lines of earlier starts end here.</summary>
    private long _opened;

    private Journal(FileStream file, JournalChecksum checksum, TimeProvider time) =>
        (_file, _lines, _checksum, _time, _lastSync) = (file, new LineWindow(file.SafeFileHandle), checksum, time, time.GetTimestamp());

    /// <summary>
    /// Finished responses of earlier starts. Those that errored are not among them: they are tried again.
    /// </summary>
    public int FinishedCount { get; private set; }

    /// <summary>The tokens of these responses.</summary>
    public TokenCount FinishedTokens { get; private set; } = TokenCount.None;

    /// <summary>Whether a line may lack a checksum, so that nothing but its prompt's hash says that it is of this run.</summary>
    internal bool HasUnsealedLines => FinishedCount > 0 && !_checksum.IsRequired;

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

    /// <summary>
    /// Opens the journal of the model that grades a run, as <see cref="OpenAsync(RunFolder, Manifest, TimeProvider, CancellationToken)"/>.
    /// </summary>
    public static Task<Journal> OpenJudgeAsync(
        RunFolder folder, Manifest manifest, TimeProvider time, CancellationToken cancellationToken) =>
        OpenAsync(folder.JudgeFile, JournalChecksum.Of(manifest), time, cancellationToken);

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
        var last = new RequestKey("", -1, -1);
        bool isAscending = true;
        await foreach ((long offset, JournalLine line) in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            Index(line.Task).Add(line.DocId, offset);
            foreach (JournalAnswer answer in line.Answers)
            {
                RequestKey key = line.KeyOf(answer);
                isAscending &= key.Task == last.Task
                    ? (key.Document, key.Index).CompareTo((last.Document, last.Index)) > 0
                    : Index(key.Task).Count == 1;
                last = key;
                if (answer.Error is not null)
                    continue;
                FinishedCount++;
                FinishedTokens += TokenCount.Of([answer.ToResponse(key)]);
            }
        }

        DroppedBytes = _file.Length - reader.Whole;
        _file.SetLength(reader.Whole);
        _file.Seek(0, SeekOrigin.End);
        _opened = reader.Whole;
        foreach (JournalIndex index in _tasks.Values)
            index.Sort();
        // Lines of one start, in the order of the documents, cannot answer a request twice.
        if (!isAscending)
            CheckRepeated();
    }

    /// <summary>Adds all lines of another journal of the run, as they are.</summary>
    /// <param name="path">A journal whose lines have this one's checksums, such as that of a part of the run.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: it cannot be read, or is damaged; a line was changed, or is from another run; or the disk is full.
    /// </exception>
    internal async Task AddAsync(string path, CancellationToken cancellationToken)
    {
        FileStream other;
        try
        {
            other = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EvalException(ExitCode.Output, $"{path}: cannot be read: {e.Message.TrimEnd('.')}", e);
        }

        using FileStream source = other;
        using var block = new MemoryStream();
        long start = _file.Position;
        var reader = new JournalReader(source, _checksum);
        await foreach ((_, JournalLine line) in reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            Index(line.Task).Add(line.DocId, start + block.Length);
            block.Write(reader.Bytes.Span);
            block.WriteByte((byte)'\n');
            foreach (JournalAnswer answer in line.Answers.Where(a => a.Error is null))
            {
                FinishedCount++;
                FinishedTokens += TokenCount.Of([answer.ToResponse(line.KeyOf(answer))]);
            }

            if (block.Length >= BlockBytes)
                start = Flush(block);
        }

        Flush(block);
    }

    /// <returns>Where the next line begins.</returns>
    private long Flush(MemoryStream block)
    {
        try
        {
            _file.Write(block.GetBuffer().AsSpan(0, (int)block.Length));
            _file.Flush();
        }
        catch (IOException e)
        {
            throw OutputFile.Failed(_file.Name, e);
        }

        block.SetLength(0);
        return _file.Position;
    }

    private JournalIndex Index(string task)
    {
        if (!_tasks.TryGetValue(task, out JournalIndex? index))
            _tasks[task] = index = new JournalIndex();
        return index;
    }

    /// <summary>Written to the system at once (a killed process loses nothing), and to the disk every second.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: full disk.</exception>
    public void Append(Request request, Response response) => Append(JournalLine.From(request, response));

    /// <summary>Writes choices of one document with one and the same context as one line.</summary>
    /// <inheritdoc cref="Append(Request, Response)"/>
    internal void Append(IReadOnlyList<(LogLikelihoodRequest Request, Response Response)> choices) => Append(JournalLine.From(choices));

    private void Append(JournalLine line)
    {
        byte[] sealedLine = _checksum.Seal(line.ToBytes());
        lock (_gate)
            Append(line, sealedLine);
    }

    private void Append(JournalLine line, byte[] sealedLine)
    {
        long start = _file.Position;
        try
        {
            _file.Write([.. sealedLine, (byte)'\n']);
            _file.Flush();
            Index(line.Task).Add(line.DocId, start);
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
