using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Protocol;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Results;
using EvalHarness.Tasks;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>
/// Answers requests with a model at an endpoint that speaks OpenAI's protocol: vLLM, SGLang, TGI, llama.cpp's server, Ollama and others, or
/// a service. Many requests are under way at once, and an answer depends on its request alone.
/// </summary>
public sealed class EndpointEngine : IRemoteEngine
{
    /// <summary>The device that the manifest names.</summary>
    internal const string Device = "endpoint";

    /// <summary>Requests that are encoded together before the first of them is sent.</summary>
    private const int EncodedTogether = 64;

    private readonly EndpointOptions _options;
    private readonly EndpointTransport _transport;
    private readonly RequestShape _shape;
    private readonly CompletionsRoute _completions;
    private readonly ChatRoute _chat;
    private readonly ReasoningMarkers? _markers;
    private readonly UsageCounter _work = new(workers: 1);
    private readonly FirstAnswers _first;
    private LikelihoodScorer? _scorer;
    private Conversations? _conversations;
    private ServerAnswer _identity = new();
    private int? _window;
    private int _otherFingerprints;

    private EndpointEngine(EndpointOptions options, EndpointTransport transport)
    {
        (_options, _transport, _shape) = (options, transport, new RequestShape(options.Announce));
        _completions = new CompletionsRoute(transport.Client, options.Name.Model, _shape);
        _chat = new ChatRoute(transport.Client, options.Name.Address, options.Name.Model, _shape, options.TemplateArguments);
        _markers = ReasoningMarkers.WithoutTokenizer(options.ThinkEndToken);
        _first = new FirstAnswers(options.Name.Address.Authority);
        Description = Describe();
    }

    public EngineDescription Description { get; private set; }

    public EngineUsage Usage => _work.Usage;

    public IReadOnlyDictionary<string, HostTraffic> Traffic => _transport.Traffic;

    /// <summary>Asks the server for a few tokens, and so finds out which model answers under the name.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: it does not answer, refuses the key, or knows no such model; <see cref="ExitCode.Usage"/> or
    /// <see cref="ExitCode.Environment"/>: nothing may be sent there.
    /// </exception>
    internal static async Task<EndpointEngine> OpenAsync(EndpointOptions options, CancellationToken cancellationToken)
    {
        var transport = new EndpointTransport(options.Patience(new TransportOptions
        {
            BaseAddress = options.Name.Address,
            Key = options.Key,
            KeyHeader = options.Name.IsAzure ? KeyHeader.ApiKey : KeyHeader.Bearer,
            AllowNetwork = options.AllowNetwork,
            Concurrency = options.Concurrency,
            AttemptTime = options.RequestTimeout,
            Outermost = inner => new ServerForms(options.Name.Query, inner),
            Announce = options.Announce,
        }));
        EndpointEngine? engine = null;
        try
        {
            engine = new EndpointEngine(options, transport);
            engine._identity = await engine.IdentifyAsync(cancellationToken).ConfigureAwait(false);
            engine.Description = engine.Describe();
            return engine;
        }
        catch
        {
            transport.Dispose();
            throw;
        }
    }

    private async Task<ServerAnswer> IdentifyAsync(CancellationToken cancellationToken)
    {
        var few = new GenerationOptions
        {
            Until = [],
            MaxTokens = 16,
        };
        Prompt prompt = _options.Chat ? Prompt.FromMessages([new ChatMessage("user", "Hello.")], isPrefilled: false) : "Hello";
        try
        {
            return await GenerateAsync(prompt, few, seed: 1, cancellationToken).ConfigureAwait(false);
        }
        catch (UnreadableAnswerException e)
        {
            throw new EvalException(ExitCode.Model, $"--model {_options.GivenAs}: {e.Message}", e);
        }
        catch (EndpointException e)
        {
            string models = e.Status == HttpStatusCode.NotFound
                ? await ServerModels.DescribeAsync(_transport.Client, cancellationToken).ConfigureAwait(false)
                : "";
            throw Refused(e, models);
        }
    }

