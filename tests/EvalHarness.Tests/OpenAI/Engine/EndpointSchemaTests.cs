using System.Text.Json;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>Answers in the form of a JSON schema, from endpoints that keep to it, refuse it, and do not know it.</summary>
public sealed class EndpointSchemaTests
{
    private const string Schema =
        """{"type":"object","properties":{"grade":{"enum":["CORRECT","INCORRECT"]}},"required":["grade"],"additionalProperties":false}""";

    private static readonly Prompt Question = Prompt.FromMessages([new ChatMessage("user", "four and five")], isPrefilled: false);

    private static ServerAnswer Said(string text, string end = "stop") => ServerAnswer.Json(JsonSerializer.Serialize(new
    {
        model = "m",
        choices = new[] { new { text, message = new { role = "assistant", content = text }, finish_reason = end } },
        usage = new { prompt_tokens = 5, completion_tokens = 7 },
    }));

    private static bool IsAsked(ServerRequest request) => request.Body.Contains("four and five", StringComparison.Ordinal);

    private static async Task<Response> AnswerAsync(FaultServer server, Prompt prompt, string schema = Schema)
    {
        string model = $"openai:{server.Address.ToString().TrimEnd('/')}#m";
        var address = ModelAddress.Parse(model);
        await using EndpointEngine engine = await EndpointEngine.OpenAsync(
            new EndpointOptions
            {
                GivenAs = model,
                Address = address,
                Transport = new TransportOptions { BaseAddress = address.Url, Attempts = 1 },
                IsChat = !prompt.IsRendered,
            },
            CancellationToken.None);
        var request = new GenerateRequest
        {
            Key = new RequestKey("judged", 0, 0),
            Prompt = prompt,
            Options = new GenerationOptions { Until = ["\n"], MaxTokens = 32, JsonSchema = schema },
            Seed = 1,
        };
        var responses = new List<Response>();
        await foreach (Response response in engine.RunAsync([request], new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response);
        return Assert.Single(responses);
    }

    private static async Task<Response> AnswerAsync(string text, string end = "stop")
    {
        await using FaultServer server = new(request => Said(IsAsked(request) ? text : "x", IsAsked(request) ? end : "stop"));
        return await AnswerAsync(server, Question);
    }

    /// <summary>Stop strings stay here: a text that a server cut at one could not be told from one that is not JSON.</summary>
    [Fact]
    public async Task Chat_Schema_IsSentStrictAndAlone()
    {
        await using FaultServer server = new(request => Said(IsAsked(request) ? """{"grade": "CORRECT"}""" : "x"));
        Response response = await AnswerAsync(server, Question);
        Assert.Equal(("""{"grade": "CORRECT"}""", FinishReason.EndOfText), (response.Text, response.FinishReason));
        JsonElement body = JsonElement.Parse(server.Requests.Single(IsAsked).Body), form = body.GetProperty("response_format");
        Assert.Equal("json_schema", form.GetProperty("type").GetString());
        Assert.True(form.GetProperty("json_schema").GetProperty("strict").GetBoolean());
        Assert.Matches("^[a-zA-Z0-9_-]{1,64}$", form.GetProperty("json_schema").GetProperty("name").GetString());
        Assert.Equal(Schema, form.GetProperty("json_schema").GetProperty("schema").GetRawText());
        Assert.False(body.TryGetProperty("stop", out _));
    }

    [Theory]
    [InlineData("The answer is CORRECT.", "stop")]
    [InlineData("```json\n{}\n```", "stop")]
    [InlineData("The answer is", "length")]
    [InlineData("""{"grade": "COR""", "stop")]
    [InlineData("", "stop")]
    public async Task Chat_AnswerThatIsNotJson_IsAnErrorAndCounted(string text, string end)
    {
        Response response = await AnswerAsync(text, end);
        Assert.Equal(FinishReason.Error, response.FinishReason);
        Assert.Contains("not JSON", response.Error, StringComparison.Ordinal);
        Assert.Equal((5, 7), (response.PromptTokens, response.CompletionTokens));
    }

    [Theory]
    [InlineData("""{"grade": "COR""")]
    [InlineData("")]
    public async Task Chat_AnswerCutByTheLimit_IsItsBeginning(string text)
    {
        Response response = await AnswerAsync(text, "length");
        Assert.Null(response.Error);
        Assert.Equal((text, FinishReason.Length), (response.Text, response.FinishReason));
    }

    [Fact]
    public async Task Chat_StopString_CutsTheTextHere()
    {
        Response response = await AnswerAsync("{\"grade\":\n\"CORRECT\"}");
        Assert.Equal(("{\"grade\":", FinishReason.Stop), (response.Text, response.FinishReason));
    }

    /// <summary>No server would answer another request with the same schema, so that the run ends.</summary>
    [Theory]
    [InlineData("Invalid schema for response_format 'answer': 'additionalProperties' is required", "response_format")]
    [InlineData("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model", "")]
    [InlineData("JSON schema conversion failed: unknown type nonsense", "")]
    [InlineData("Failed to compile the grammar", "")]
    public async Task Chat_SchemaThatTheServerRefuses_EndsTheRun(string message, string parameter)
    {
        string body = JsonSerializer.Serialize(new { error = new { message, param = parameter } });
        await using FaultServer server = new(request => IsAsked(request)
            ? ServerAnswer.Json(body) with { Status = "400 Bad Request" }
            : Said("x"));
        EvalException refused = await Assert.ThrowsAsync<EvalException>(() => AnswerAsync(server, Question));
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.StartsWith("task judged wants answers in the form of a JSON schema", refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_Schema_IsRefusedUnasked()
    {
        await using FaultServer server = new(_ => Said("x"));
        EvalException refused = await Assert.ThrowsAsync<EvalException>(() => AnswerAsync(server, "four and five"));
        Assert.Equal(ExitCode.Model, refused.ExitCode);
        Assert.Contains("no field for a schema", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, IsAsked);
    }

    [Theory]
    [InlineData("{\"type\":", "not valid JSON")]
    [InlineData("[1]", "expected an object")]
    [InlineData("""{"type": "string", "type": "object"}""", "not valid JSON")]
    public async Task Chat_SchemaThatIsNone_IsTheTasksMistake(string schema, string expected)
    {
        await using FaultServer server = new(_ => Said("x"));
        EvalException wrong = await Assert.ThrowsAsync<EvalException>(() => AnswerAsync(server, Question, schema));
        Assert.Equal(ExitCode.Task, wrong.ExitCode);
        Assert.Contains(expected, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Requests, IsAsked);
    }
}
