using System.Net;
using System.Net.Http.Headers;

namespace EvalHarness.OpenAI.Transport;

/// <summary>
/// Carries requests to one endpoint. A response of <see cref="Client"/> has a status of success and complete JSON; a request that failed
/// for good is an <see cref="EndpointException"/>, and a server that fails one after another ends the run with an
/// <see cref="EvalException"/>.
/// </summary>
/// <remarks>
/// Permission, key, waits, time-outs and counting are handlers below the client, so that they hold for every library that uses it.
/// </remarks>
internal sealed class EndpointTransport : IDisposable
{
    private readonly Traffic _traffic;

    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Usage"/> or <see cref="ExitCode.Environment"/>: the address is none that may be asked.
    /// </exception>
    internal EndpointTransport(TransportOptions options)
    {
        Uri address = options.BaseAddress;
        EndpointAddress.Check(address, options.AllowNetwork);
        if (options.Key is not null && address.Scheme == "http" && !address.IsLoopback)
            options.Announce?.Invoke($"warning: the key goes to {address.Authority} without encryption; https:// would encrypt it");
        string host = $"{address.IdnHost}:{address.Port}";
        _traffic = new Traffic(host);
        // Prompts for this machine do not go through a proxy, which may be another one.
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !address.IsLoopback,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = options.Concurrency,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            ConnectTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = async (context, cancellationToken) => new CountedStream(
                await EndpointAddress
                    .ConnectAsync(context.DnsEndPoint, options.AllowNetwork, cancellationToken)
                    .ConfigureAwait(false),
                _traffic),
        };
        var attempts = new AttemptHandler(options, new HostGate(options.Time), _traffic, sockets);
        var retries = new RetryHandler(options, new FailureStreak(host, options.MostFailuresInARow), attempts);
        HttpMessageHandler handler = new SameHostHandler(address, retries);
        Client = new HttpClient(options.Outermost?.Invoke(handler) ?? handler)
        {
            BaseAddress = address,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        string version = typeof(EndpointTransport).Assembly.GetName().Version!.ToString(3);
        Client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("EvalHarness", version));
    }

    public HttpClient Client { get; }

    /// <summary>What went where so far, by "host:port".</summary>
    public IReadOnlyDictionary<string, Engines.HostTraffic> Traffic => _traffic.Hosts;

    public void Dispose() => Client.Dispose();

    /// <summary>Keeps requests, and the key in them, from going anywhere else.</summary>
    private sealed class SameHostHandler(Uri address, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            request.RequestUri is { } to && (to.Scheme, to.Authority) == (address.Scheme, address.Authority)
                ? base.SendAsync(request, cancellationToken)
                : throw new InvalidOperationException(
                    $"A request to {request.RequestUri?.Authority} in the transport of {address.Authority}.");
    }
}
