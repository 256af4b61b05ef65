using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;

namespace EvalHarness.OpenAI.Engine;

/// <summary>
/// Answers requests with a model behind an endpoint that speaks as OpenAI's does. A conversation goes to the server turn by turn, a text is
/// continued or scored. Answers do not depend on which others are asked at the same time.
/// </summary>
internal sealed class EndpointEngine : IRemoteEngine
{
    private readonly EndpointTransport _transport;
    private readonly ChatRoute _chat;
    private readonly OpenedEndpoint _opened;
    private readonly EndpointOptions _options;
    private readonly AnswerRecord _record;
    private readonly EndpointGeneration _generation;
    private readonly EndpointScoring _scoring;
    private bool _disposed;

    private EndpointEngine(
        EndpointOptions options, EndpointTransport transport, CompletionRoute completions, ChatRoute chat, OpenedEndpoint opened)
    {
        (_options, _transport, _chat, _opened) = (options, transport, chat, opened);
        _record = new AnswerRecord(options, opened);
        _generation = new EndpointGeneration(options, completions, chat, opened, _record);
        _scoring = new EndpointScoring(options, completions, opened, _record);
        Description = EndpointDescription.Of(options, opened);
    }

    public EngineDescription Description { get; }

    public EngineUsage Usage => _record.Usage;

    public IReadOnlyDictionary<string, HostTraffic> Traffic => _transport.Traffic;

    /// <summary>Asks the endpoint which model it has and what it can do; see <see cref="EndpointOpening"/>.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Model"/>: the endpoint does not answer, refuses the key, or has no such model;
    /// <see cref="ExitCode.Environment"/>: it is on another machine, and nothing permits that; <see cref="ExitCode.Usage"/>: an option does
    /// not fit.
    /// </exception>
    internal static async Task<EndpointEngine> OpenAsync(EndpointOptions options, CancellationToken cancellationToken)
    {
        var transport = new EndpointTransport(options.Transport with { Announce = options.Announce });
        ChatRoute? chat = null;
        try
        {
            var client = new EndpointClient(transport.Client, options.Address);
            var completions = new CompletionRoute(client);
            chat = new ChatRoute(transport.Client, options.Address);
            OpenedEndpoint opened = await new EndpointOpening(options, client, completions, chat)
                .OpenAsync(cancellationToken)
                .ConfigureAwait(false);
            return new EndpointEngine(options, transport, completions, chat, opened);
        }
        catch
        {
            chat?.Dispose();
            transport.Dispose();
            throw;
        }
    }

    /// <summary>The turns of a conversation go as they are: the server has the template.</summary>
    public Prompt Render(Prompt prompt) => prompt;

    public IAsyncEnumerable<Response> RunAsync(
        IEnumerable<Request> requests, IReadOnlySet<RequestKey> answered, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ConcurrentAnswers.RunAsync(Pieces(requests, answered), _options.Concurrency, AnswerAsync, cancellationToken);
    }

    /// <summary>
    /// One request for a text, or all requests for log-likelihoods of one document, which share the tokens of their context. They are
    /// read as answers come, because they are made only then.
    /// </summary>
    private static IEnumerable<IReadOnlyList<Request>> Pieces(IEnumerable<Request> requests, IReadOnlySet<RequestKey> answered)
    {
        var scored = new List<Request>();
        foreach (Request request in requests)
        {
            if (answered.Contains(request.Key))
                continue;
            bool isGenerated = request is GenerateRequest;
            if (scored.Count > 0 && (isGenerated || request.Key.Document != scored[0].Key.Document))
            {
                yield return scored;
                scored = [];
            }

            if (isGenerated)
                yield return [request];
            else
                scored.Add(request);
        }

        if (scored.Count > 0)
            yield return scored;
    }

    private async Task AnswerAsync(
        IReadOnlyList<Request> requests, Func<Response, ValueTask> give, CancellationToken cancellationToken)
    {
        if (requests[0] is GenerateRequest generate)
        {
            Response response = await Failures.CatchAsync(
                generate.Key, () => _generation.AnswerAsync(generate, cancellationToken), cancellationToken).ConfigureAwait(false);
            await give(response).ConfigureAwait(false);
        }
        else
        {
            await _scoring.AnswerAsync(requests, give, cancellationToken).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _opened.Tokens?.Dispose();
        _chat.Dispose();
        _transport.Dispose();
        return ValueTask.CompletedTask;
    }
}
