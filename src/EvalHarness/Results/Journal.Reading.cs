using System.Text;
using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.Prompts;

namespace EvalHarness.Results;

/// <content>What the lines say, which is read from the file when it is asked for.</content>
public sealed partial class Journal
{
    private const int ShownText = 60;

    private const int CountingBuffer = 1 << 16;

    /// <summary>A request that is answered twice must be answered the same.</summary>
    private void CheckRepeated()
    {
        foreach ((string task, JournalIndex index) in _tasks)
        {
            foreach (long document in index.Documents())
            {
                if (index.Find(document).Length > 1)
                    CheckRepeated(task, document);
            }
        }
    }

    private void CheckRepeated(string task, long document)
    {
        var first = new Dictionary<int, (long Offset, JournalLine Line, JournalAnswer Answer)>();
        foreach (long offset in Index(task).Find(document).ToArray())
        {
            JournalLine line = Read(offset);
            foreach (JournalAnswer answer in line.Answers.Where(a => a.Error is null))
            {
                if (first.TryAdd(answer.Index!.Value, (offset, line, answer)))
                    continue;
                (long earlier, JournalLine before, JournalAnswer was) = first[answer.Index.Value];
                bool isSame = (before.ContextSha256, was.Continuation, was.Text, was.LogLikelihood, was.IsGreedy)
                    == (line.ContextSha256, answer.Continuation, answer.Text, answer.LogLikelihood, answer.IsGreedy);
                if (isSame)
                {
                    Forget(answer.ToResponse(line.KeyOf(answer)));
                    continue;
                }

                throw Refused(offset, $"answers {line.KeyOf(answer)} otherwise than line {NumberOf(earlier)}");
            }
        }
    }

    /// <summary>A response that stands in the file twice counts once.</summary>
    private void Forget(Response repeated)
    {
        TokenCount tokens = TokenCount.Of([repeated]);
        FinishedCount--;
        FinishedTokens += new TokenCount(-tokens.Prompt, -tokens.Cached, -tokens.Completion);
    }

    private JournalLine Read(long offset) => JournalLine.Parse(_lines.LineAt(offset))
        ?? throw new EvalException(ExitCode.Output, $"{_file.Name}: was changed while the run was under way; run it again");

