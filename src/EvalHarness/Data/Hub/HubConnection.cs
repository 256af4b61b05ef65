using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace EvalHarness.Data.Hub;

/// <summary>
/// Speaks the HTTP protocol of the Hugging Face hub: it lists the files of a revision and downloads them. This is written by hand, because
/// no maintained .NET library resumes downloads, verifies their hashes and writes the cache that Python's tools use.
/// </summary>
/// <remarks>
/// Source: the hub's API documentation, and huggingface_hub for the handling of X-Linked-Etag, X-Error-Code and redirects. Proxies are
/// taken from HTTP_PROXY, HTTPS_PROXY and NO_PROXY, as .NET does by default.
/// </remarks>
internal sealed class HubConnection : IDisposable
{
    private const int MostRedirects = 10;
    private const int Tries = 5;
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        AutomaticDecompression = DecompressionMethods.None,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    private readonly HubSettings _settings;
    private readonly TimeProvider _time;

    /// <param name="settings">The address of the hub and the token to log in with.</param>
    /// <param name="time">The clock that times the waits between attempts.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: HF_HUB_OFFLINE is set.</exception>
    public HubConnection(HubSettings settings, TimeProvider time)
    {
        if (settings.Offline)
        {
            throw new EvalException(
                ExitCode.Hub, "HF_HUB_OFFLINE is set, so nothing is downloaded; unset it, or use what has been downloaded before");
        }

        (_settings, _time) = (settings, time);
    }

    /// <summary>Finds the commit of a revision and lists all of its files.</summary>
    /// <exception cref="EvalException">
    /// <see cref="ExitCode.Hub"/>: there is no such repository or revision, no access or no connection, or the hub's answer is invalid.
    /// </exception>
    public async Task<HubListing> ListAsync(HubRepository repository, CancellationToken cancellationToken)
    {
        string api = $"api/{repository.Plural}/{repository.Name}", revision = Uri.EscapeDataString(repository.Revision);
        var address = new Uri(_settings.Endpoint, $"{api}/revision/{revision}");
        (JsonNode info, _) = await JsonAsync(repository, address, cancellationToken).ConfigureAwait(false);
        if ((string?)info["sha"] is not { } commit || !HubRepository.IsCommit(commit))
        {
            string found = info["sha"]?.ToJsonString() ?? "nothing";
            throw new EvalException(ExitCode.Hub, $"{repository}: the hub names no commit for it (found {found})");
        }

        var files = new List<HubFile>();
        for (Uri? page = new(_settings.Endpoint, $"{api}/tree/{commit}?recursive=true"); page is not null;)
        {
            (JsonNode entries, page) = await JsonAsync(repository, page, cancellationToken).ConfigureAwait(false);
            files.AddRange(entries.AsArray()
                .Where(e => (string?)e!["type"] == "file")
                .Select(e => new HubFile(
                    (string?)e!["path"] ?? "",
                    (long?)(e["lfs"]?["size"] ?? e["size"]) ?? -1,
                    (string?)(e["lfs"]?["oid"] ?? e["oid"]) ?? ""))
                .Select(file => HubFile.Check(repository, file)));
        }

        return new HubListing(repository, commit, files);
    }

