using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace EvalHarness.OpenAI.Transport;

/// <summary>
/// Sends a request once, with the key, and reads the whole answer. What comes back is complete JSON with a status of success; everything
/// else is an <see cref="AttemptException"/> that says whether it may pass.
/// </summary>
internal sealed class AttemptHandler(TransportOptions options, HostGate gate, Traffic traffic, HttpMessageHandler inner)
    : DelegatingHandler(inner)
{
    /// <summary>Says of a request that it was sent before.</summary>
    internal static readonly HttpRequestOptionsKey<bool> IsRepeated = new("EvalHarness.IsRepeated");

    private static readonly HttpStatusCode[] Passing =
    [
        HttpStatusCode.RequestTimeout, (HttpStatusCode)425, HttpStatusCode.TooManyRequests, HttpStatusCode.InternalServerError,
        HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout,
        // "Overloaded" of some servers.
        (HttpStatusCode)529,
    ];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await gate.PassAsync(cancellationToken).ConfigureAwait(false);
        using var timeout = new CancellationTokenSource(options.AttemptTime, options.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        request.Options.TryGetValue(IsRepeated, out bool repeated);
        options.Key?.AddTo(request.Headers, options.KeyHeader);
        if (options.Key is null)
            request.Headers.Authorization = null;
        try
        {
            traffic.CountRequest(repeated);
            HttpResponseMessage response = await base.SendAsync(request, both.Token).ConfigureAwait(false);
            return await WholeAsync(response, both.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            string seconds = options.AttemptTime.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
            throw new AttemptException(new AttemptFailure($"no complete answer within {seconds} seconds") { MayPass = true });
        }
        catch (HttpRequestException e) when (e.InnerException is EvalException refused)
        {
            throw refused;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new AttemptException(Failure(e));
        }
    }

    private async Task<HttpResponseMessage> WholeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> body = await AnswerBody
                .ReadAsync(response.Content, options.LargestAnswer, cancellationToken)
                .ConfigureAwait(false);
            AttemptFailure? failure = response.IsSuccessStatusCode
                ? AnswerBody.Problem(body.Span, options.Key) ?? ErrorInAnswer(body)
                : Refusal(response, body);
            if (failure is not null)
                throw new AttemptException(failure);
            var whole = new ReadOnlyMemoryContent(body);
            foreach ((string name, IEnumerable<string> values) in response.Content.Headers)
                whole.Headers.TryAddWithoutValidation(name, values);
            whole.Headers.ContentLength = body.Length;
            response.Content.Dispose();
            response.Content = whole;
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private AttemptFailure Refusal(HttpResponseMessage response, ReadOnlyMemory<byte> body)
    {
        int status = (int)response.StatusCode;
        string said = $"the server answers {status} {Reason(response)}".TrimEnd();
        if (status is >= 300 and < 400)
        {
            string to = response.Headers.Location is { } location ? $" to {options.Key?.Hide($"{location}") ?? $"{location}"}" : "";
            return new AttemptFailure($"{said}: it redirects{to}, which is not followed; name the address where the server is")
            {
                Status = response.StatusCode,
            };
        }

        ServerError? error = ServerError.Read(body, options.Key);
        // A quota that is used up is refused with the status of a rate that is too high, and does not come back by waiting.
        bool mayPass = Passing.Contains(response.StatusCode) && error?.Code != "insufficient_quota";
        TimeSpan? wait = mayPass ? RetryAfter.Read(response, options.Time) : null;
        string asks = "";
        if (wait > options.LongestWait)
        {
            mayPass = false;
            asks = string.Create(CultureInfo.InvariantCulture, $"; it asks to wait {Math.Ceiling(wait.Value.TotalMinutes)} minutes");
        }
        else if (wait > TimeSpan.Zero)
        {
            gate.Close(wait.Value);
        }

        return new AttemptFailure($"{said}{(error is null ? "" : $": {error.Message}")}{asks}")
        {
            Status = response.StatusCode,
            ServerError = error,
            MayPass = mayPass,
            Wait = wait,
        };
    }

    /// <summary>A server that stands before others sends their errors with a status of success, and theirs as the code.</summary>
    private AttemptFailure? ErrorInAnswer(ReadOnlyMemory<byte> body)
    {
        if (ServerError.ReadFromAnswer(body, options.Key) is not { } error)
            return null;
        bool mayPass = int.TryParse(error.Code, NumberStyles.None, CultureInfo.InvariantCulture, out int code)
            && Passing.Contains((HttpStatusCode)code);
        return new AttemptFailure($"the server answers with an error: {error.Message}") { ServerError = error, MayPass = mayPass };
    }

    /// <summary>The standard words for the status, because a server may write anything there.</summary>
    private static string Reason(HttpResponseMessage response)
    {
        using var plain = new HttpResponseMessage(response.StatusCode);
        return plain.ReasonPhrase ?? "";
    }

    private AttemptFailure Failure(Exception e)
    {
        string host = options.BaseAddress.Authority;
        Exception cause = e;
        while (cause.InnerException is { } deeper && cause is not SocketException)
            cause = deeper;
        string said = options.Key?.Hide(EvalException.OneLine(cause.Message)) ?? EvalException.OneLine(cause.Message);
        HttpRequestError? kind = e switch
        {
            HttpRequestException sending => sending.HttpRequestError,
            HttpIOException reading => reading.HttpRequestError,
            _ => null,
        };
        return kind switch
        {
            HttpRequestError.NameResolutionError => new($"the host {options.BaseAddress.Host} has no address: {said}") { MayPass = true },
            HttpRequestError.ConnectionError => new($"no connection to {host}: {said}") { MayPass = true },
            HttpRequestError.SecureConnectionError => new($"no secure connection to {host}: {said}")
            {
                MayPass = cause is not AuthenticationException,
            },
            HttpRequestError.InvalidResponse => new($"the answer is no HTTP: {said}") { MayPass = true },
            HttpRequestError.ConfigurationLimitExceeded => new($"the answer's headers are too long: {said}"),
            HttpRequestError.ProxyTunnelError => new($"the proxy does not connect to {host}: {said}") { MayPass = true },
            _ => new($"the connection broke before the answer was complete: {said}") { MayPass = true },
        };
    }
}
