using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>
/// Answers in the forms of servers that people use. The forms are those of the sources that stand beside them, and the values are our own.
/// </summary>
public sealed class ServerFormTests
{
    private const string Probe =
        """{"model": "m", "choices": [{"text": "x", "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}]}""";

    private static readonly Dictionary<string, JsonElement> Forms = JsonElement
        .Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "OpenAI", "Engine", "server-forms.json")))
        .EnumerateArray()
        .ToDictionary(f => f.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Form_BecomesTheResponse(string name)
    {
        JsonElement form = Forms[name], expected = form.GetProperty("expected");
        bool isChat = form.GetProperty("route").GetString() == "/chat/completions";
        await using FaultServer server = new(request => Answer(request, form));
        await using EndpointEngine engine = await OpenAsync(server, isChat);
        const string question = "What is four and five?";
        Prompt prompt = isChat ? Prompt.FromMessages([new ChatMessage("user", question)], isPrefilled: false) : question;
        Response response = await AnswerAsync(engine, prompt);
        if (expected.TryGetProperty("error", out JsonElement error))
        {
            Assert.Contains(error.GetString()!, response.Error, StringComparison.Ordinal);
            return;
        }

        Assert.Null(response.Error);
        Assert.Equal(expected.GetProperty("text").GetString(), response.Text);
        Assert.Equal(expected.GetProperty("finish_reason").GetString(), $"{response.FinishReason}");
        Assert.Equal(expected.TryGetProperty("reasoning", out JsonElement reasoning) ? reasoning.GetString() : null, response.Reasoning);
        Assert.Equal(expected.TryGetProperty("is_reasoning_unfinished", out _), response.IsReasoningUnfinished);
        foreach ((string field, int value) in new Dictionary<string, int>
        {
            ["prompt_tokens"] = response.PromptTokens,
            ["cached_tokens"] = response.CachedTokens,
            ["completion_tokens"] = response.CompletionTokens,
            ["reasoning_tokens"] = response.ReasoningTokens,
        })
        {
            Assert.Equal((field, expected.TryGetProperty(field, out JsonElement count) ? count.GetInt32() : 0), (field, value));
        }
    }

    /// <summary>The requests of opening come first, and do not ask what the tests ask.</summary>
    private static ServerAnswer Answer(ServerRequest request, JsonElement form)
    {
        if (!request.Body.Contains("four and five", StringComparison.Ordinal))
        {
            return request.Path.EndsWith("/completions", StringComparison.Ordinal)
                ? ServerAnswer.Json(Probe)
                : new ServerAnswer { Status = "404 Not Found", Body = "{}" };
        }

        string status = form.TryGetProperty("status", out JsonElement said) ? said.GetString()! : "200 OK";
        return ServerAnswer.Json(form.GetProperty("answer").GetRawText()) with { Status = status };
    }

    private static async Task<EndpointEngine> OpenAsync(FaultServer server, bool isChat)
    {
        string model = $"openai:{server.Address.ToString().TrimEnd('/')}#m";
        var address = ModelAddress.Parse(model);
        var options = new EndpointOptions
        {
            GivenAs = model,
            Address = address,
            Transport = new TransportOptions { BaseAddress = address.Url, Attempts = 1 },
            IsChat = isChat,
        };
        return await EndpointEngine.OpenAsync(options, CancellationToken.None);
    }

    private static async Task<Response> AnswerAsync(EndpointEngine engine, Prompt prompt)
    {
        var request = new GenerateRequest
        {
            Key = new RequestKey("t", 0, 0),
            Prompt = prompt,
            Options = new GenerationOptions { Until = ["\n"], MaxTokens = 32 },
            Seed = 1,
        };
        var responses = new List<Response>();
        await foreach (Response response in engine.RunAsync([request], new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response);
        return Assert.Single(responses);
    }
}
