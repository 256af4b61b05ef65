using System.IO.Compression;
using System.Text;
using System.Text.Json;
using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>
/// Recorded answers, found by what their lines say. A line with task, doc_id and index answers that request alone; any other line answers
/// the requests with its prompt, among them only those of its task or document if it names one.
/// </summary>
internal sealed class RecordedAnswers
{
    private readonly string _file;
    private readonly Dictionary<RequestKey, RecordedAnswer> _byRequest = [];
    private readonly Dictionary<PromptScope, SharedAnswers> _byPrompt = [];
    private readonly Dictionary<string, string> _contextOfMessages = [];

    private RecordedAnswers(string file) => _file = file;

    /// <summary>The names of the tasks that lines name.</summary>
    public SortedSet<string> Tasks { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a line says which conversation it answers.</summary>
    public bool HasConversations => _contextOfMessages.Count > 0;

    /// <summary>The hash of the text that the recorded model's chat template made of a conversation; null if it is not recorded.</summary>
    public string? ContextOf(string messagesSha256) => _contextOfMessages.GetValueOrDefault(messagesSha256);

    /// <summary>Reads a file of JSON lines, compressed if its name ends in .gz.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: a line is malformed, or gives a request another answer, or another prompt, than an earlier one.
    /// </exception>
    public static async Task<RecordedAnswers> ReadAsync(string file, CancellationToken cancellationToken)
    {
        var answers = new RecordedAnswers(file);
        using FileStream raw = File.OpenRead(file);
        using Stream stream = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        // A byte that is no UTF-8 would become another character, and the response another response.
        using var reader = new StreamReader(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        int number = 1;
        try
        {
            for (; await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line; number++)
            {
                if (line.Length > 0)
                    answers.Add(RecordedAnswer.Read(line, number));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or DecoderFallbackException)
        {
            throw new EvalException(
                ExitCode.Model,
                $"{file}:{number}: {e.Message.TrimEnd('.')}; expected a line of JSON with context or context_sha256, "
                + "and response, or continuation, loglikelihood and is_greedy",
                e);
        }

        return answers;
    }

    private void Add(RecordedAnswer answer)
    {
        if (answer.Task is not null)
            Tasks.Add(answer.Task);
        if (answer.MessagesSha256 is { } messages)
            _contextOfMessages.TryAdd(messages, answer.ContextSha256!);
        if (answer.Key is { } key)
        {
            _byRequest[key] = _byRequest.TryGetValue(key, out RecordedAnswer? earlier) ? Chosen(earlier, answer, $"{key}") : answer;
            return;
        }

        string? continuation = answer.LogLikelihood is null ? answer.Continuation : answer.Continuation ?? "";
        foreach (string hash in ((string?[])[answer.ContextSha256, answer.MessagesSha256]).OfType<string>())
        {
            var scope = new PromptScope(answer.Task, answer.DocId, hash, continuation);
            if (!_byPrompt.TryGetValue(scope, out SharedAnswers? shared))
                _byPrompt[scope] = shared = new SharedAnswers(scope);
            int place = continuation is null ? answer.Index ?? shared.Unnumbered++ : 0;
            shared[place] = shared[place] is { } other ? Chosen(other, answer, $"the prompt with hash {hash}") : answer;
        }
    }

    /// <summary>A request that errored is tried again when a run is continued, so an answer counts more than an error.</summary>
    private RecordedAnswer Chosen(RecordedAnswer earlier, RecordedAnswer later, string what)
    {
        if (earlier.Error is not null)
            return later;
        return later.Error is not null || later.SaysTheSameAs(earlier)
            ? earlier
            : throw new EvalException(
                ExitCode.Model,
                $"{_file}:{later.Line}: {what} has another answer, or another prompt, on line {earlier.Line}; expected one answer to each "
                + "request; remove one of the lines, or give each the task, doc_id and index of the request that it answers");
    }

    /// <summary>The line that says that it answers the request, whatever its prompt is; null if none does.</summary>
    public RecordedAnswer? ByRequest(RequestKey key) => _byRequest.GetValueOrDefault(key);

    /// <summary>The answers to the request's prompt, of those lines that say most about whom they answer; null if there are none.</summary>
    public SharedAnswers? ByPrompt(Request request, PromptHashes hashes)
    {
        string? continuation = request switch
        {
            LogLikelihoodRequest likelihood => likelihood.Continuation,
            RollingLogLikelihoodRequest => "",
            _ => null,
        };
        foreach (string? task in (string?[])[request.Key.Task, null])
        {
            foreach (long? document in (long?[])[request.Key.Document, null])
            {
                foreach (string hash in hashes.Known)
                {
                    if (_byPrompt.TryGetValue(new PromptScope(task, document, hash, continuation), out SharedAnswers? shared))
                        return shared;
                }
            }
        }

        return null;
    }
}
