using System.Runtime.CompilerServices;
using System.Text.Json;
using EvalHarness.Prompts;

namespace EvalHarness.Engines;

/// <summary>
/// Answers requests from a file of recorded answers instead of a model, so that saved answers can be graded again. The file
/// holds JSON lines, plain or compressed (.gz). Each line has <c>context</c>, or <c>context_sha256</c> (the hash of the
/// context's UTF-8 bytes in hexadecimal), and either <c>response</c>, or <c>continuation</c>, <c>loglikelihood</c> and
/// <c>is_greedy</c>.
/// </summary>
/// <remarks>
/// <para>
/// A line may say which request it answers, with <c>task</c>, <c>doc_id</c> and <c>index</c> (the number of the choice or repeat, from 0),
/// as the lines of a run's journal do. It then answers that request alone, and only if its context and continuation are those of the
/// request; otherwise the request errors. A line that leaves some of them out is found by its prompt. If a prompt has several responses,
/// they answer the repeats of one document in the order of the file. Two documents with one prompt may share answers that are all equal;
/// different ones end the run, because the lines do not say which document they belong to.
/// </para>
/// <para>
/// A conversation (option --apply-chat-template) is found by <c>messages_sha256</c>, the hash of its turns, which needs no template. The
/// text that the recorded model's template made of it comes from the samples of the recorded run, where they are at hand.
/// </para>
/// </remarks>
public sealed class ReplayEngine : IEngine
{
    /// <summary>The device that the manifest names, because nothing is computed.</summary>
    internal const string NoDevice = "none";

    private readonly string _file;
    private readonly RecordedAnswers _answers;
    private readonly IRecordedContexts? _contexts;

    /// <summary>Who asks a prompt whose answers differ, by the number of the prompt.</summary>
    private readonly Dictionary<int, (string Task, long Document)> _asked = [];

    private readonly ReasoningMarkers? _markers;

    private ReplayEngine(
        string file,
        RecordedAnswers answers,
        IRecordedContexts? contexts,
        ReasoningMarkers? markers,
        EngineDescription description) =>
        (_file, _answers, _contexts, _markers, Description) = (file, answers, contexts, markers, description);

    public EngineDescription Description { get; }

    public EngineUsage Usage { get; } = new();

    /// <summary>Reads a file of recorded answers and keeps where each of them stands, in at most 48 bytes a line.</summary>
    /// <param name="file">JSON lines, compressed if the name ends in .gz.</param>
    /// <param name="cancellationToken">Stops between lines.</param>
    /// <param name="contexts">
    /// Finds the texts that a chat template made of conversations; it is called where the file has some. Null if none are known.
    /// </param>
    /// <param name="thinkEndToken">
    /// The text that ends the reasoning in responses that have it, "none", or null. A line with the field <c>reasoning</c> is divided
    /// already.
    /// </param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the file is missing, one of its lines is malformed, or two lines contradict each other.
    /// <see cref="ExitCode.Usage"/>: the text is the id of a token.
    /// </exception>
    public static async Task<ReplayEngine> LoadAsync(
        string file,
        CancellationToken cancellationToken,
        Func<CancellationToken, Task<IRecordedContexts>>? contexts = null,
        string? thinkEndToken = null)
    {
        var markers = ReasoningMarkers.WithoutTokenizer(thinkEndToken);
        if (!File.Exists(file))
        {
            throw new EvalException(
                ExitCode.Model, $"--model replay:{file}: there is no such file; expected recorded responses as JSON lines");
        }

        RecordedAnswers answers = await RecordedAnswers.ReadAsync(file, cancellationToken).ConfigureAwait(false);
        IRecordedContexts? texts = contexts is not null && answers.HasConversations
            ? await contexts(cancellationToken).ConfigureAwait(false)
            : null;
        return new ReplayEngine(file, answers, texts, markers, new EngineDescription
        {
            Engine = "replay",
            ModelPath = $"replay:{file}",
            ModelName = NameOf(file),
            Device = NoDevice,
            Files = await ModelFiles.HashAsync(file, cancellationToken).ConfigureAwait(false),
            Settings = markers is null
                ? new Dictionary<string, string>()
                : new() { [EngineDescription.ThinkEndToken] = markers.Description },
        });
    }

    /// <summary>The name that the manifest gives to the model whose responses a file has.</summary>
    internal static string NameOf(string file) => $"replay-{Path.GetFileName(file).Split('.')[0]}";

