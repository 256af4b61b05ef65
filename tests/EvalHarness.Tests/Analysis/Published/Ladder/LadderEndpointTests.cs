using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.Analysis.Published.Ladder;

/// <summary>A ladder on an endpoint that answers as the conversation is put.</summary>
[Trait("Speed", "slow")]
public sealed partial class LadderEndpointTests : IDisposable
{
    private const int Rows = 200, Concurrency = 4;

    private readonly TemporaryFolder _folder = new();

    public LadderEndpointTests()
    {
        TinyData.WriteShard(_folder["data"], "test-00000-of-00001.parquet", Enumerable.Range(0, Rows).Select(TinyData.MakeRow));
        TinyData.WriteShard(_folder["data"], "train-00000-of-00001.parquet", Enumerable.Range(1000, 8).Select(TinyData.MakeRow));
        _folder.Write("tasks/tiny.yaml", TinyData.Task);
    }

    private void WriteRegistry(int shots) => _folder.Write("scores.yaml", $$"""
        sources:
          - {id: own, title: Own measurement, address: 'https://example.org', read: 2026-11-21}
        protocols:
          - {id: p, tasks: tiny, num_fewshot: {{shots}}, metric: exact_match, apply_chat_template: true}
        scores:
          - {model: m, benchmark: tiny, value: 90.0, source: own, primary: true, protocol: p}
        """);

    /// <summary>
    /// The program as it is built, whose runs find the libraries of an endpoint; those of this process's folder are the test host's.
    /// </summary>
    private static string Program => Path.Combine(
        Shared.Repository, "artifacts", "bin", "EvalHarness.Cli",
        Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "evalharness.dll");

    private string[] Arguments(FaultServer server) =>
    [
        Program, "reproduce", "--model", $"openai:{server.Address}#m", "--as", "m", "--registry", _folder["scores.yaml"],
        "--include-path", _folder["tasks"], "--datasets", _folder["data"], "--concurrency", $"{Concurrency}",
        "--output", _folder["runs"], "--json",
    ];

    private Process Start(FaultServer server) => Process.Start(new ProcessStartInfo("dotnet", Arguments(server))
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(FaultServer server)
    {
        using Process process = Start(server);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private static bool IsQuestion(ServerRequest request) => request.Body.Contains("What is", StringComparison.Ordinal);

    /// <summary>Half of the answers are right, and nine of ten where the conversation is put as the source did it.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isPlanted">Whether it is, by the body and the last turn.</param>
    private static ServerAnswer Answer(ServerRequest request, Func<string, string, bool> isPlanted)
    {
        if (request.Path.EndsWith("/completions", StringComparison.Ordinal) && !request.Path.Contains("/chat/", StringComparison.Ordinal))
            return new ServerAnswer { Status = "400 Bad Request", Body = """{"error": {"message": "this server only chats"}}""" };
        JsonNode body = JsonNode.Parse(request.Body.Length == 0 ? "{}" : request.Body)!;
        string last = body["messages"]?.AsArray()[^1]!["content"]!.GetValue<string>() ?? "";
        MatchCollection numbers = Question().Matches(last);
        int number = numbers.Count == 0 ? 0 : int.Parse(numbers[^1].Groups[1].Value, CultureInfo.InvariantCulture);
        bool isRight = isPlanted(request.Body, last) ? number % 10 != 0 : number % 2 == 0;
        return ServerAnswer.Json(JsonSerializer.Serialize(new
        {
            id = "1",
            @object = "chat.completion",
            created = 1_700_000_000,
            model = "m",
            choices = new[]
            {
                new { index = 0, message = new { role = "assistant", content = isRight ? $"{2 * number}" : "?" }, finish_reason = "stop" },
            },
            usage = new { prompt_tokens = 10, completion_tokens = 2, total_tokens = 12 },
        }));
    }

    private static bool HasPrompt(string body, string last) => body.Contains("helpful assistant", StringComparison.Ordinal);

    /// <summary>Whether the shots stand before the question in its own turn.</summary>
    private static bool HasShots(string body, string last) => Question().Count(last) > 1;

    [Theory]
    [InlineData("system prompt (none but the template's own → \"You are a helpful assistant.\")", 0)]
    [InlineData("shots as turns (a turn each → all in one turn)", 2)]
    public async Task Reproduce_ConversationPutInAnotherWay_IsNamed(string cause, int shots)
    {
        WriteRegistry(shots);
        await using var server = new FaultServer(request => Answer(request, shots == 0 ? HasPrompt : HasShots));
        (int exitCode, string output, string error) = await RunAsync(server);
        Assert.True(exitCode == (int)ExitCode.NotReproduced, error);
        JsonNode ladder = JsonNode.Parse(output)![0]!["ladder"]!;
        Assert.True(cause == (string?)ladder["cause"], output);
        JsonNode template = ladder["rounds"]![0]!["rungs"]!.AsArray().Single(r => (string)r!["setting"]! == "chat template")!;
        Assert.Equal("not_tried", (string)template["verdict"]!);
        Assert.Contains("its run ended with exit code 5: 127.0.0.1", (string)template["reason"]!, StringComparison.Ordinal);
        Assert.InRange((int)ladder["rows"]!, 1, Rows - 1);
    }

    /// <summary>What was asked before the end is not asked again, but for the few answers that were on their way.</summary>
    [SkippableFact]
    public async Task Reproduce_StoppedWithinTheLadder_GoesOn()
    {
        Skip.If(OperatingSystem.IsWindows(), "sends a signal to one process, which Windows has not");
        WriteRegistry(shots: 0);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int asked = 0;
        bool holds = false;
        await using var server = new FaultServer(request =>
        {
            if (IsQuestion(request) && Interlocked.Increment(ref asked) == Rows + 50)
            {
                holds = true;
                stop.SetResult();
            }

            return Answer(request, HasPrompt) with { Delay = holds ? TimeSpan.FromHours(1) : TimeSpan.Zero };
        });
        using (Process stopped = Start(server))
        {
            Task<string> output1 = stopped.StandardOutput.ReadToEndAsync(), error1 = stopped.StandardError.ReadToEndAsync();
            // Not on the threads of the tests, which other tests may keep busy for minutes.
            await Task.Run(async () =>
            {
                await Task.WhenAny(stop.Task, stopped.WaitForExitAsync());
                // Ctrl-C's own signal is ignored by all that a shell started in the background.
                using var signal = Process.Start("kill", ["-TERM", $"{stopped.Id}"]);
                await stopped.WaitForExitAsync();
            });
            Assert.True(stopped.ExitCode == (int)ExitCode.Interrupted, $"{stopped.ExitCode}: {await output1}{await error1}");
            holds = false;
        }

        (int exitCode, string output, string error) = await RunAsync(server);
        Assert.True(exitCode == (int)ExitCode.NotReproduced, error);
        Assert.StartsWith("system prompt", (string?)JsonNode.Parse(output)![0]!["ladder"]!["cause"], StringComparison.Ordinal);
        int twice = server.Requests.Count(
            r => IsQuestion(r) && r.Times > 1 && r.Path.Contains("/chat/", StringComparison.Ordinal));
        Assert.InRange(twice, 0, 2 * Concurrency);
    }

    [GeneratedRegex(@"What is (\d+) \+")]
    private static partial Regex Question();

    public void Dispose() => _folder.Dispose();
}
