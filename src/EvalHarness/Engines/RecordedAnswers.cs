using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>
/// Recorded answers, found by what their lines say. A line with task, doc_id and index answers that request alone, and one with task,
/// doc_id and choices those requests; any other line answers the requests with its prompt, among them only those of its task or document
/// if it names one.
/// </summary>
/// <remarks>
/// Only the places of the lines are held: in 16 bytes for a line that names its request, or for the lines of a document that stand in the
/// order of its requests, in 24 for another one, and in 24 more for a conversation. A line is decoded again when its answer is asked for.
/// </remarks>
internal sealed class RecordedAnswers : IDisposable
{
    private readonly string _path;
    private readonly RecordedFile _file;
    private readonly Dictionary<string, RequestIndex> _byTask = new(StringComparer.Ordinal);
    private readonly PromptAnswers _byPrompt;
    private readonly PromptIndex _byMessages = new();
    private readonly Lock _lock = new();

    /// <summary>The lines that were decoded last: the choices of a document share them, and are asked for one after the other.</summary>
    private RecordedAnswer[] _held = [];

    private LinePlace? _heldPlace;

    private string? _lastMessages;

    /// <summary>The request of the line that was read last; null where it answers several, or names none.</summary>
    private RequestKey? _lastKey;

    private RecordedAnswers(string path) =>
        (_path, _file, _byPrompt) = (path, RecordedFile.Open(path), new PromptAnswers(this));

    /// <summary>The names of the tasks that lines name.</summary>
    public SortedSet<string> Tasks { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a line says which conversation it answers.</summary>
    public bool HasConversations => _byMessages.Count > 0;

    /// <summary>Whether a prompt that several documents may ask has answers that differ.</summary>
    public bool HasDifferences => _byPrompt.HasDifferences;

    /// <summary>The hash of the text that the recorded model's chat template made of a conversation; null if it is not recorded.</summary>
    public string? ContextOf(string messagesSha256)
    {
        lock (_lock)
        {
            (int first, int last) = _byMessages.Find(IdOfMessages(messagesSha256));
            return first == last ? null : At(_byMessages[first])[0].ContextSha256;
        }
    }

    /// <summary>Reads a file of JSON lines, compressed if its name ends in .gz.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: a line is malformed, or gives a request another answer, or another prompt, than an earlier one.
    /// </exception>
    public static async Task<RecordedAnswers> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var answers = new RecordedAnswers(path);
        try
        {
            await answers._file.ScanAsync((line, offset) => answers.Add(RecordedAnswer.Read(line, offset)), cancellationToken)
                .ConfigureAwait(false);
            answers.Complete();
            return answers;
        }
        catch (Exception e)
        {
            answers.Dispose();
            if (e is not (JsonException or InvalidDataException or DecoderFallbackException))
                throw;
            throw new EvalException(
                ExitCode.Model,
                $"{path}:{answers._file.Scanned}: {e.Message.TrimEnd('.')}; expected a line of JSON with context or context_sha256, "
                + "and response, or continuation, loglikelihood and is_greedy",
                e);
        }
    }

    private void Add(RecordedAnswer[] line)
    {
        RecordedAnswer answer = line[0];
        if (answer.Task is not null)
            Tasks.Add(answer.Task);
        if (answer.MessagesSha256 is { } messages && messages != _lastMessages)
            _byMessages.Add(IdOfMessages(_lastMessages = messages), LinePlace.Of(answer.Offset, null));
        if (answer.Key is { } key)
        {
            if (!_byTask.TryGetValue(key.Task, out RequestIndex? documents))
                _byTask[key.Task] = documents = new RequestIndex();
            bool isSeveral = line.Length > 1, isNext = !isSeveral && _lastKey is { } last && key == last with { Index = last.Index + 1 };
            documents.Add(
                key.Document, isSeveral ? LinePlace.OfSeveral(answer.Offset) : LinePlace.Of(answer.Offset, key.Index), isNext);
            _lastKey = isSeveral ? null : key;
            return;
        }

        _lastKey = null;
        _byPrompt.Add(answer);
    }

    /// <summary>Sorts the indexes, and compares the lines that answer one request.</summary>
    private void Complete()
    {
        foreach ((string task, RequestIndex documents) in _byTask)
        {
            documents.Sort();
            foreach (long document in documents.Repeated())
                RequireNoContradiction(task, document, documents.Find(document));
        }

        _byMessages.Sort();
        _byPrompt.Complete();
    }

