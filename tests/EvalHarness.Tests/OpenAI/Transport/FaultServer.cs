using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EvalHarness.Tests.OpenAI.Transport;

/// <param name="Path">With its query.</param>
/// <param name="Headers">By lower-case name.</param>
/// <param name="Body">As text.</param>
/// <param name="Times">How often a request of this body came, this time included.</param>
internal sealed record ServerRequest(string Path, IReadOnlyDictionary<string, string> Headers, string Body, int Times);

/// <summary>What the server sends, right or wrong.</summary>
internal sealed record ServerAnswer
{
    public string Status { get; init; } = "200 OK";

    /// <summary>Lines, without their ends.</summary>
    public IReadOnlyList<string> Headers { get; init; } = [];

    public string Body { get; init; } = "{}";

    /// <summary>What Content-Length says; null for the truth.</summary>
    public long? Length { get; init; }

    /// <summary>Everything that is sent, in place of status, headers and body; null to send those.</summary>
    public string? Raw { get; init; }

    /// <summary>Bytes after which nothing more is sent; null for none.</summary>
    public int? Cut { get; init; }

    /// <summary>Holds the connection open after the last byte and sends nothing more.</summary>
    public bool Stalls { get; init; }

    /// <summary>Closes the connection after the answer, without having said so.</summary>
    public bool Closes { get; init; }

    /// <summary>Breaks the connection off, so that the client's system reports a reset.</summary>
    public bool Resets { get; init; }

    /// <summary>Before the first byte, in real time.</summary>
    public TimeSpan Delay { get; init; }

    internal static ServerAnswer Json(string body) => new() { Body = body, Headers = ["Content-Type: application/json"] };
}

/// <summary>
/// A server on the loopback interface that answers as a test says. Raw sockets, because a server library would not cut and lie.
/// </summary>
internal sealed class FaultServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<ServerRequest, ServerAnswer> _answer;
    private readonly ConcurrentDictionary<string, int> _times = [];
    private readonly ConcurrentDictionary<Task, byte> _connections = [];
    private readonly Task _accepting;

    internal FaultServer(Func<ServerRequest, ServerAnswer> answer)
    {
        _answer = answer;
        _listener.Start(backlog: 512);
        _accepting = AcceptAsync();
    }

    internal ConcurrentQueue<ServerRequest> Requests { get; } = [];

    internal int Connections { get; private set; }

    internal Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/v1/");

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
                Connections++;
                var serving = Task.Run(() => ServeAsync(client));
                _connections.TryAdd(serving, 0);
                _ = serving.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            try
            {
                var stream = new BufferedStream(client.GetStream());
                while (await ReadAsync(stream) is { } request)
                {
                    Requests.Enqueue(request);
                    ServerAnswer answer = _answer(request);
                    await Task.Delay(answer.Delay, _end.Token);
                    byte[] bytes = Encoding.UTF8.GetBytes(answer.Raw ?? Text(answer));
                    await client.GetStream().WriteAsync(bytes.AsMemory(0, Math.Min(answer.Cut ?? int.MaxValue, bytes.Length)), _end.Token);
                    if (answer.Stalls)
                        await Task.Delay(Timeout.Infinite, _end.Token);
                    if (answer.Resets)
                        client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
                    if (answer.Resets || answer.Closes || answer.Cut is not null || answer.Raw is not null)
                        return;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                // The client has gone, or the test is over.
            }
        }
    }

    private static string Text(ServerAnswer answer)
    {
        string headers = string.Concat(answer.Headers.Select(h => h + "\r\n"));
        long length = answer.Length ?? Encoding.UTF8.GetByteCount(answer.Body);
        return string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status}\r\n{headers}Content-Length: {length}\r\n\r\n{answer.Body}");
    }

    /// <returns>Null where the client has closed the connection.</returns>
    private async Task<ServerRequest?> ReadAsync(BufferedStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            if (await stream.ReadAsync(one, _end.Token) == 0)
                return null;
            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(l => l[0].ToLowerInvariant(), l => l[1]);
        byte[] body = new byte[int.Parse(headers.GetValueOrDefault("content-length") ?? "0", CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _end.Token);
        string text = Encoding.UTF8.GetString(body);
        return new ServerRequest(lines[0].Split(' ')[1], headers, text, _times.AddOrUpdate(text, 1, (_, times) => times + 1));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _listener.Dispose();
        _end.Dispose();
    }
}
