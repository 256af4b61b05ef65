using System.Collections;
using System.Diagnostics;
using System.Globalization;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Tasks;

namespace EvalHarness.Benchmarks;

/// <summary>
/// How many requests a second the endpoint engine carries when the server answers after 50 ms and 64 are under way, and how its memory
/// grows with the number of requests. Server and engine are processes of their own.
/// </summary>
internal static class EndpointStudy
{
    private const int Concurrency = 64;

    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    internal static async Task RunAsync()
    {
        double ideal = Concurrency / Delay.TotalSeconds;
        using Process server = Start("study", "endpoint", "server");
        string port = (await server.StandardOutput.ReadLineAsync().ConfigureAwait(false))!;
        Console.WriteLine("| Requests | Seconds | Requests a second | Of the ideal | Peak memory, MiB |\n|---:|---:|---:|---:|---:|");
        foreach (int requests in (int[])[10_000, 100_000])
        {
            using Process engine = Start("study", "endpoint", port, requests.ToString(CultureInfo.InvariantCulture));
            string line = (await engine.StandardOutput.ReadLineAsync().ConfigureAwait(false))!;
            string[] numbers = line.Split(' ');
            await engine.WaitForExitAsync().ConfigureAwait(false);
            double seconds = double.Parse(numbers[0], CultureInfo.InvariantCulture);
            double mebibytes = long.Parse(numbers[1], CultureInfo.InvariantCulture) / 1048576.0;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {requests} | {seconds:0.00} | {requests / seconds:0} | {requests / seconds / ideal:0.000} | {mebibytes:0.0} |"));
        }

        server.StandardInput.Close();
        await server.WaitForExitAsync().ConfigureAwait(false);
    }

    internal static Task ServeAsync() => SlowServer.ServeAsync(Delay);

    /// <summary>Sends requests that are made on demand, throws the answers away, and prints seconds and peak memory.</summary>
    internal static async Task AskAsync(string port, int requests)
    {
        var address = ModelAddress.Parse($"openai:http://127.0.0.1:{port}/v1#m");
        var options = new EndpointOptions
        {
            GivenAs = "m",
            Address = address,
            Transport = new TransportOptions { BaseAddress = address.Url, Concurrency = Concurrency },
            IsChat = true,
            Concurrency = Concurrency,
        };
        EndpointEngine engine = await EndpointEngine.OpenAsync(options, CancellationToken.None).ConfigureAwait(false);
        await using (engine.ConfigureAwait(false))
        {
            long start = Stopwatch.GetTimestamp();
            int answered = 0;
            var answeredBefore = new HashSet<RequestKey>();
            await foreach (Response response in engine
                .RunAsync(new Requests(requests), answeredBefore, CancellationToken.None)
                .ConfigureAwait(false))
            {
                answered += response.Error is null ? 1 : throw new InvalidOperationException(response.Error);
            }

            if (answered != requests)
                throw new InvalidOperationException($"{answered} answers to {requests} requests.");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Stopwatch.GetElapsedTime(start).TotalSeconds} {Process.GetCurrentProcess().PeakWorkingSet64}"));
        }
    }

    private static Process Start(params string[] arguments) => Process.Start(
        new ProcessStartInfo("dotnet", [typeof(EndpointStudy).Assembly.Location, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;

    /// <summary>Requests that exist only while somebody holds them.</summary>
    private sealed class Requests(int count) : IReadOnlyList<Request>
    {
        public int Count => count;

        public Request this[int index] => new GenerateRequest
        {
            Key = new RequestKey("study", index, 0),
            Prompt = Prompt.FromMessages([new ChatMessage("user", $"Question {index}: {new string('x', 400)}")], isPrefilled: false),
            Options = new GenerationOptions { Until = [], MaxTokens = 16 },
            Seed = 0,
        };

        public IEnumerator<Request> GetEnumerator() => Enumerable.Range(0, count).Select(i => this[i]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