    private async Task<(JsonNode Json, Uri? Next)> JsonAsync(
        HubRepository repository, Uri address, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await SendAsync(repository, address, null, cancellationToken).ConfigureAwait(false);
        try
        {
            JsonNode json = JsonNode.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false))!;
            return (json, Next(address, response));
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or HttpRequestException or IOException)
        {
            throw new EvalException(ExitCode.Hub, $"{repository}: the answer of {address} is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The address of the next page of a listing; null if this is the last page.</summary>
    /// <remarks>Source: RFC 8288; the hub gives one link with rel="next".</remarks>
    private static Uri? Next(Uri address, HttpResponseMessage response) =>
        response.Headers.TryGetValues("Link", out IEnumerable<string>? links)
        && links.SelectMany(l => l.Split(',')).FirstOrDefault(l => l.Contains("rel=\"next\"", StringComparison.Ordinal)) is { } link
            ? new Uri(address, link.Trim().TrimStart('<').Split('>')[0])
            : null;

    /// <summary>Starts to download a file from an offset.</summary>
    /// <param name="listing">The listing that contains the file.</param>
    /// <param name="file">The file to download.</param>
    /// <param name="offset">The number of bytes that are already here.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>
    /// A response that the caller disposes: 200 with the whole file, 206 with the file from <paramref name="offset"/> on, or 416 if the
    /// server cannot serve this range.
    /// </returns>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: the hub cannot be reached, or refuses the request.</exception>
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

    /// <summary>Reads a small file of text, such as README.md.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Hub"/>: the hub cannot be reached, or refuses the request.</exception>
    internal async Task<string> ReadTextAsync(HubListing listing, HubFile file, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await OpenAsync(listing, file, offset: 0, cancellationToken).ConfigureAwait(false);
        try
        {
            return await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new EvalException(ExitCode.Hub, $"{listing.Repository}: {file.Path} cannot be downloaded: {e.Message}", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HubRepository repository, Uri address, Action<HttpRequestMessage>? prepare, CancellationToken cancellationToken,
        HubFile? file = null)
    {
        string problem = "";
        for (int attempt = 1; attempt <= Tries; attempt++)
        {
            TimeSpan wait = TimeSpan.FromSeconds(Math.Pow(2, attempt - 1));
            try
            {
                HttpResponseMessage response =
                    await FollowAsync(repository, address, prepare, file, cancellationToken).ConfigureAwait(false);
                if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout
                    or >= HttpStatusCode.InternalServerError))
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
            {
                string minutes = wait.TotalMinutes.ToString("0", CultureInfo.InvariantCulture);
                throw new EvalException(
                    ExitCode.Hub,
                    $"{repository}: {address.Host} asks to wait {minutes} minutes ({problem}); "
                    + "start again after that, and the download will continue where it stopped");
            }

            if (attempt < Tries)
                await Task.Delay(wait, _time, cancellationToken).ConfigureAwait(false);
        }

        throw new EvalException(
            ExitCode.Hub,
            $"{repository}: {address.Host} did not answer properly, {Tries} times: {problem}; "
            + "look at the network (HF_ENDPOINT, HTTPS_PROXY) and start again, and the download will continue where it stopped");
    }

    /// <summary>The time that the server asks to wait before the next request; null if it does not say.</summary>
    private TimeSpan? Asked(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > _time.GetUtcNow() => date - _time.GetUtcNow(),
        { Date: not null } => TimeSpan.Zero,
        _ => null,
    };

    /// <summary>
    /// Follows redirects. The token is sent only to the hub itself, and never to the storage servers that it redirects downloads to.
    /// </summary>
    private async Task<HttpResponseMessage> FollowAsync(
        HubRepository repository, Uri address, Action<HttpRequestMessage>? prepare, HubFile? file,
        CancellationToken cancellationToken)
    {
        string version = typeof(HubConnection).Assembly.GetName().Version!.ToString(3);
        for (int hop = 0; hop <= MostRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("EvalHarness", version));
            if (_settings.Token is { } token
                && (address.Scheme, address.Authority) == (_settings.Endpoint.Scheme, _settings.Endpoint.Authority))
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            prepare?.Invoke(request);
            HttpResponseMessage response = await _http
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
                .ConfigureAwait(false);
            CheckLinkedEtag(repository, file, response);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308) || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            Uri next = new(address, location);
            if (next.Scheme is not ("http" or "https") || (address.Scheme == "https" && next.Scheme == "http"))
                throw new EvalException(ExitCode.Hub, $"{repository}: {address.Host} redirects to {next}; expected an https address");
            address = next;
        }

        throw new EvalException(ExitCode.Hub, $"{repository}: more than {MostRedirects} redirects, the last one from {address.Host}");
    }

    /// <summary>Checks that the hash which the hub sends when a file is requested is the one that it listed.</summary>
    private static void CheckLinkedEtag(HubRepository repository, HubFile? file, HttpResponseMessage response)
    {
        if (file is not { IsSha256: true } || !response.Headers.TryGetValues("X-Linked-Etag", out IEnumerable<string>? values))
            return;
        string etag = values.First().Replace("W/", "", StringComparison.Ordinal).Trim('"');
        if (etag.Length == 64 && etag != file.Hash)
        {
            response.Dispose();
            throw new EvalException(
                ExitCode.Hub,
                $"{repository}: {file.Path} has SHA-256 {etag}, but is listed with {file.Hash}; it is not downloaded");
        }
    }

    public void Dispose() => _http.Dispose();
}
