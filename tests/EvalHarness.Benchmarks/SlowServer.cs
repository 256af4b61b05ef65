using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EvalHarness.Benchmarks;

/// <summary>
/// An endpoint on the loopback interface that answers every chat and completion with the same text after a fixed time. It does little else,
/// so that a study measures the client.
/// </summary>
internal static class SlowServer
{
    private const string Models = """{"object": "list", "data": [{"id": "m", "object": "model"}]}""";

    private const string Answer = """
        {"id": "1", "object": "chat.completion", "created": 1700000000, "model": "m", "choices": [{"index": 0, "finish_reason": "stop",
        "message": {"role": "assistant", "content": "The answer is 4."}}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 5, "total_tokens": 105}}
        """;

    /// <summary>Prints its port, and serves until standard input ends.</summary>
    internal static async Task ServeAsync(TimeSpan delay)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 512);
        Console.WriteLine(((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture));
        // The console reads synchronously, whatever its methods are called.
        Task<string?> end = Task.Run(Console.In.ReadLine);
        while (true)
        {
            Task<TcpClient> client = listener.AcceptTcpClientAsync();
            if (await Task.WhenAny(client, end).ConfigureAwait(false) == end)
                return;
            _ = ServeAsync(await client.ConfigureAwait(false), delay);
        }
    }

    private static async Task ServeAsync(TcpClient client, TimeSpan delay)
    {
        using (client)
        {
            client.NoDelay = true;
            NetworkStream stream = client.GetStream();
            byte[] buffer = new byte[1 << 20];
            int filled = 0;
            try
            {
                while (true)
                {
                    int head, length = 0;
                    while ((head = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8)) < 0
                        || filled < head + 4 + (length = Length(buffer, head)))
                    {
                        int read = await stream.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false);
                        if (read == 0)
                            return;
                        filled += read;
                    }

                    bool asks = buffer[0] == 'P';
                    int used = head + 4 + length;
                    buffer.AsSpan(used, filled - used).CopyTo(buffer);
                    filled -= used;
                    if (asks)
                        await Task.Delay(delay).ConfigureAwait(false);
                    string body = asks ? Answer : Models;
                    await stream
                        .WriteAsync(Encoding.ASCII.GetBytes(
                            $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"))
                        .ConfigureAwait(false);
                }
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }

    private static int Length(byte[] buffer, int head)
    {
        string text = Encoding.ASCII.GetString(buffer, 0, head);
        string? line = text.Split("\r\n").FirstOrDefault(l => l.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase));
        return line is null ? 0 : int.Parse(line["Content-Length: ".Length..], CultureInfo.InvariantCulture);
    }
}
