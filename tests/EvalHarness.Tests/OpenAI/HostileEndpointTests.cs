using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.Results;
using EvalHarness.Tests.Cli;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI;

/// <summary>Whole runs on an endpoint that fails, costs money, or tries to get the key into the run's files.</summary>
public sealed class HostileEndpointTests : IDisposable
{
    private const string KeyVariable = "EVALHARNESS_TEST_KEY";

    private readonly TemporaryFolder _folder = new();

    public HostileEndpointTests() => Environment.SetEnvironmentVariable(KeyVariable, Fault.Key);

    public void Dispose() => _folder.Dispose();

    private string Output => _folder["run"];

    private static bool IsQuestion(ServerRequest request) => request.Body.Contains("Question:", StringComparison.Ordinal);

    private static ServerAnswer Chat(string text = "So many. #### 4", string model = "m") => ServerAnswer.Json(JsonSerializer.Serialize(new
    {
        id = "1",
        @object = "chat.completion",
        created = 1_700_000_000,
        model,
        choices = new[] { new { index = 0, message = new { role = "assistant", content = text }, finish_reason = "stop" } },
        usage = new { prompt_tokens = 100, completion_tokens = 50, total_tokens = 150 },
    }));

    private Task<CommandLineResult> RunAsync(FaultServer server, int limit, params string[] more) => CommandLine.RunAsync(
    [
        "run", "--model", $"openai:{server.Address}#m", "--apply-chat-template", "--tasks", "quick_gsm8k",
        "--limit", limit.ToString(CultureInfo.InvariantCulture), "--api-key-from", KeyVariable, "--output", Output, .. more,
    ]);

    private static ServerAnswer Soon(string status, string body) =>
        new() { Status = status, Body = body, Headers = ["retry-after-ms: 1"] };