    public Prompt Render(Prompt prompt)
    {
        if (prompt.IsRendered)
            return prompt;
        if (!_answers.HasConversations)
        {
            throw new EvalException(
                ExitCode.Model,
                $"--model replay:{_file}: recorded answers have no chat template, and no line has messages_sha256, which tells "
                + "conversations apart without one; give the model itself, or leave out --apply-chat-template");
        }

        return _answers.ContextOf(prompt.MessagesSha256()!) is { } hash && _contexts?.Find(hash) is { } text
            ? prompt.Render((_, _) => text)
            : prompt;
    }

    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Looked at before the first answer is given; those that are answered already say as well who asks a prompt.
        if (_answers.HasDifferences)
            CheckShared(requests);
        foreach (IReadOnlyList<Request> document in Documents(requests))
        {
            int repeats = document.Count(r => r is GenerateRequest);
            PromptHashes? hashes = null;
            foreach (Request request in document.Where(r => !answered.Contains(r.Key)))
            {
                cancellationToken.ThrowIfCancellationRequested();
                hashes = HashesOf(request, hashes);
                yield return Answer(request, hashes, repeats);
            }
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <summary>The requests of each document, which follow each other.</summary>
    private static IEnumerable<IReadOnlyList<Request>> Documents(IEnumerable<Request> requests)
    {
        List<Request> document = [];
        foreach (Request request in requests)
        {
            if (document.Count > 0 && document[0].Key.Document != request.Key.Document)
            {
                yield return document;
                document = [];
            }

            document.Add(request);
        }

        if (document.Count > 0)
            yield return document;
    }

    /// <summary>The hashes of the request's prompt: those of the request before it where both share the prompt object.</summary>
    private PromptHashes HashesOf(Request request, PromptHashes? before) =>
        ReferenceEquals(before?.Asked, request.Prompt) ? before! : PromptHashes.Of(request.Prompt, Render(request.Prompt));

    /// <summary>Different answers to one prompt can be given to one document, as its repeats, but not to two.</summary>
    private void CheckShared(IEnumerable<Request> requests)
    {
        PromptHashes? hashes = null;
        foreach (Request request in requests.Where(r => _answers.ByRequest(r.Key) is null))
        {
            hashes = HashesOf(request, hashes);
            (string task, long document, _) = request.Key;
            if (_answers.ByPrompt(request, hashes, out int prompt) is not { IsOneDocument: false, Difference: { } difference }
                || _asked.TryAdd(prompt, (task, document))
                || _asked[prompt] == (task, document))
            {
                continue;
            }

            (string otherTask, long otherDocument) = _asked[prompt];
            throw new EvalException(
                ExitCode.Model,
                $"--model replay:{_file}: lines {_answers.Number(difference.First)} and {_answers.Number(difference.Other)} answer one "
                + $"prompt ({hashes.Full}) differently, and {otherTask}, document {otherDocument} and {task}, document {document} both ask "
                + "it; give each line task, doc_id and index, so that it says which request it answers");
        }
    }

    private Response Answer(Request request, PromptHashes hashes, int repeats)
    {
        if (_answers.ByRequest(request.Key) is { } own)
        {
            return own.Misfit(request, hashes) is { } reason
                ? Response.Failed(request.Key, $"{_file}:{_answers.Number(own)}: {reason}")
                : Recorded(request, own);
        }

        int place = request is GenerateRequest ? request.Key.Index : 0;
        SharedAnswers? shared = _answers.ByPrompt(request, hashes, out _);
        if (shared?[place] is not { } answer)
            return Response.Failed(request.Key, Missing(request, hashes));
        // More answers than this document asks for may be another document's, of a task or part of the data that is not in this run.
        if (request is GenerateRequest && shared.Count > repeats
            && shared is { IsOneDocument: false, Difference: not null })
        {
            return Response.Failed(
                request.Key,
                $"{_file} has {shared.Count} responses to this prompt ({hashes}), not all equal, and {request.Key.Task}, "
                + $"document {request.Key.Document} asks for {repeats}; "
                + "give each line task, doc_id and index, so that it says which request it answers");
        }

        return Recorded(request, answer);
    }

    private string Missing(Request request, PromptHashes hashes)
    {
        string what = request is LogLikelihoodRequest likelihood
            ? $"continuation {JsonSerializer.Serialize(likelihood.Continuation)}"
            : RecordedAnswer.Kind(request is GenerateRequest);
        string tasks = _answers.Tasks.Count == 0 || _answers.Tasks.Contains(request.Key.Task)
            ? ""
            : $"; it has answers of {string.Join(", ", _answers.Tasks)}";
        return $"{_file} has no recorded answer for {request.Key} ({hashes}, {what}){tasks}";
    }

    private Response Recorded(Request request, RecordedAnswer answer) => RecordedResponse.Of(request, answer, _markers);

    public ValueTask DisposeAsync()
    {
        _answers.Dispose();
        _contexts?.Dispose();
        return ValueTask.CompletedTask;
    }
}
