using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI.Transport;

/// <summary>Requests through the transport to a server that fails in every way there is.</summary>
public sealed class EndpointTransportTests
{
    private const string Right = """{"answer": "right"}""";

    private readonly FastTime _time = new();

    public static TheoryData<string> Faults => [.. Fault.All.Keys];

    private EndpointTransport Open(Uri address, Func<TransportOptions, TransportOptions>? change = null)
    {
        var options = new TransportOptions
        {
            BaseAddress = address,
            Key = ApiKey.Read(variable: null, _ => Fault.Key),
            Attempts = 3,
            // Seconds of the fast clock: long enough for a busy machine.
            AttemptTime = TimeSpan.FromHours(10),
            LargestAnswer = 1 << 20,
            Time = _time,
        };
        return new EndpointTransport(change?.Invoke(options) ?? options);
    }

    private static TransportOptions Impatient(TransportOptions options) => options with { AttemptTime = TimeSpan.FromSeconds(300) };

    private static async Task<string> AskAsync(EndpointTransport transport, string body = "{}")
    {
        using var content = new StringContent(body);
        using HttpResponseMessage response = await transport.Client.PostAsync(new Uri("completions", UriKind.Relative), content);
        return await response.Content.ReadAsStringAsync();
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Send_AFaultThatPasses_IsAnsweredRight(string name)
    {
        Fault fault = Fault.All[name];
        await using var server = new FaultServer(r => r.Times == 1 ? fault.Answer(_time.GetUtcNow()) : ServerAnswer.Json(Right));
        using EndpointTransport transport = Open(server.Address, fault.Says.Contains("300 seconds") ? Impatient : null);
        if (fault.MayPass)
            Assert.Equal(Right, await AskAsync(transport));
        else
            await Assert.ThrowsAsync<EndpointException>(() => AskAsync(transport));
        HostTraffic traffic = Assert.Single(transport.Traffic).Value;
        Assert.Equal(fault.MayPass ? (2, 1) : (1, 0), (traffic.Requests, traffic.Repeated));
        Assert.Equal(fault.MayPass ? 2 : 1, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Send_AFaultThatStays_IsSaidInOneLine(string name)
    {
        Fault fault = Fault.All[name];
        await using var server = new FaultServer(_ => fault.Answer(_time.GetUtcNow()));
        using EndpointTransport transport = Open(server.Address, fault.Says.Contains("300 seconds") ? Impatient : null);
        EndpointException e = await Assert.ThrowsAsync<EndpointException>(() => AskAsync(transport));
        Assert.Contains(fault.Says, e.Message, StringComparison.Ordinal);
        Assert.Equal(fault.MayPass, e.Message.EndsWith($"({fault.Sent(3)} attempts)", StringComparison.Ordinal));
        Assert.DoesNotContain('\n', e.Message);
        Assert.DoesNotContain(Fault.Key, e.ToString(), StringComparison.Ordinal);
        Assert.Equal(fault.Sent(3), server.Requests.Count);
    }

    /// <summary>A server may close a connection that it has kept after an answer; the next request then takes another one.</summary>
    [Fact]
    public async Task Send_ConnectionsThatAreClosedBetweenRequests_AreNoFailure()
    {
        await using var server = new FaultServer(_ => ServerAnswer.Json(Right) with { Closes = true });
        using EndpointTransport transport = Open(server.Address);
        for (int i = 0; i < 50; i++)
            Assert.Equal(Right, await AskAsync(transport));
        Assert.InRange(server.Connections, 50, 100);
    }

    [Fact]
    public async Task Send_NoServer_SaysSo()
    {
        Uri address;
        await using (var server = new FaultServer(_ => new ServerAnswer()))
            address = server.Address;
        using EndpointTransport transport = Open(address);
        EndpointException e = await Assert.ThrowsAsync<EndpointException>(() => AskAsync(transport));
        Assert.StartsWith($"no connection to {address.Authority}: ", e.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A tenth of 1,000 requests meets a fault once or more: those whose fault passes within the attempts have their own answer, the
    /// others are errors, and no answer is another request's.
    /// </summary>
    [Fact]
    public async Task Send_AThousandRequestsWithFaults_EachEndsAsItShould()
    {
        const int requests = 1000, attempts = 4;
        Fault[] faults = [.. Fault.All.Values.Where(f => f.MayPass && !f.Says.Contains("300 seconds"))];
        var random = new Random(7);
        var failures = Enumerable.Range(0, requests).ToDictionary(
            i => Name(i), _ => random.Next(10) == 0 ? (Times: random.Next(1, 7), Fault: faults[random.Next(faults.Length)]) : default);
        await using var server = new FaultServer(r => r.Times <= failures[r.Body].Times
            ? failures[r.Body].Fault.Answer(_time.GetUtcNow())
            : ServerAnswer.Json($"\"{r.Body}\""));
        using EndpointTransport transport = Open(server.Address, o => o with { Attempts = attempts, Concurrency = 32 });
        var ends = new ConcurrentDictionary<string, string>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, requests),
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (i, _) =>
            {
                string end;
                try
                {
                    end = await AskAsync(transport, Name(i));
                }
                catch (EndpointException)
                {
                    end = "errored";
                }

                Assert.True(ends.TryAdd(Name(i), end));
            });
        Assert.Equal(requests, ends.Count);
        Assert.InRange(failures.Values.Count(f => f.Times > 0), 60, 140);
        Assert.Contains(failures.Values, f => f.Times >= attempts);
        int Most(string name) => failures[name].Fault?.Sent(attempts) ?? attempts;
        Assert.All(failures, f => Assert.Equal(f.Value.Times >= Most(f.Key) ? "errored" : $"\"{f.Key}\"", ends[f.Key]));
        Assert.All(
            server.Requests.GroupBy(r => r.Body), g => Assert.Equal(Math.Min(failures[g.Key].Times + 1, Most(g.Key)), g.Count()));
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"request {i}");

    /// <summary>One answer "too many requests" holds all requests back, and each need not hear it for itself.</summary>
    [Fact]
    public async Task Send_WhileTheServerAsksForTime_NothingIsSent()
    {
        var times = new ConcurrentQueue<DateTimeOffset>();
        await using var server = new FaultServer(r =>
        {
            times.Enqueue(_time.GetUtcNow());
            return r.Body == "first" ? Fault.All["429, wait 3 seconds"].Answer(default) : ServerAnswer.Json(Right);
        });
        using EndpointTransport transport = Open(server.Address, o => o with { Attempts = 1 });
        await Assert.ThrowsAsync<EndpointException>(() => AskAsync(transport, "first"));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AskAsync(transport, Name(i))));
        DateTimeOffset[] all = [.. times];
        Assert.Equal(9, all.Length);
        Assert.All(all[1..], t => Assert.True(t - all[0] >= TimeSpan.FromSeconds(3), $"{t - all[0]}"));
    }

    /// <summary>A server that is gone ends the run; a request that the server does not take says nothing of the others.</summary>
    [Fact]
    public async Task Send_ManyFailuresInARow_EndTheRun()
    {
        await using var server = new FaultServer(r => Fault.All[r.Body].Answer(default));
        using EndpointTransport transport = Open(server.Address, o => o with { Attempts = 1, MostFailuresInARow = 3 });
        foreach (string fault in (string[])["500", "500", "400", "500", "500", "422", "500", "500"])
            await Assert.ThrowsAsync<EndpointException>(() => AskAsync(transport, fault));
        EvalException e = await Assert.ThrowsAsync<EvalException>(() => AskAsync(transport, "500"));
        Assert.Equal(ExitCode.Model, e.ExitCode);
        Assert.Equal(
            $"{server.Address.Authority} has failed 3 requests in a row, the last one with: the server answers 500 Internal Server Error: "
            + "out of memory; what was answered before is kept, so see to the server and continue the run with --resume",
            e.Message);
    }

    [Theory]
    [InlineData("https://api.example.test/v1/", ExitCode.Environment, "api.example.test is another machine")]
    [InlineData("http://192.0.2.1:8000/v1/", ExitCode.Environment, "192.0.2.1:8000 is another machine")]
    [InlineData("http://localhost.example.test/", ExitCode.Environment, "--allow-network")]
    [InlineData("http://0.0.0.0:8000/", ExitCode.Environment, "--allow-network")]
    [InlineData("http://user:secret@localhost/", ExitCode.Usage, "a name, a password or a key in it")]
    [InlineData("http://localhost/?api_key=secret", ExitCode.Usage, "a name, a password or a key in it")]
    [InlineData("http://localhost/?a=1&Subscription-Key=secret", ExitCode.Usage, "a name, a password or a key in it")]
    [InlineData("file:///v1/", ExitCode.Usage, "expected http:// or https://")]
    public void Open_AnAddressThatMustNotBeAsked_IsRefused(string address, ExitCode code, string says)
    {
        EvalException e = Assert.Throws<EvalException>(() => Open(new Uri(address)));
        Assert.Equal(code, e.ExitCode);
        Assert.Contains(says, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_WithoutPermission_GoesToThisMachineOnly()
    {
        EvalException e = await Assert.ThrowsAsync<EvalException>(
            async () => await EndpointAddress.ConnectAsync(new DnsEndPoint("192.0.2.1", 9), allowNetwork: false, CancellationToken.None));
        Assert.Equal(ExitCode.Environment, e.ExitCode);
    }

    [Fact]
    public async Task Send_ToAnotherHost_IsAMistakeOfTheProgram()
    {
        await using var server = new FaultServer(_ => new ServerAnswer());
        await using var other = new FaultServer(_ => new ServerAnswer());
        using EndpointTransport transport = Open(server.Address);
        await Assert.ThrowsAsync<InvalidOperationException>(() => transport.Client.GetAsync(other.Address));
        Assert.Empty(other.Requests);
        Assert.Empty(transport.Traffic);
    }

    [Fact]
    public async Task Send_TheKey_IsInTheHeaderThatTheServerTakes()
    {
        await using var server = new FaultServer(_ => ServerAnswer.Json(Right));
        using (EndpointTransport transport = Open(server.Address))
            await AskAsync(transport);
        using (EndpointTransport transport = Open(server.Address, o => o with { KeyHeader = KeyHeader.ApiKey }))
            await AskAsync(transport);
        using (EndpointTransport transport = Open(server.Address, o => o with { Key = null }))
            await AskAsync(transport);
        string[] Sent(string header) => [.. server.Requests.Select(r => r.Headers.GetValueOrDefault(header) ?? "none")];
        Assert.Equal([$"Bearer {Fault.Key}", "none", "none"], Sent("authorization"));
        Assert.Equal(["none", Fault.Key, "none"], Sent("api-key"));
    }

    /// <summary>The bytes are those of the connection: headers too.</summary>
    [Fact]
    public async Task Traffic_HasTheBytesOfTheConnection()
    {
        await using var server = new FaultServer(_ => ServerAnswer.Json(Right));
        using EndpointTransport transport = Open(server.Address);
        Assert.Empty(transport.Traffic);
        string body = new('a', 10_000);
        for (int i = 0; i < 3; i++)
            await AskAsync(transport, body);
        (string host, HostTraffic traffic) = Assert.Single(transport.Traffic);
        Assert.Equal(server.Address.Authority, host);
        string answer = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Right.Length}\r\n\r\n{Right}";
        Assert.Equal(new HostTraffic(3, 0, traffic.BytesSent, 3 * answer.Length), traffic);
        Assert.InRange(traffic.BytesSent, 3 * (body.Length + 100), 3 * (body.Length + 400));
    }
}