    /// <summary>Every file of a run, and what it printed.</summary>
    private IEnumerable<string> Written(CommandLineResult result) => Directory
        .EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories)
        .Select(f => Encoding.Latin1.GetString(File.ReadAllBytes(f)))
        .Append(result.Output)
        .Append(result.Error);

    /// <summary>The server puts all headers that it got into its errors and its answers.</summary>
    [Fact]
    public async Task Run_AServerThatRepeatsTheHeaders_GetsTheKeyIntoNoFile()
    {
        int questions = 0;
        await using var server = new FaultServer(r =>
        {
            string headers = string.Join("; ", r.Headers.Select(h => $"{h.Key}: {h.Value}"));
            string base64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(headers));
            if (!IsQuestion(r))
                return Chat();
            return (Interlocked.Increment(ref questions) % 6) switch
            {
                0 => Soon("400 Bad Request", JsonSerializer.Serialize(new { error = new { message = headers } })),
                1 => Soon("422 Unprocessable Entity", headers),
                2 => Soon("500 Internal Server Error", JsonSerializer.Serialize(new { detail = base64 })),
                3 => Chat(headers),
                4 => Chat(base64) with { Headers = [$"X-Echo: {headers}"] },
                _ => Chat(),
            };
        });
        CommandLineResult result = await RunAsync(
            server, 20, "--concurrency", "4", "--lm-eval-output", _folder["lm-eval"]);
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        await CommandLine.SucceedAsync("report", Output, "--output", _folder["report.html"]);
        string base64Key = Convert.ToBase64String(Encoding.UTF8.GetBytes(Fault.Key)).TrimEnd('=')[..^2];
        Assert.All(server.Requests.Where(IsQuestion), r => Assert.Equal($"Bearer {Fault.Key}", r.Headers["authorization"]));
        string[] written = [.. Written(result)];
        Assert.Contains(written, text => text.Contains(KeyVariable, StringComparison.Ordinal));
        Assert.Contains(written, text => text.Contains("(key)", StringComparison.Ordinal));
        Assert.All(written, text =>
        {
            Assert.DoesNotContain(Fault.Key, text, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(base64Key, text, StringComparison.Ordinal);
        });
    }

    /// <summary>
    /// Three of twenty documents meet a fault: one that stays, and two that pass. The journal has each document once.
    /// </summary>
    [Fact]
    public async Task Run_Faults_AreErroredSamplesAndNothingElse()
    {
        string[] refused = ["400", "413", "422", "the key, in an answer", "half of a character", "redirects"];
        var faults = new Dictionary<string, int>();
        await using var server = new FaultServer(r =>
        {
            if (!IsQuestion(r))
                return Chat();
            int place;
            lock (faults)
                place = faults.TryAdd(r.Body, faults.Count) ? faults.Count - 1 : faults[r.Body];
            return (place % 20, r.Times) switch
            {
                (3, _) => Fault.All[refused[place / 20 % refused.Length]].Answer(default),
                (9, < 4) => Soon("503 Service Unavailable", ""),
                (15, 1) => Soon("500 Internal Server Error", "<html>"),
                _ => Chat($"#### {place}"),
            };
        });
        CommandLineResult result = await RunAsync(server, 300, "--concurrency", "16");
        Assert.Equal((int)ExitCode.SamplesErrored, result.ExitCode);
        JsonNode[] lines = [.. (await File.ReadAllLinesAsync(Path.Combine(Output, "responses.jsonl"))).Select(l => JsonNode.Parse(l)!)];
        Assert.Equal(Enumerable.Range(0, 300), lines.Select(l => (int)l["doc_id"]!).Order());
        Assert.Equal(15, lines.Count(l => l["error"] is not null));
        Assert.Equal(285, lines.Where(l => l["error"] is null).Select(l => (string)l["response"]!).Distinct().Count());
        RunReport report = RunFolder.Open(Output).ReadResults();
        Assert.Equal(15, report.Harness.Errored["quick_gsm8k"]);
        HostTraffic traffic = Assert.Single(RunFolder.Open(Output).ReadManifest().Sessions[0].Network).Value;
        Assert.Equal(server.Requests.Count, traffic.Requests);
        Assert.Equal((15 * 3) + 15, traffic.Repeated);
    }

    /// <summary>A server that is gone makes no errored samples of all that is left, and the run goes on when it is back.</summary>
    [Fact]
    public async Task Run_AServerThatIsGone_EndsAndIsContinued()
    {
        bool isGone = true;
        int answered = 0;
        await using var server = new FaultServer(r => IsQuestion(r) && Volatile.Read(ref isGone) && Interlocked.Increment(ref answered) > 10
            ? Soon("503 Service Unavailable", "shutting down")
            : Chat());
        CommandLineResult result = await RunAsync(server, 60);
        Assert.Equal((int)ExitCode.Model, result.ExitCode);
        Assert.Contains(
            "has failed 20 requests in a row, the last one with: the server answers 503", result.ErrorLine, StringComparison.Ordinal);
        Assert.Equal("failed", RunFolder.Open(Output).ReadManifest().Sessions[0].End);
        Volatile.Write(ref isGone, false);
        await CommandLine.SucceedAsync("run", "--resume", Output);
        Manifest manifest = RunFolder.Open(Output).ReadManifest();
        Assert.Equal("finished", manifest.Sessions[1].End);
        Assert.Equal(server.Requests.Count, manifest.Sessions.Sum(s => s.Network.Values.Sum(t => t.Requests)));
        HarnessReport report = RunFolder.Open(Output).ReadResults().Harness;
        Assert.Equal(0, report.Errored["quick_gsm8k"]);
        Assert.Equal((60 * 100, 60 * 50), (report.Usage.PromptTokensAsked, report.Usage.TokensGenerated));
        Assert.Equal(report.Usage, report.Work["quick_gsm8k"].Usage);
        Assert.Equal(report.Seconds.Total, manifest.Sessions.Sum(s => s.Work!.Seconds.Total), 1e-9);
    }

    /// <summary>The prompts cost 0.1 each and the completions 0.1; the most that one can cost is reckoned without a tokenizer.</summary>
    [Fact]
    public async Task Run_ABudget_StopsBeforeItIsSpentAndIsContinued()
    {
        _folder.Write("prices.yaml", "currency: EUR\nmodels:\n  m: {per_million_input: 1000, per_million_output: 2000}\n");
        await using var server = new FaultServer(_ => Chat());
        CommandLineResult result = await RunAsync(server, 60, "--prices", _folder["prices.yaml"], "--max-cost", "7");
        Assert.Equal((int)ExitCode.BudgetReached, result.ExitCode);
        Assert.StartsWith("error: --max-cost 7: ", result.ErrorLine, StringComparison.Ordinal);
        RunSession first = RunFolder.Open(Output).ReadManifest().Sessions[0];
        Assert.Equal("budget", first.End);
        Assert.InRange(first.Spent!.Value, 1, 7);
        Assert.Equal(0.2 * server.Requests.Count(r => r.Body.Length > 0), first.Spent.Value, 6);
        CommandLineResult again = await CommandLine.RunAsync("run", "--resume", Output);
        Assert.Equal((int)ExitCode.BudgetReached, again.ExitCode);
        await CommandLine.SucceedAsync("run", "--resume", Output, "--max-cost", "100");
        HarnessReport report = RunFolder.Open(Output).ReadResults().Harness;
        Spending spending = report.Spending!;
        Assert.Equal(0.2 * server.Requests.Count(r => r.Body.Length > 0), spending.AllStarts, 6);
        Assert.Equal("EUR", spending.Currency);
        Assert.Equal(60, server.Requests.Where(IsQuestion).DistinctBy(r => r.Body).Count());
        Assert.All(server.Requests.Where(IsQuestion), r => Assert.Equal(1, r.Times));
        Manifest manifest = RunFolder.Open(Output).ReadManifest();
        Assert.Equal("100", manifest.Options.MaxCost);
        Assert.Equal(spending.AllStarts, manifest.Sessions.Sum(s => s.Spent)!.Value, 6);
        Assert.Equal((60 * 100, 60 * 50), (report.Usage.PromptTokensAsked, report.Usage.TokensGenerated));
        Assert.Equal(report.Usage.TokensGenerated, manifest.Sessions.Sum(s => s.Work!.Usage.TokensGenerated));
    }

    [Fact]
    public async Task Run_AnotherMachineWithoutPermission_IsRefused()
    {
        CommandLineResult result = await CommandLine.RunAsync(
            "run", "--model", "openai:http://192.0.2.1:8000/v1#m", "--apply-chat-template", "--tasks", "quick_gsm8k", "--output", Output);
        Assert.Equal((int)ExitCode.Environment, result.ExitCode);
        Assert.Contains("192.0.2.1:8000 is another machine", result.ErrorLine, StringComparison.Ordinal);
    }
}
