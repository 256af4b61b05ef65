using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace EvalHarness.Tests.Data.Hub;

/// <summary>What the server answers to a request, instead of what it should.</summary>
/// <param name="Path">As asked for.</param>
/// <param name="Headers">Of the request, by lower-case name.</param>
/// <param name="Times">How often this path was asked for, this time included.</param>
internal sealed record HubRequest(string Path, IReadOnlyDictionary<string, string> Headers, int Times);

/// <param name="Status">And its words.</param>
/// <param name="Headers">Lines.</param>
/// <param name="Body">Sent as far as <paramref name="Cut"/>.</param>
/// <param name="Cut">Bytes after which the connection breaks; null for none.</param>
/// <param name="Length">What Content-Length says; null for the truth.</param>
internal sealed record HubAnswer(string Status, string[] Headers, byte[] Body, int? Cut = null, long? Length = null);

/// <summary>
/// A hub on the loopback interface: listing, resolve with a redirect to another host and port, ranges, LFS hashes. A test can change any
/// answer. Raw sockets, because a server library would not cut and lie.
/// </summary>
internal sealed class TestHub : IAsyncDisposable
{
    internal const string Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TcpListener _api = new(IPAddress.Loopback, 0), _store = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _serving = [];
    private readonly Dictionary<string, int> _times = [];

    internal TestHub()
    {
        foreach (TcpListener listener in (TcpListener[])[_api, _store])
        {
            listener.Start();
            _serving.Add(AcceptAsync(listener, listener == _store));
        }
    }

    internal Dictionary<string, byte[]> Files { get; } = [];

    /// <summary>Large files are listed and stored by their SHA-256, the others by git's hash.</summary>
    internal HashSet<string> Large { get; } = [];

    internal string Repository { get; init; } = "org/name";

    internal string Plural { get; init; } = "models";

    /// <summary>Replaces an answer; null where the hub answers itself. The flag is true for the host that holds the large files.</summary>
    internal Func<HubRequest, bool, HubAnswer?> Instead { get; set; } = (_, _) => null;

    internal List<(HubRequest Request, bool Store)> Requests { get; } = [];

    internal string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_api.LocalEndpoint).Port}";

    internal static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

#pragma warning disable CA5350 // Git's own.
    internal static string GitHash(byte[] content) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));
