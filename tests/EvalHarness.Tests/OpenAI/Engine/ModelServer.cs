using System.Net;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Engine;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>
/// A server on loopback that speaks OpenAI's protocol in the form of vLLM, over our own engine for ONNX models: chat, completions,
/// log-probabilities of echoed prompts, and a tokenizer.
/// </summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly GenAiEngine _engine;
    private readonly SemaphoreSlim _one = new(1, 1);
    private int _documents;

    private ModelServer(WebApplication application, GenAiEngine engine) => (_application, _engine) = (application, engine);

    /// <summary>The name that the server gives to its model.</summary>
    internal string Model { get; set; } = "served-model";

    internal string Fingerprint { get; set; } = "fp_1";

    /// <summary>Whether prompts are echoed with log-probabilities.</summary>
    internal bool Echoes { get; set; } = true;

    internal bool HasTokenizer { get; set; } = true;

    /// <summary>What <c>--model</c> takes.</summary>
    internal string Name => $"openai:{_application.Services.GetRequiredService<IServer>().Features
        .Get<IServerAddressesFeature>()!.Addresses.Single()}/v1#{Model}";

    internal static async Task<ModelServer> StartAsync(string folder)
    {
        GenAiEngine engine = await GenAiEngine.LoadAsync(folder, new GenAiOptions(), CancellationToken.None);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        var server = new ModelServer(application, engine);
        application.MapGet("/v1/models", () => Json(new JsonObject
        {
            ["data"] = new JsonArray(new JsonObject { ["id"] = server.Model }),
        }));
        application.MapPost("/v1/completions", server.CompleteAsync);
        application.MapPost("/v1/chat/completions", server.ChatAsync);
        application.MapPost("/tokenize", server.TokenizeAsync);
        await application.StartAsync();
        return server;
    }

    private static Microsoft.AspNetCore.Http.HttpResults.ContentHttpResult Json(JsonNode node, int status = 200) => TypedResults.Text(node.ToJsonString(), "application/json", statusCode: status);

    private static async Task<JsonObject> BodyAsync(HttpRequest request) =>
        (JsonObject)(await JsonNode.ParseAsync(request.Body))!;

    private async Task<IResult> TokenizeAsync(HttpRequest request)
    {
        if (!HasTokenizer)
            return TypedResults.NotFound();
        JsonObject body = await BodyAsync(request);
        if (body["prompt"] is not { } prompt)
            return Json(new JsonObject { ["error"] = new JsonObject { ["message"] = "no prompt" } }, 400);
        int[] tokens = _engine.Model.Tokenizer.Encode((string)prompt!);
        if ((bool?)body["add_special_tokens"] != false)
            tokens = _engine.Model.Tokenizer.WithPrefix(tokens);
        return Json(new JsonObject { ["tokens"] = new JsonArray([.. tokens.Select(t => JsonValue.Create(t))]), ["count"] = tokens.Length });
    }

    private async Task<IResult> CompleteAsync(HttpRequest request)
    {
        JsonObject body = await BodyAsync(request);
        if ((string?)body["model"] != Model)
            return Json(new JsonObject { ["error"] = new JsonObject { ["message"] = $"The model `{body["model"]}` does not exist." } }, 404);
        if ((bool?)body["echo"] == true && Echoes)
            return Json(Echo(body));
        Response response = await GenerateAsync((string)body["prompt"]!, body);
        return response.Error is { } error ? Refused(error) : Json(Answer(response, new JsonObject { ["text"] = response.Text }));
    }

    private async Task<IResult> ChatAsync(HttpRequest request)
    {
        JsonObject body = await BodyAsync(request);
        ChatMessage[] messages =
            [.. body["messages"]!.AsArray().Select(m => new ChatMessage((string)m!["role"]!, (string)m["content"]!))];
        Response response;
        try
        {
            response = await GenerateAsync(_engine.Render(Prompt.FromMessages(messages, isPrefilled: false)), body);
        }
        catch (EvalException e)
        {
            return Refused(e.Message);
        }

        return response.Error is { } error ? Refused(error) : Json(Answer(response, new JsonObject
        {
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = response.Text },
        }));
    }

    private static Microsoft.AspNetCore.Http.HttpResults.ContentHttpResult Refused(string message) => Json(new JsonObject { ["error"] = new JsonObject { ["message"] = message } }, 400);

    private async Task<Response> GenerateAsync(Prompt prompt, JsonObject body)
    {
        var generate = new GenerateRequest
        {
            Key = new RequestKey("served", Interlocked.Increment(ref _documents), 0),
            Prompt = prompt,
            Seed = (int?)body["seed"] ?? 1,
            Options = new GenerationOptions
            {
                Until = [.. (body["stop"] as JsonArray ?? []).Select(s => (string)s!)],
                MaxTokens = (int?)body["max_tokens"] ?? 16,
                Sample = (double?)body["temperature"] > 0,
                Temperature = (double?)body["temperature"] ?? 1,
                TopP = (double?)body["top_p"] ?? 1,
                TopK = (int?)body["top_k"] ?? 0,
                MinP = (double?)body["min_p"] ?? 0,
                RepetitionPenalty = (double?)body["repetition_penalty"] ?? 1,
            },
        };
        await _one.WaitAsync();
        try
        {
            return await _engine.RunAsync([generate], new HashSet<RequestKey>(), CancellationToken.None).SingleAsync();
        }
        finally
        {
            _one.Release();
        }
    }

    private JsonObject Answer(Response response, JsonObject choice)
    {
        choice["index"] = 0;
        choice["finish_reason"] = response.FinishReason is FinishReason.Length or FinishReason.ContextFull ? "length" : "stop";
        return new JsonObject
        {
            ["id"] = "1",
            ["created"] = 1,
            ["model"] = Model,
            ["system_fingerprint"] = Fingerprint,
            ["choices"] = new JsonArray(choice),
            ["usage"] = new JsonObject
            {
                ["prompt_tokens"] = response.PromptTokens,
                ["completion_tokens"] = response.CompletionTokens,
            },
        };
    }

    private JsonObject Echo(JsonObject body)
    {
        ModelTokenizer tokenizer = _engine.Model.Tokenizer;
        int[] ids = body["prompt"] is JsonArray list ? [.. list.Select(t => (int)t!)] : tokenizer.EncodePrompt((string)body["prompt"]!);
        var logprobs = new JsonArray();
        var tops = new JsonArray();
        var texts = new JsonArray();
        var offsets = new JsonArray();
        string before = "";
        using ModelSession session = _engine.Model.NewSession(ids.Length);
        session.Append(ids);
        LogitRows rows = session.ReadRows();
        for (int i = 0; i < ids.Length; i++)
        {
            string text = tokenizer.Tokenizer.Decode(ids.AsSpan(0, i + 1), skipSpecialTokens: false);
            texts.Add(text[Math.Min(before.Length, text.Length)..]);
            offsets.Add(before.Length);
            before = text;
            if (i == 0)
            {
                logprobs.Add(null);
                tops.Add(null);
                continue;
            }

            ReadOnlySpan<float> row = rows[i - 1];
            double sum = LogSoftmax.LogSumExp(row);
            int top = LogSoftmax.ArgMax(row);
            logprobs.Add(row[ids[i]] - sum);
            tops.Add(new JsonObject { [$"token {top}"] = row[top] - sum });
        }

        return new JsonObject
        {
            ["model"] = Model,
            ["system_fingerprint"] = Fingerprint,
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["text"] = before,
                ["finish_reason"] = "length",
                ["logprobs"] = new JsonObject
                {
                    ["tokens"] = texts,
                    ["token_logprobs"] = logprobs,
                    ["top_logprobs"] = tops,
                    ["text_offset"] = offsets,
                },
            }),
            ["usage"] = new JsonObject { ["prompt_tokens"] = ids.Length, ["completion_tokens"] = 0 },
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        await _engine.DisposeAsync();
        _one.Dispose();
    }
}
