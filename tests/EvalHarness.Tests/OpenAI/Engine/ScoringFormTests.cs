using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Api;
using EvalHarness.OpenAI.Engine;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Prompts;
using EvalHarness.Tests.OpenAI.Transport;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>
/// What is sent to servers that people use to have a continuation scored, and what they answer. The forms are those of the sources that
/// stand beside them, and the values are our own: a vocabulary of eleven words, and one beginning-of-text token.
/// </summary>
public sealed class ScoringFormTests
{
    private static readonly Dictionary<string, JsonElement> Forms = JsonElement
        .Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "OpenAI", "Engine", "scoring-forms.json")))
        .EnumerateArray()
        .ToDictionary(f => f.GetProperty("name").GetString()!);

    public static TheoryData<string> Names => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Form_BecomesTheLogLikelihood(string name)
    {
        JsonElement form = Forms[name], expected = form.GetProperty("expected");
        JsonElement[] exchanges = [.. form.GetProperty("exchanges").EnumerateArray()];
        await using FaultServer server = new(request => Answer(request, exchanges));
        await using EndpointEngine engine = await OpenAsync(server);
        if (expected.TryGetProperty("refusal", out JsonElement refusal))
        {
            EvalException e = await Assert.ThrowsAsync<EvalException>(() => ScoreAsync(engine));
            Assert.Equal(ExitCode.Model, e.ExitCode);
            Assert.Contains(refusal.GetString()!, e.Message, StringComparison.Ordinal);
        }
        else
        {
            Response response = await ScoreAsync(engine);
            Assert.Null(response.Error);
            Assert.Equal(expected.GetProperty("log_likelihood").GetDouble(), response.LogLikelihood);
            Assert.Equal(expected.GetProperty("is_greedy").GetBoolean(), response.IsGreedy);
            Assert.Equal(expected.GetProperty("prompt_tokens").GetInt32(), response.PromptTokens);
            Assert.Equal(expected.GetProperty("completion_tokens").GetInt32(), response.CompletionTokens);
        }

        Assert.Equal(
            exchanges.Select(Line).Order(StringComparer.Ordinal),
            server.Requests.Where(r => Find(r, exchanges) is not null).Select(Line).Order(StringComparer.Ordinal));
    }

    private static string Line(JsonElement exchange)
    {
        string body = exchange.TryGetProperty("request", out JsonElement request) ? request.GetRawText() : "";
        return $"{exchange.GetProperty("path").GetString()} {Compact(body)}";
    }

    private static string Line(ServerRequest request) => $"{request.Path} {Compact(request.Body)}";

    private static string Compact(string json) => json.Length == 0 ? "" : JsonNode.Parse(json)!.ToJsonString();

    private static JsonElement? Find(ServerRequest request, JsonElement[] exchanges) =>
        exchanges.Where(e => Line(e) == Line(request)).Select(e => (JsonElement?)e).FirstOrDefault();

    /// <summary>As the servers do with requests that their sources do not know.</summary>
    private static ServerAnswer Answer(ServerRequest request, JsonElement[] exchanges) => Find(request, exchanges) is { } exchange
        ? ServerAnswer.Json(exchange.GetProperty("answer").GetRawText())
        : ServerAnswer.Json("""{"error": {"message": "There is no such request on record."}}""") with { Status = "404 Not Found" };

    private static async Task<EndpointEngine> OpenAsync(FaultServer server)
    {
        string model = $"openai:{server.Address.ToString().TrimEnd('/')}#m";
        var address = ModelAddress.Parse(model);
        var options = new EndpointOptions
        {
            GivenAs = model,
            Address = address,
            Transport = new TransportOptions { BaseAddress = address.Url, Attempts = 1 },
        };
        return await EndpointEngine.OpenAsync(options, CancellationToken.None);
    }

    private static async Task<Response> ScoreAsync(EndpointEngine engine)
    {
        var request = new LogLikelihoodRequest
        {
            Key = new RequestKey("t", 0, 0),
            Prompt = "Four and five is",
            Continuation = " nine",
        };
        var responses = new List<Response>();
        await foreach (Response response in engine.RunAsync([request], new HashSet<RequestKey>(), CancellationToken.None))
            responses.Add(response);
        return Assert.Single(responses);
    }
}
