using EvalHarness.Tests.Cli;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>What a run says where an endpoint, or what was asked of it, does not fit: one line, and what to do.</summary>
public sealed class EndpointMistakeTests : IDisposable
{
    private const string Text =
        """{"model": "m", "choices": [{"text": "x", "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}]}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static ServerAnswer Refusal(string status, string message, string code = "", string parameter = "")
    {
        string body = $$$"""{"error": {"message": "{{{message}}}", "code": "{{{code}}}", "param": "{{{parameter}}}"}}""";
        return ServerAnswer.Json(body) with { Status = status };
    }

    private static ServerAnswer Refused(ServerRequest request, string word, string message, string parameter = "") =>
        request.Body.Contains($"\"{word}\"", StringComparison.Ordinal)
            ? Refusal("400 Bad Request", message, "unsupported_parameter", parameter)
            : ServerAnswer.Json(Text);

    private Task<CommandLineResult> RunAsync(FaultServer server, string tasks, params string[] more) => CommandLine.RunAsync(
    [
        "run", "--model", $"openai:{server.Address.ToString().TrimEnd('/')}#m", "--tasks", tasks, "--limit", "2", "--num-fewshot", "0",
        "--output", _folder["run"], .. more,
    ]);

    [Fact]
    public async Task UnknownModel_IsAnsweredWithTheNamesThereAre()
    {
        await using FaultServer server = new(r => r.Path.EndsWith("/models", StringComparison.Ordinal)
            ? ServerAnswer.Json("""{"data": [{"id": "a"}, {"id": "b"}]}""")
            : Refusal("404 Not Found", "no such model"));
        CommandLineResult run = await RunAsync(server, "quick_gsm8k", "--apply-chat-template");
        Assert.Equal((int)ExitCode.Model, run.ExitCode);
        Assert.Contains("knows no model m; it has a, b", run.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WantedKey_IsAskedFor()
    {
        await using FaultServer server = new(_ => Refusal("401 Unauthorized", "no key"));
        CommandLineResult run = await RunAsync(server, "quick_gsm8k", "--apply-chat-template");
        Assert.Equal((int)ExitCode.Model, run.ExitCode);
        Assert.Contains("OPENAI_API_KEY", run.ErrorLine, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServerThatDoesNotScore_IsNamedBeforeATaskIsAnswered()
    {
        await using FaultServer server = new(_ => ServerAnswer.Json(Text));
        CommandLineResult run = await RunAsync(server, "quick_mmlu_animals");
        Assert.Equal((int)ExitCode.Model, run.ExitCode);
        Assert.Contains("needs log-likelihoods, which", run.ErrorLine, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, r => r.Body.Contains("Answer:", StringComparison.Ordinal));
    }

    /// <summary>OpenAI's reasoning models want another name for the limit, and take no stop strings.</summary>
    [Theory]
    [InlineData("max_tokens", "max_completion_tokens")]
    [InlineData("stop", "max_tokens")]
    public async Task FieldThatHasAnotherWay_IsReplaced(string refused, string sent)
    {
        await using FaultServer server = new(r => Refused(r, refused, $"Unsupported parameter: '{refused}'", refused));
        CommandLineResult run = await RunAsync(server, "quick_gsm8k", "--apply-chat-template");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains($"\"{sent}\"", server.Requests.Last().Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{refused}\"", server.Requests.Last().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FieldThatHasNoOtherWay_EndsTheRun()
    {
        await using FaultServer server = new(r => Refused(r, "top_k", "Unrecognized request argument supplied: top_k"));
        CommandLineResult run = await RunAsync(
            server, "quick_gsm8k", "--apply-chat-template", "--gen-kwargs", "do_sample=true,temperature=0.5,top_k=5");
        Assert.Equal((int)ExitCode.Model, run.ExitCode);
        Assert.Contains("does not take the field top_k", run.ErrorLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--workers", "2")]
    [InlineData("--tokenizer", "genai")]
    [InlineData("--max-length", "100", "--apply-chat-template")]
    public async Task OptionThatIsTheServersToSay_IsRefused(params string[] options)
    {
        await using FaultServer server = new(_ => ServerAnswer.Json(Text));
        CommandLineResult run = await RunAsync(server, "quick_gsm8k", options);
        Assert.Equal((int)ExitCode.Usage, run.ExitCode);
        Assert.Contains(options[0], run.ErrorLine, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Theory]
    [InlineData("openai:http://localhost:8000/v1", "no model is named")]
    [InlineData("openai:localhost#m", "does not begin with http")]
    [InlineData("openai:http://localhost/v1/chat/completions#m", "ends in /chat/completions")]
    public async Task Address_OfAnotherForm_IsExplained(string model, string expected)
    {
        CommandLineResult run = await CommandLine.RunAsync("run", "--model", model, "--tasks", "quick_gsm8k", "--output", _folder["run"]);
        Assert.Equal((int)ExitCode.Usage, run.ExitCode);
        Assert.Contains(expected, run.ErrorLine, StringComparison.Ordinal);
    }
}
