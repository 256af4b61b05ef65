using System.Net;
using Polly;
using Polly.Retry;

namespace EvalHarness.OpenAI.Transport;

/// <summary>
/// Repeats requests that failed and may pass, with waits that double and are partly random. A request asks for text and changes nothing
/// on the server, so that repeating it is safe.
/// </summary>
internal sealed class RetryHandler : DelegatingHandler
{
    /// <summary>So many times a request may be held back for each attempt that it has.</summary>
    private const int WaitsPerAttempt = 20;

    private readonly ResiliencePipeline<HttpResponseMessage> _pipeline;
    private readonly FailureStreak _failures;
    private readonly TransportOptions _options;

    internal RetryHandler(TransportOptions options, FailureStreak failures, HttpMessageHandler inner)
        : base(inner)
    {
        (_options, _failures) = (options, failures);
        var random = new Random(options.Seed);
        var drawing = new Lock();
        double Draw()
        {
            lock (drawing)
                return random.NextDouble();
        }

        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Time };
        if (options.Attempts > 1)
        {
            // A server that says when to come again works; a request that it held back several times has not failed.
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = (options.Attempts - 1) * WaitsPerAttempt,
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<AttemptException>(e => IsHeldBack(e.Failure)),
                // The gate holds all requests until then, and they must not all come at the same moment.
                DelayGenerator = outcome =>
                    ValueTask.FromResult<TimeSpan?>(Draw() * (Wait(outcome.Outcome.Exception) ?? TimeSpan.Zero)),
            });
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.Attempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = options.FirstWait,
                UseJitter = true,
                Randomizer = Draw,
                ShouldHandle = new PredicateBuilder<HttpResponseMessage>().Handle<AttemptException>(
                    e => e.Failure.MayPass && !IsHeldBack(e.Failure)),
                // The gate holds the request until the time has come that the server asked for.
                DelayGenerator = outcome => ValueTask.FromResult(Wait(outcome.Outcome.Exception) is { } wait && wait > TimeSpan.Zero
                    ? TimeSpan.Zero
                    : (TimeSpan?)null),
            });
        }

        _pipeline = builder.Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
            await content.LoadIntoBufferAsync(cancellationToken).ConfigureAwait(false);
        int attempts = 0;
        try
        {
            HttpResponseMessage response = await _pipeline.ExecuteAsync(
                async token =>
                {
                    request.Options.Set(AttemptHandler.IsRepeated, attempts++ > 0);
                    return await base.SendAsync(request, token).ConfigureAwait(false);
                },
                cancellationToken).ConfigureAwait(false);
            _failures.End();
            return response;
        }
        catch (AttemptException e)
        {
            var failure = new EndpointException(e.Failure, attempts);
            if (e.Failure.IsOfRequest)
                _failures.End();
            else
                _failures.Add(failure);
            throw failure;
        }
    }

    private static bool IsHeldBack(AttemptFailure failure) =>
        failure is { MayPass: true, Status: HttpStatusCode.TooManyRequests } && failure.Wait > TimeSpan.Zero;

    private static TimeSpan? Wait(Exception? exception) => (exception as AttemptException)?.Failure.Wait;
}