    private EvalException Refused(EndpointException e, string models)
    {
        string advice = e.Status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => _options.Key is null
                ? "; put the endpoint's key into the variable OPENAI_API_KEY, or into one that --api-key-from names"
                : "; the key is that of OPENAI_API_KEY, or of the variable that --api-key-from names",
            HttpStatusCode.NotFound when !_options.Chat =>
                $"{models}; if it answers conversations alone, add --apply-chat-template",
            HttpStatusCode.NotFound => models,
            _ => "",
        };
        return new EvalException(ExitCode.Model, $"--model {_options.GivenAs}: {e.Message}{advice}", e);
    }

    private EngineDescription Describe()
    {
        var settings = new Dictionary<string, string>
        {
            ["asked model"] = _options.Name.Model,
            ["answering model"] = _identity.Model ?? "not said",
            ["system fingerprint"] = _identity.Fingerprint ?? "none",
            ["route"] = _options.Chat ? "chat/completions" : "completions",
            ["temperature"] = _shape.SendsTemperature ? "as the task says" : "the server's own",
            ["tokenizer"] = _options.Tokenizer is null ? "server" : "tokenizer.json",
        };
        if (_markers is not null)
            settings[EngineDescription.ThinkEndToken] = _markers.Description;
        return new EngineDescription
        {
            Engine = "openai",
            ModelPath = _options.GivenAs,
            ModelName = _options.Name.ModelName,
            Device = Device,
            Files = [],
            Settings = settings,
        };
    }

    /// <summary>A conversation is passed on as it is: the server has the template.</summary>
    public Prompt Render(Prompt prompt) => prompt;

    public async IAsyncEnumerable<Response> RunAsync(
        IReadOnlyList<Request> requests,
        IReadOnlySet<RequestKey> answered,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (requests.Count > 0 && requests[0] is not GenerateRequest && !requests.All(r => answered.Contains(r.Key)))
            await PrepareScoringAsync(cancellationToken).ConfigureAwait(false);
        var encoders = new Dictionary<RequestKey, RequestEncoder>();
        IEnumerable<Work> work = _scorer?.Tokenizer is { } tokenizer && requests.Count > 0 && requests[0] is not GenerateRequest
            ? Encoded(requests, answered, tokenizer, encoders)
            : Pending(requests, answered).Select(request => new Work(request));
        await foreach (Response response in Concurrently
            .RunAsync(work, _options.Concurrency, AnswerAsync, cancellationToken)
            .ConfigureAwait(false))
        {
            if (Assemble(response, encoders) is { } answer)
                yield return answer;
        }
    }

    /// <summary>What is to be done: a request, one that became token ids, or an answer that needs no server.</summary>
    private sealed record Work(Request Request)
    {
        public EncodedRequest? Encoded { get; init; }

        public Response? Answer { get; init; }
    }

    private static IEnumerable<Request> Pending(IReadOnlyList<Request> requests, IReadOnlySet<RequestKey> answered)
    {
        for (int i = 0; i < requests.Count; i++)
        {
            Request request = requests[i];
            if (!answered.Contains(request.Key))
                yield return request;
        }
    }

    /// <summary>Encodes a few requests at a time, so that memory does not grow with their number.</summary>
    private IEnumerable<Work> Encoded(
        IReadOnlyList<Request> requests,
        IReadOnlySet<RequestKey> answered,
        ModelTokenizer tokenizer,
        Dictionary<RequestKey, RequestEncoder> encoders)
    {
        foreach (Request[] together in Pending(requests, answered).Chunk(EncodedTogether))
        {
            var encoder = new RequestEncoder(tokenizer, _options.MaxLength ?? _window ?? int.MaxValue, _options.TruncateLeft);
            encoder.Add([.. together.Select(Rendered)]);
            foreach (Response response in encoder.Answered)
                yield return new Work(together[0]) { Answer = response };
            foreach (EncodedRequest encoded in encoder.Encoded)
            {
                lock (encoders)
                    encoders[encoded.Request.Key] = encoder;
                yield return new Work(encoded.Request) { Encoded = encoded };
            }
        }
    }

    private static Response? Assemble(Response response, Dictionary<RequestKey, RequestEncoder> encoders)
    {
        RequestEncoder? encoder;
        lock (encoders)
            _ = encoders.Remove(response.Key, out encoder);
        return encoder is null ? response : encoder.Assemble(response);
    }

    private Request Rendered(Request request)
    {
        if (request.Prompt.IsRendered)
            return request;
        if (_conversations is null)
        {
            throw new EvalException(
                ExitCode.Model,
                $"task {request.Key.Task} scores log-likelihoods of conversations, for which the model's chat template must be known here; "
                + "give the folder with tokenizer.json and the template with --tokenizer, or leave out --apply-chat-template");
        }

        return request with { Prompt = request.Prompt.Render(_conversations.Render) };
    }

    private async Task PrepareScoringAsync(CancellationToken cancellationToken)
    {
        if (_scorer is not null)
            return;
        ModelTokenizer? tokenizer = await EndpointTokenizer
            .OpenAsync(_transport.Client, _options, cancellationToken)
            .ConfigureAwait(false);
        if (_options.Tokenizer is { } folder && Directory.Exists(folder))
            _conversations = new Conversations(folder, _options.Conversations);
        _window = await ServerModels.WindowAsync(_transport.Client, _options.Name.Model, cancellationToken).ConfigureAwait(false);
        string host = _options.Name.Address.Authority;
        _scorer = await LikelihoodScorer.FindAsync(_completions, tokenizer, host, cancellationToken).ConfigureAwait(false);
        _options.Announce($"log-likelihoods of {host}: by {_scorer.Description}");
    }

    private async Task<Response> AnswerAsync(Work work, CancellationToken cancellationToken)
    {
        if (work.Answer is { } ready)
            return ready;
        RequestKey key = work.Request.Key;
        using IDisposable turn = await _first.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            (ServerAnswer answer, Response response) = work switch
            {
                { Encoded: { } encoded } => await ScoreAsync(encoded, cancellationToken).ConfigureAwait(false),
                { Request: GenerateRequest generate } => await CompleteAsync(generate, cancellationToken).ConfigureAwait(false),
                { Request: LogLikelihoodRequest scored } => await ScoreAsync(scored, cancellationToken).ConfigureAwait(false),
                _ => (_identity, Response.Failed(
                    key, "the log-likelihood of a whole text needs the model's tokenizer; give it with --tokenizer")),
            };
            _first.Succeeded();
            if (response.Error is null && answer.Model is { } model && _identity.Model is { } expected && model != expected)
                return Response.Failed(key, $"the server answered as model {model}; the run began with {expected}");
            if (answer.Fingerprint != _identity.Fingerprint && Interlocked.Exchange(ref _otherFingerprints, 1) == 0)
            {
                _options.Announce(
                    $"warning: the server's system_fingerprint changed during the run, from {_identity.Fingerprint ?? "none"} to "
                    + $"{answer.Fingerprint ?? "none"}");
            }

            return response;
        }
        catch (EndpointException e) when (e.ServerError?.Code == "content_filter")
        {
            // Azure refuses the request where others cut the answer off.
            _first.Succeeded();
            return new Response
            {
                Key = key,
                FinishReason = FinishReason.ContentFilter,
                Text = "",
            };
        }
        catch (EndpointException e)
        {
            _first.Failed(e);
            return Response.Failed(key, e.Message);
        }
        catch (UnreadableAnswerException e)
        {
            return Response.Failed(key, e.Message);
        }
    }

    private async Task<(ServerAnswer Answer, Response Response)> ScoreAsync(EncodedRequest request, CancellationToken cancellationToken)
    {
        using Account.Payment? payment = _options.Account is { } account
            ? await account
                .ReserveAsync(request.Sequence.Tokens.Length + 1, completionTokens: 1, cancellationToken)
                .ConfigureAwait(false)
            : null;
        (ServerAnswer answer, Response response) = await _scorer!.ScoreAsync(request, cancellationToken).ConfigureAwait(false);
        Count(answer, payment);
        return (answer, response);
    }

    private async Task<(ServerAnswer Answer, Response Response)> ScoreAsync(
        LogLikelihoodRequest request, CancellationToken cancellationToken)
    {
        var rendered = (LogLikelihoodRequest)Rendered(request);
        using Account.Payment? payment = await ReserveAsync(rendered.Context, rendered.Continuation, completionTokens: 1, cancellationToken)
            .ConfigureAwait(false);
        (ServerAnswer answer, Response response) = await _scorer!.ScoreTextAsync(rendered, cancellationToken).ConfigureAwait(false);
        Count(answer, payment);
        return (answer, response);
    }

    private async Task<(ServerAnswer Answer, Response Response)> CompleteAsync(GenerateRequest request, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        ServerAnswer answer = await GenerateAsync(request.Prompt, request.Options, request.Seed, cancellationToken).ConfigureAwait(false);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return (answer, EndpointCompletion.Cut(answer.ToResponse(request.Key, milliseconds), request, _markers));
    }

    private async Task<ServerAnswer> GenerateAsync(Prompt prompt, GenerationOptions options, int seed, CancellationToken cancellationToken)
    {
        using Account.Payment? payment = await ReserveAsync(prompt.Text, "", options.MaxTokens, cancellationToken).ConfigureAwait(false);
        // Reasoning is full of stop strings: where it stands in the text, the server gets none, and the answer is cut here.
        bool stops = _markers is null;
        while (true)
        {
            try
            {
                ServerAnswer answer = prompt.IsRendered
                    ? await _completions.GenerateAsync(prompt.Text, options, seed, stops, cancellationToken).ConfigureAwait(false)
                    : await _chat.GenerateAsync(prompt, options, seed, stops, cancellationToken).ConfigureAwait(false);
                Count(answer, payment);
                return answer;
            }
            catch (EndpointException e) when (_shape.Adapt(e, options.Greedy))
            {
                // Asked again, without the field that the server does not take.
            }
        }
    }

    /// <summary>A token of a text has at least one byte; templates add a few for each turn.</summary>
    private async Task<Account.Payment?> ReserveAsync(
        string context, string continuation, int completionTokens, CancellationToken cancellationToken)
    {
        const int roles = 256;
        if (_options.Account is not { } account)
            return null;
        int bytes = Encoding.UTF8.GetByteCount(context) + Encoding.UTF8.GetByteCount(continuation) + roles;
        return await account.ReserveAsync(bytes, completionTokens, cancellationToken).ConfigureAwait(false);
    }

    private void Count(ServerAnswer answer, Account.Payment? payment)
    {
        _work.CountRemote(answer.PromptTokens, answer.CachedTokens, answer.CompletionTokens);
        bool isSaid = answer.PromptTokens + answer.CompletionTokens > 0;
        payment?.Pay(isSaid ? new TokenCount(answer.PromptTokens, answer.CachedTokens, answer.CompletionTokens) : null);
    }

    public ValueTask DisposeAsync()
    {
        _scorer?.Tokenizer?.Dispose();
        _chat.Dispose();
        _transport.Dispose();
        _first.Dispose();
        return ValueTask.CompletedTask;
    }
}
