using System.Diagnostics;
using System.Runtime.CompilerServices;
using EvalHarness.Prompts;
using Microsoft.Extensions.AI;

namespace EvalHarness.Engines;

/// <summary>
/// Answers requests with any client of <c>Microsoft.Extensions.AI</c>. A conversation is passed on turn by turn, and a text as the turn of
/// a user. Only texts are generated: no client gives log-likelihoods of a prompt. What a task's settings say is sent as the abstraction has
/// it, and a setting that it has no place for is refused. Whether the client heeds all of it is the client's own matter, but for stop
/// strings, at which answers are cut here, and JSON schemas, with which an answer that is not JSON is an error.
/// </summary>
public sealed class ChatClientEngine : IEngine
{
    private readonly IChatClient _client;
    private readonly ChatClientOptions _options;
    private readonly ReasoningMarkers? _markers;
    private readonly UsageCounter _usage;
    private volatile bool _keepsStops;
    private bool _disposed;

    /// <param name="client">The client, which the caller disposes after the engine. Several threads use it at the same time.</param>
    /// <param name="options">How it is asked; null for the defaults.</param>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/>: neither the options nor the client name the model, the concurrency is below 1, or what ends the
    /// reasoning is no text.
    /// </exception>
    public ChatClientEngine(IChatClient client, ChatClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        (_client, _options) = (client, options ?? new ChatClientOptions());
        if (_options.Concurrency < 1)
            throw new EvalException(ExitCode.Usage, $"chat client: a concurrency of {_options.Concurrency}; expected 1 or more");
        _markers = ReasoningMarkers.WithoutTokenizer(_options.ThinkEndToken);
        _keepsStops = _markers is not null;
        _usage = new UsageCounter(_options.Concurrency);
        Description = Describe(client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata);
    }

    public EngineDescription Description { get; }

    public EngineUsage Usage => _usage.Usage;

    private EngineDescription Describe(ChatClientMetadata? metadata)
    {
        string model = _options.Model ?? metadata?.DefaultModelId ?? "";
        if (!ModelNames.CanName(model))
        {
            throw new EvalException(
                ExitCode.Usage,
                $"chat client: its model is '{EvalException.OneLine(model)}', which names no folder of results; set Model in the options");
        }

        return new EngineDescription
        {
            Engine = "chat client",
            ModelPath = model,
            ModelName = ModelNames.Short(model),
            Device = "unknown",
            Files = [],
            Versions = new Dictionary<string, string>
            {
                ["Microsoft.Extensions.AI.Abstractions"] = InstalledPackage.Version("Microsoft.Extensions.AI.Abstractions"),
            },
            Settings = new Dictionary<string, string>(_options.Settings)
            {
                ["model"] = model,
                ["client"] = _client.GetType().FullName ?? _client.GetType().Name,
                ["provider"] = metadata?.ProviderName ?? "unnamed",
                ["prompts"] = "conversations; a text is the turn of a user",
                [EngineDescription.ChatTemplate] = "the client's own",
                [EngineDescription.Tokenizer] = "the client's, unseen",
                [EngineDescription.ThinkEndToken] = _markers?.End ?? EngineDescription.None,
            },
        };
    }

    /// <summary>The turns of a conversation go as they are: the client, or its server, has the template.</summary>
    public Prompt Render(Prompt prompt) => prompt;

    /// <inheritdoc/>
    /// <remarks>
    /// An exception of the client makes its request one without an answer. The requests are read twice: what a client cannot be asked is
    /// refused before anything is asked.
    /// </remarks>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: a request asks for log-likelihoods, or has a setting that a chat client does not take;
    /// <see cref="ExitCode.Task"/>: its JSON schema is none.
    /// </exception>
    public async IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        IEnumerable<Request> open = requests.Where(r => !answered.Contains(r.Key));
        foreach (Request request in open)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ChatClientQuestion.Check(request);
        }

        IAsyncEnumerable<Response> responses = ConcurrentAnswers.RunAsync(
            open.Cast<GenerateRequest>(),
            _options.Concurrency,
            async (request, give, stop) => await give(await AnswerAsync(request, stop).ConfigureAwait(false)).ConfigureAwait(false),
            cancellationToken);
        await foreach (Response response in responses.ConfigureAwait(false))
            yield return response;
    }

    private async Task<Response> AnswerAsync(GenerateRequest request, CancellationToken cancellationToken)
    {
        try
        {
            long start = Stopwatch.GetTimestamp();
            ChatClientAnswer answer = await AskAsync(request, cancellationToken).ConfigureAwait(false);
            if (answer.IsCutInReasoning)
            {
                if (!_keepsStops)
                {
                    _keepsStops = true;
                    _options.Announce(
                        "the model reasons before it answers, and stop strings are looked for in the reasoning; answers are cut at them "
                        + "here");
                }

                answer = await AskAsync(request, cancellationToken).ConfigureAwait(false);
            }

            TimeSpan time = Stopwatch.GetElapsedTime(start);
            Response response = answer.ToResponse(request, _markers, time.TotalMilliseconds);
            int computed = response.PromptTokens - response.CachedTokens;
            _usage.CountPlanned(computed);
            _usage.CountAsked(response.PromptTokens, computed);
            _usage.CountPrefill(computed, TimeSpan.Zero);
            _usage.CountDecode(response.CompletionTokens, time);
            return response;
        }
#pragma warning disable CA1031 // Any client can be handed in, and nothing says which exceptions it throws.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            string words = EvalException.OneLine(e.Message);
            return Response.Failed(request.Key, words.Length > 0 ? words : e.GetType().Name);
        }
    }

    private async Task<ChatClientAnswer> AskAsync(GenerateRequest request, CancellationToken cancellationToken)
    {
        ChatOptions options = ChatClientQuestion.Options(request, sendsStops: !_keepsStops);
        bool sentStops = options.StopSequences is not null;
        _options.Configure?.Invoke(options);
        ChatResponse response = await _client
            .GetResponseAsync(ChatClientQuestion.Turns(request.Prompt), options, cancellationToken)
            .ConfigureAwait(false);
        return new ChatClientAnswer(response, sentStops);
    }

    /// <summary>Ends the use of the client, which stays the caller's.</summary>
    public ValueTask DisposeAsync()
    {
        _disposed = true;
        return ValueTask.CompletedTask;
    }
}