    private void RequireNoContradiction(string task, long document, IEnumerable<LinePlace> lines)
    {
        var chosen = new Dictionary<int, RecordedAnswer>();
        foreach (RecordedAnswer answer in lines.SelectMany(At))
        {
            int index = answer.Index!.Value;
            chosen[index] = chosen.TryGetValue(index, out RecordedAnswer? earlier)
                ? Chosen(earlier, answer, new RequestKey(task, document, index).ToString())
                : answer;
        }
    }

    /// <summary>A request that errored is tried again when a run is continued, so an answer counts more than an error.</summary>
    /// <param name="earlier">The answer of an earlier line.</param>
    /// <param name="later">The answer of a later line.</param>
    /// <param name="what">The request that both answer; null if they are found by their prompt.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: they contradict each other.</exception>
    internal RecordedAnswer Chosen(RecordedAnswer earlier, RecordedAnswer later, string? what = null)
    {
        if (earlier.Error is not null)
            return later;
        return later.Error is not null || later.SaysTheSameAs(earlier)
            ? earlier
            : throw new EvalException(
                ExitCode.Model,
                $"{_path}:{Number(later)}: {what ?? PromptOf(earlier, later)} has another answer, or another prompt, on line "
                + $"{Number(earlier)}; expected one answer to each request; remove one of the lines, or give each the task, doc_id and "
                + "index of the request that it answers");
    }

    private static string PromptOf(RecordedAnswer earlier, RecordedAnswer later) =>
        $"the prompt with hash {(earlier.ContextSha256 == later.ContextSha256 ? later.ContextSha256 : later.MessagesSha256)}";

    /// <summary>The line that says that it answers the request, whatever its prompt is; null if none does.</summary>
    public RecordedAnswer? ByRequest(RequestKey key)
    {
        if (!_byTask.TryGetValue(key.Task, out RequestIndex? documents))
            return null;
        lock (_lock)
        {
            RecordedAnswer? chosen = null;
            foreach (LinePlace line in documents.Find(key.Document).Where(p => p.IsInLine || p.Number == key.Index))
            {
                RecordedAnswer[] answers = At(line);
                if (answers.FirstOrDefault(a => a.Task != key.Task || a.DocId != key.Document) is { } other)
                    throw Changed(other.Offset);
                if (answers.FirstOrDefault(a => a.Index == key.Index) is { } answer)
                    chosen = chosen is null ? answer : Chosen(chosen, answer, key.ToString());
            }

            return chosen;
        }
    }

    /// <inheritdoc cref="PromptAnswers.Find(Request, PromptHashes, out int)"/>
    public SharedAnswers? ByPrompt(Request request, PromptHashes hashes, out int prompt)
    {
        lock (_lock)
            return _byPrompt.Find(request, hashes, out prompt);
    }

    /// <summary>The answers of the line, or of the lines, at a place.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the file was changed after it was read.</exception>
    internal RecordedAnswer[] At(LinePlace place)
    {
        lock (_lock)
        {
            if (_heldPlace == place)
                return _held;
            long offset = place.Offset;
            try
            {
                RecordedAnswer[] answers = RecordedAnswer.Read(_file.LineAt(offset), offset);
                for (int line = 1; line < place.Lines; line++)
                    answers = [.. answers, .. RecordedAnswer.Read(_file.NextLine(out offset), offset)];
                (_held, _heldPlace) = (answers, place);
                return answers;
            }
            catch (JsonException)
            {
                throw Changed(offset);
            }
        }
    }

    private EvalException Changed(long offset) => new(
        ExitCode.Model,
        $"{_path}:{_file.NumberAt(offset)}: the file was changed while its answers were used; expected it to stay as it is until the run "
        + "ends; run again");

    /// <summary>The number of an answer's line, from 1.</summary>
    public int Number(RecordedAnswer answer)
    {
        lock (_lock)
            return _file.NumberAt(answer.Offset);
    }

    private static PromptId IdOfMessages(string messagesSha256) =>
        PromptId.Of(MemoryMarshal.AsBytes(messagesSha256.AsSpan()), isOneDocument: false);

    public void Dispose() => _file.Dispose();
}
