using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace EvalHarness.Data.Hub;

/// <summary>
/// The hub's HTTP protocol: what a revision has, and the bytes of its files. By hand, because no kept .NET library resumes, verifies what it
/// gets, and writes the cache that Python's tools share.
/// </summary>
/// <remarks>
/// Source: the hub's API documentation; huggingface_hub's behaviour for X-Linked-Etag, X-Error-Code and redirects. Proxies are .NET's: HTTP_PROXY,
/// HTTPS_PROXY, NO_PROXY.
/// </remarks>
public sealed class HubConnection : IDisposable
{
    private const int MostRedirects = 10;
    private const int Tries = 5;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = TimeSpan.FromSeconds(30), AutomaticDecompression = DecompressionMethods.None }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly HubSettings _settings;
    private readonly TimeProvider _time;

    /// <param name="settings">Where and who.</param>
    /// <param name="time">Waits between tries.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: HF_HUB_OFFLINE is set.</exception>
    public HubConnection(HubSettings settings, TimeProvider time)
    {
        if (settings.Offline)
            throw new EvalException(ExitCode.Hub, "HF_HUB_OFFLINE is set: nothing is fetched; unset it, or use what is there");
        (_settings, _time) = (settings, time);
    }

    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: no such repository or revision, no access, no connection, or a listing that is none.</exception>
    public async Task<HubListing> ListAsync(HubRepository repository, CancellationToken cancellationToken)
    {
        string api = $"api/{repository.Plural}/{repository.Name}", revision = Uri.EscapeDataString(repository.Revision);
        (JsonNode info, _) = await JsonAsync(repository, new Uri(_settings.Endpoint, $"{api}/revision/{revision}"), cancellationToken).ConfigureAwait(false);
        if ((string?)info["sha"] is not { } commit || !HubRepository.IsCommit(commit))
            throw new EvalException(ExitCode.Hub, $"{repository}: the hub names no commit for it (found {info["sha"]?.ToJsonString() ?? "nothing"})");
        var files = new List<HubFile>();
        for (Uri? page = new(_settings.Endpoint, $"{api}/tree/{commit}?recursive=true"); page is not null;)
        {
            (JsonNode entries, page) = await JsonAsync(repository, page, cancellationToken).ConfigureAwait(false);
            files.AddRange(entries.AsArray().Where(e => (string?)e!["type"] == "file").Select(e => HubFile.Check(repository, new HubFile(
                (string?)e!["path"] ?? "", (long?)(e["lfs"]?["size"] ?? e["size"]) ?? -1, (string?)(e["lfs"]?["oid"] ?? e["oid"]) ?? ""))));
        }

        return new HubListing(repository, commit, files);
    }

    private async Task<(JsonNode Json, Uri? Next)> JsonAsync(HubRepository repository, Uri address, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(repository, address, null, cancellationToken).ConfigureAwait(false);
        try
        {
            JsonNode json = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false))!;
            return (json, Next(address, response));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or HttpRequestException or IOException)
        {
            throw new EvalException(ExitCode.Hub, $"{repository}: {address} sends no JSON: {e.Message}", e);
        }
    }

    /// <remarks>Source: RFC 8288; the hub gives one link with rel="next".</remarks>
    private static Uri? Next(Uri address, HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out IEnumerable<string>? links)
        && links.SelectMany(l => l.Split(',')).FirstOrDefault(l => l.Contains("rel=\"next\"", StringComparison.Ordinal)) is { } link
            ? new Uri(address, link.Trim().TrimStart('<').Split('>')[0])
            : null;

    /// <summary>A file from an offset on.</summary>
    /// <param name="listing">That has the file.</param>
    /// <param name="file">The file.</param>
    /// <param name="offset">Bytes that are there.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>To be disposed: 200 with all of it, 206 with the rest, or 416.</returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>.</exception>
    internal Task<HttpResponseMessage> OpenAsync(HubListing listing, HubFile file, long offset, CancellationToken cancellationToken)
    {
        string prefix = listing.Repository.Kind == HubKind.Dataset ? "datasets/" : "";
        string path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
        var address = new Uri(_settings.Endpoint, $"{prefix}{listing.Repository.Name}/resolve/{listing.Commit}/{path}");
        return SendAsync(listing.Repository, address, request =>
        {
            if (offset > 0)
                request.Headers.Range = new RangeHeaderValue(offset, null);
        }, cancellationToken, file);
    }

    private async Task<HttpResponseMessage> SendAsync(HubRepository repository, Uri address, Action<HttpRequestMessage>? prepare, CancellationToken cancellationToken, HubFile? file = null)
    {
        string problem = "";
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            TimeSpan wait = TimeSpan.FromSeconds(Math.Pow(2, attempt - 1));
            try
            {
                HttpResponseMessage response = await FollowAsync(repository, address, prepare, file, cancellationToken).ConfigureAwait(false);
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError))
                {
                    if (response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                        return response;
                    using (response)
                        throw HubRefusal.Explain(repository, address, response, _settings.Token is not null);
                }

                using (response)
                {
                    problem = $"{(int)response.StatusCode} {response.ReasonPhrase}";
                    wait = Asked(response) ?? wait;
                }
            }
            catch (HttpRequestException e)
            {
                problem = e.InnerException?.Message ?? e.Message;
            }

            if (wait > LongestWait)
                throw new EvalException(ExitCode.Hub, string.Create(CultureInfo.InvariantCulture, $"{repository}: {address.Host} asks to wait {wait.TotalMinutes:0} minutes ({problem}); start again then: what was fetched is kept"));
            if (attempt < Tries)
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }

        throw new EvalException(ExitCode.Hub, $"{repository}: {address.Host} does not answer as it should, {Tries} times: {problem}; look at the network (HF_ENDPOINT, HTTPS_PROXY), and start again: what was fetched is kept");
    }

    private TimeSpan? Asked(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > _time.GetUtcNow() => date - _time.GetUtcNow(),
        { Date: not null } => TimeSpan.Zero,
        _ => null,
    };

    /// <summary>The token goes to the hub alone: where files really lie gets none.</summary>
    private async Task<HttpResponseMessage> FollowAsync(HubRepository repository, Uri address, Action<HttpRequestMessage>? prepare, HubFile? file, CancellationToken cancellationToken)
    {
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("EvalHarness", typeof(HubConnection).Assembly.GetName().Version!.ToString(3)));
            if (_settings.Token is { } token && (address.Scheme, address.Authority) == (_settings.Endpoint.Scheme, _settings.Endpoint.Authority))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            prepare?.Invoke(request);
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            CheckLinkedEtag(repository, file, response);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            Uri next = new(address, location);
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http"))
                throw new EvalException(ExitCode.Hub, $"{repository}: {address.Host} leads to {next}; expected another https address");
            address = next;
        }

        throw new EvalException(ExitCode.Hub, $"{repository}: {address.Host} leads from address to address, more than {MostRedirects} times");
    }

    /// <summary>What the hub says of a file when it is asked for it must be what it listed.</summary>
    private static void CheckLinkedEtag(HubRepository repository, HubFile? file, HttpResponseMessage response)
    {
        if (file is not { IsSha256: true } || !response.Headers.TryGetValues("X-Linked-Etag", out IEnumerable<string>? values))
            return;
        string etag = values.First().Replace("W/", "", StringComparison.Ordinal).Trim('"');
        if (etag.Length == 64 && etag != file.Hash)
        {
            response.Dispose();
            throw new EvalException(ExitCode.Hub, $"{repository}: {file.Path} has SHA-256 {etag}, but is listed with {file.Hash}; it is not fetched");
        }
    }

    public void Dispose() => _http.Dispose();
}