#pragma warning restore CA5350

    internal string Hash(string file) => Large.Contains(file) ? Sha256(Files[file]) : GitHash(Files[file]);

    private async Task AcceptAsync(TcpListener listener, bool store)
    {
        try
        {
            while (true)
            {
                TcpClient client = await listener.AcceptTcpClientAsync(_end.Token);
                _ = Task.Run(() => ServeAsync(client, store));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, bool store)
    {
        using (client)
        {
            try
            {
                NetworkStream stream = client.GetStream();
                HubAnswer answer = Answer(await ReadAsync(stream), store);
                string head =
                    $"HTTP/1.1 {answer.Status}\r\n{string.Concat(answer.Headers.Select(h => h + "\r\n"))}Content-Length: " +
                        $"{answer.Length ?? answer.Body.Length}\r\nConnection: close\r\n\r\n";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head));
                await stream.WriteAsync(answer.Body.AsMemory(0, Math.Min(answer.Cut ?? int.MaxValue, answer.Body.Length)));
            }
            catch (IOException)
            {
                // The client has closed the connection, as it does when it is sent too much.
            }
        }
    }

    private async Task<HubRequest> ReadAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
            text.Append((char)one[0]);
        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string path = Uri.UnescapeDataString(lines[0].Split(' ')[1]);
        lock (_times)
            return new HubRequest(
                path,
                lines.Skip(1).ToDictionary(
                    l => l[..l.IndexOf(':', StringComparison.Ordinal)].ToLowerInvariant(),
                    l => l[(l.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()),
                _times[path] = _times.GetValueOrDefault(path) + 1);
    }

    private HubAnswer Answer(HubRequest request, bool store)
    {
        lock (Requests)
            Requests.Add((request, store));
        if (Instead(request, store) is { } other)
            return other;
        string resolve = $"/{(Plural == "datasets" ? "datasets/" : "")}{Repository}/resolve/{Commit}/",
            tree = $"/api/{Plural}/{Repository}/tree/{Commit}";
        if (request.Path.StartsWith($"/api/{Plural}/{Repository}/revision/", StringComparison.Ordinal))
            return Json(new JsonObject { ["sha"] = Commit });
        if (request.Path.StartsWith(tree, StringComparison.Ordinal))
            return Tree(request.Path);
        if (!store && request.Path.StartsWith(resolve, StringComparison.Ordinal)
            && request.Path[resolve.Length..] is var file && Files.TryGetValue(file, out byte[]? content))
        {
            // Large files are sent by another host, the others by the hub itself.
            return Large.Contains(file)
                ? new HubAnswer(
                    "302 Found",
                    [
                        $"Location: http://localhost:{((IPEndPoint)_store.LocalEndpoint).Port}/store/{file}?signature=1",
                        $"X-Linked-Etag: \"{Hash(file)}\"", $"X-Repo-Commit: {Commit}",
                    ],
                    [])
                : Content(request, content);
        }

        return store && request.Path.StartsWith("/store/", StringComparison.Ordinal)
            && Files.TryGetValue(request.Path["/store/".Length..].Split('?')[0], out byte[]? stored)
            ? Content(request, stored)
            : new HubAnswer("404 Not Found", ["X-Error-Code: RepoNotFound"], []);
    }

    /// <summary>Two files a page.</summary>
    private HubAnswer Tree(string path)
    {
        int from =
            path.Contains("cursor=", StringComparison.Ordinal) ? int.Parse(path.Split("cursor=")[1], CultureInfo.InvariantCulture) : 0;
        string[] names = [.. Files.Keys.Order(StringComparer.Ordinal)];
        JsonNode?[] entries =
        [
            .. names.Skip(from).Take(2).Select(n => (JsonNode?)(Large.Contains(n)
                ? new JsonObject
                {
                    ["type"] = "file",
                    ["path"] = n,
                    ["size"] = 130,
                    ["oid"] = GitHash(Files[n]),
                    ["lfs"] = new JsonObject { ["oid"] = Sha256(Files[n]), ["size"] = Files[n].Length, ["pointerSize"] = 130 },
                }
                : new JsonObject { ["type"] = "file", ["path"] = n, ["size"] = Files[n].Length, ["oid"] = GitHash(Files[n]) })),
        ];
        HubAnswer answer = Json(new JsonArray([new JsonObject { ["type"] = "directory", ["path"] = "folder", ["oid"] = "0" }, .. entries]));
        string next = $"{Endpoint}/api/{Plural}/{Repository}/tree/{Commit}?recursive=true&cursor={from + 2}";
        return from + 2 < names.Length ? answer with { Headers = [$"Link: <{next}>; rel=\"next\""] } : answer;
    }

    private static HubAnswer Json(JsonNode json) =>
        new("200 OK", ["Content-Type: application/json"], Encoding.UTF8.GetBytes(json.ToJsonString()));

    internal static HubAnswer Content(HubRequest request, byte[] content)
    {
        if (!request.Headers.TryGetValue("range", out string? range))
            return new HubAnswer("200 OK", ["ETag: \"other\""], content);
        int from = int.Parse(range.Split('=')[1].Split('-')[0], CultureInfo.InvariantCulture);
        return from >= content.Length
            ? new HubAnswer("416 Range Not Satisfiable", [$"Content-Range: bytes */{content.Length}"], [])
            : new HubAnswer("206 Partial Content", [$"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}"], content[from..]);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_serving);
        _api.Stop();
        _store.Stop();
        _end.Dispose();
    }
}