    /// <summary>The number of a line, from 1, for messages: lines are counted only when one is needed.</summary>
    private int NumberOf(long offset)
    {
        byte[] buffer = new byte[CountingBuffer];
        int number = 1;
        for (long at = 0; at < offset;)
        {
            int read = RandomAccess.Read(_file.SafeFileHandle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, offset - at)), at);
            if (read == 0)
                break;
            number += buffer.AsSpan(0, read).Count((byte)'\n');
            at += read;
        }

        return number;
    }

    private EvalException Refused(long offset, string problem) => JournalReader.Refused(_file.Name, NumberOf(offset), problem);

    /// <summary>Looks whether all that earlier starts have answered is asked by this run.</summary>
    /// <param name="isAsked">Says whether the run evaluates a document of a task.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Output"/>: a response is to a document that the run does not ask.</exception>
    internal void CheckAsked(Func<string, long, bool> isAsked)
    {
        long first = long.MaxValue;
        foreach ((string task, JournalIndex index) in _tasks)
        {
            foreach (long document in index.Documents().Where(d => !isAsked(task, d)))
                first = Math.Min(first, index.Find(document)[0]);
        }

        if (first == long.MaxValue)
            return;
        JournalLine line = Read(first);
        throw Refused(first, $"answers {line.KeyOf(line.Answers[0])}, which this run does not ask");
    }

    /// <summary>The finished responses of earlier starts to a document's requests, by the index of the request.</summary>
    /// <param name="task">The task.</param>
    /// <param name="document">The number of the document.</param>
    /// <param name="requests">The requests in the order of their indices, rendered.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Output"/>: a response is to another prompt or continuation, is no answer to what is asked, or is to a
    /// request that is not among these.
    /// </exception>
    internal IReadOnlyDictionary<int, Response> Finished(string task, long document, IReadOnlyList<Request> requests)
    {
        var finished = new SortedDictionary<int, Response>();
        if (FinishedCount == 0)
            return finished;
        lock (_gate)
            ReadFinished(task, document, requests, finished);
        return finished;
    }

    private void ReadFinished(string task, long document, IReadOnlyList<Request> requests, SortedDictionary<int, Response> finished)
    {
        if (!_tasks.TryGetValue(task, out JournalIndex? index))
            return;
        var hashes = new Dictionary<Prompt, string>(ReferenceEqualityComparer.Instance);
        foreach (long offset in index.Find(document).ToArray().Where(o => o < _opened))
        {
            JournalLine line = Read(offset);
            foreach (JournalAnswer answer in line.Answers.Where(a => a.Error is null))
            {
                if (answer.Index < 0 || answer.Index >= requests.Count)
                    throw Refused(offset, $"answers {line.KeyOf(answer)}, which this run does not ask");
                Request request = requests[answer.Index!.Value];
                if (!hashes.TryGetValue(request.Prompt, out string? hash))
                    hashes[request.Prompt] = hash = JournalLine.HashOf(request);
                Response response = answer.ToResponse(request.Key);
                if (Problem(line, answer, request, response, hash) is { } problem)
                    throw Refused(offset, problem);
                finished[request.Key.Index] = response;
            }
        }
    }

    private static string? Problem(JournalLine line, JournalAnswer answer, Request request, Response response, string hash)
    {
        string? continuation = (request as LogLikelihoodRequest)?.Continuation;
        static string Shown(string? text) => text is null ? "none" : JsonSerializer.Serialize(text[..Math.Min(text.Length, ShownText)]);
        return line.ContextSha256 != hash
                ? $"answers another prompt than {request.Key} has: context_sha256 {line.ContextSha256}, expected {hash}"
            : !SameText(answer.Continuation, continuation)
                ? $"scores another continuation than {request.Key} has: {Shown(answer.Continuation)}, expected {Shown(continuation)}"
            : AnswerCheck.Problem(request, response) is { } wrong
                ? $"the answer to {request.Key} has {wrong}"
            : null;
    }

    /// <summary>As the journal can tell texts apart: a lone half of a surrogate pair is written as U+FFFD.</summary>
    private static bool SameText(string? written, string? text) =>
        written == text || (written is not null && text is not null && written == Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)));

    /// <summary>
    /// The response of all starts to each of a document's requests: the finished one, or else the last that errored. A request to which
    /// there is none gets a response that says so, because an engine that forgets a request has a bug.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="document">The number of the document.</param>
    /// <param name="count">The number of its requests.</param>
    internal Response[] Responses(string task, long document, int count)
    {
        var responses = new Response?[count];
        lock (_gate)
            ReadResponses(task, document, responses);
        return [.. responses.Select((r, i) => r ?? Response.Failed(new RequestKey(task, document, i), "the engine gave no response"))];
    }

    private void ReadResponses(string task, long document, Response?[] responses)
    {
        if (!_tasks.TryGetValue(task, out JournalIndex? index))
            return;
        index.Sort();
        foreach (long offset in index.Find(document))
        {
            JournalLine line = Read(offset);
            foreach (JournalAnswer answer in line.Answers)
            {
                if (answer.Index < responses.Length && responses[answer.Index!.Value] is null or { Error: not null })
                    responses[answer.Index.Value] = answer.ToResponse(line.KeyOf(answer));
            }
        }
    }

    /// <summary>How many documents of a task have lines.</summary>
    internal int DocumentsOf(string task)
    {
        lock (_gate)
            return _tasks.TryGetValue(task, out JournalIndex? index) ? index.Documents().Count() : 0;
    }
}
