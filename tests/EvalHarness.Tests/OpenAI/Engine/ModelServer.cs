using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OnnxRuntimeGenAI.Runtime;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using EvalHarness.Tokenizers;
using EvalHarness.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using HttpResults = Microsoft.AspNetCore.Http.Results;

namespace EvalHarness.Tests.OpenAI.Engine;

/// <summary>What a server of a test can do beside generating.</summary>
internal sealed record ModelServerOptions
{
    /// <summary>The owner of the model in /models, by which programs name themselves.</summary>
    public string Owner { get; init; } = "tests";

    /// <summary>Whether prompts are echoed with their log-probabilities.</summary>
    public bool Echoes { get; init; } = true;

    /// <summary>Whether prompt_logprobs is known.</summary>
    public bool HasPromptLogProbabilities { get; init; }

    /// <summary>Whether /tokenize is there.</summary>
    public bool Tokenizes { get; init; }

    public string? Fingerprint { get; init; }
}

/// <summary>
/// An endpoint on the loopback interface over this project's own engine, so that its numbers can be compared with those of that engine. It
/// answers in the forms of vLLM, and is written apart from what the endpoint's engine reads them with.
/// </summary>
internal sealed class ModelServer : IAsyncDisposable
{
    internal const string Model = "stories260k";

    private readonly WebApplication _app;
    private readonly LoadedModel _model;
    private readonly ModelServerOptions _options;
    private readonly Lock _computing = new();

    private ModelServer(WebApplication app, LoadedModel model, ModelServerOptions options) =>
        (_app, _model, _options) = (app, model, options);

    internal string Address => $"{_app.Urls.Single()}/v1";

    internal string Endpoint => $"openai:{Address}#{Model}";

    internal static async Task<ModelServer> StartAsync(ModelServerOptions? options = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var server = new ModelServer(app, LoadedModel.Load(Shared.Model("fp32"), new GenAiOptions()), options ?? new ModelServerOptions());
        app.MapGet("/v1/models", server.Models);
        app.MapPost("/v1/completions", (JsonObject body) => server.Complete(body));
        app.MapPost("/v1/chat/completions", (JsonObject body) => server.Chat(body));
        if (server._options.Tokenizes)
            app.MapPost("/tokenize", (JsonObject body) => server.Tokenize(body));
        await app.StartAsync();
        return server;
    }

    private JsonObject Models() => new()
    {
        ["object"] = "list",
        ["data"] = new JsonArray(new JsonObject { ["id"] = Model, ["owned_by"] = _options.Owner }),
    };

    private JsonObject Tokenize(JsonObject body)
    {
        string text = body["prompt"]?.GetValue<string>() ?? "";
        int[] tokens = body["add_special_tokens"]?.GetValue<bool>() == true
            ? _model.Tokenizer.EncodePrompt(text)
            : _model.Tokenizer.Encode(text);
        return new JsonObject { ["tokens"] = Array(tokens), ["count"] = tokens.Length };
    }

    private static JsonArray Array(IEnumerable<int> tokens) => new([.. tokens.Select(t => JsonValue.Create(t))]);

    private IResult Chat(JsonObject body)
    {
        ChatMessage[] turns =
        [
            .. body["messages"]!.AsArray().Select(m => new ChatMessage(m!["role"]!.GetValue<string>(), m["content"]!.GetValue<string>())),
        ];
        // This model has no template, so its turns are joined.
        string prompt = string.Concat(turns.Select(t => t.Content));
        (string text, string end, int count, _) = Generate(_model.Tokenizer.EncodePrompt(prompt), body);
        return HttpResults.Json(Answer("chat.completion", _model.Tokenizer.EncodePrompt(prompt).Length, count, new JsonObject
        {
            ["index"] = 0,
            ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text },
            ["finish_reason"] = end,
        }));
    }

    private IResult Complete(JsonObject body)
    {
        int[] prompt = body["prompt"] is JsonArray ids
            ? [.. ids.Select(i => i!.GetValue<int>())]
            : _model.Tokenizer.EncodePrompt(body["prompt"]!.GetValue<string>());
        bool echoes = body["echo"]?.GetValue<bool>() == true;
        if (echoes && !_options.Echoes)
            return Refuse("echo is not supported");
        if (body.ContainsKey("prompt_logprobs") && !_options.HasPromptLogProbabilities)
            return Refuse("Unrecognized request argument supplied: prompt_logprobs");
        if (prompt.Length + body["max_tokens"]!.GetValue<int>() > _model.Window)
            return Refuse($"This model's maximum context length is {_model.Window} tokens");
        (string text, string end, int count, int[] generated) = Generate(prompt, body);
        var choice = new JsonObject { ["index"] = 0, ["text"] = text, ["finish_reason"] = end };
        if (echoes)
            choice["logprobs"] = Echo([.. prompt, .. generated]);
        else if (body.ContainsKey("prompt_logprobs"))
            choice["prompt_logprobs"] = ByToken(prompt);
        return HttpResults.Json(Answer("text_completion", prompt.Length, count, choice));
    }

    private static IResult Refuse(string message) => HttpResults.Json(
        new JsonObject { ["error"] = new JsonObject { ["message"] = message, ["type"] = "BadRequestError", ["code"] = 400 } },
        statusCode: 400);

    private JsonObject Answer(string kind, int prompt, int completion, JsonObject choice) => new()
    {
        ["id"] = "an id of its own",
        ["object"] = kind,
        ["created"] = 1,
        ["model"] = Model,
        ["system_fingerprint"] = _options.Fingerprint,
        ["choices"] = new JsonArray(choice),
        ["usage"] = new JsonObject
        {
            ["prompt_tokens"] = prompt,
            ["completion_tokens"] = completion,
            ["total_tokens"] = prompt + completion,
        },
    };

    private JsonObject Echo(int[] tokens)
    {
        var (texts, values, tops) = (new JsonArray(), new JsonArray(), new JsonArray());
        using ITextStream stream = _model.Tokenizer.CreateStream();
        foreach ((int token, double? value, int top, double topValue) in Scores(tokens))
        {
            // Two tokens can have the same text, so that a text in top_logprobs is made different where the token is another one.
            string text = stream.Add(token);
            texts.Add(text);
            values.Add(value is null ? null : JsonValue.Create(value.Value));
            tops.Add(value is null ? null : new JsonObject { [top == token ? text : $"token {top}"] = topValue });
        }

        return new JsonObject { ["tokens"] = texts, ["token_logprobs"] = values, ["top_logprobs"] = tops };
    }

    private JsonArray ByToken(int[] tokens) => new([.. Scores(tokens).Select(s =>
    {
        if (s.Value is null)
            return null;
        var own = new JsonObject { ["logprob"] = s.Value.Value, ["rank"] = s.Token == s.Top ? 1 : 2 };
        var position = new JsonObject { [$"{s.Token}"] = own };
        if (s.Top != s.Token)
            position[$"{s.Top}"] = new JsonObject { ["logprob"] = s.TopValue, ["rank"] = 1 };
        return (JsonNode)position;
    })]);

    private List<(int Token, double? Value, int Top, double TopValue)> Scores(int[] tokens)
    {
        lock (_computing)
        {
            using ModelSession session = _model.NewSession(tokens.Length + 1);
            session.Append(tokens);
            LogitRows rows = session.ReadRows();
            List<(int, double?, int, double)> scores = [(tokens[0], null, 0, 0)];
            for (int i = 1; i < tokens.Length; i++)
            {
                ReadOnlySpan<float> row = rows[i - 1];
                double all = LogSoftmax.LogSumExp(row);
                int top = LogSoftmax.ArgMax(row);
                scores.Add((tokens[i], row[tokens[i]] - all, top, row[top] - all));
            }

            return scores;
        }
    }

    /// <summary>Greedy, as the tests ask; the server cuts at the stop strings that it is sent.</summary>
    private (string Text, string End, int Count, int[] Tokens) Generate(int[] prompt, JsonObject body)
    {
        int most = (body["max_tokens"] ?? body["max_completion_tokens"])!.GetValue<int>();
        string[] until = body["stop"] is JsonArray stops ? [.. stops.Select(s => s!.GetValue<string>())] : [];
        var request = new GenerateRequest
        {
            Key = default,
            Prompt = "",
            Options = new GenerationOptions { Until = until, MaxTokens = most },
            Seed = 1,
        };
        var encoded = EncodedRequest.Generated(request, prompt, _model.Tokenizer.Reasoning);
        lock (_computing)
        {
            using var completion = new Completion(encoded, _model.Tokenizer, _model.Config.EndOfTextIds, _model.Window);
            using ModelSession session = _model.NewSession(Math.Min(_model.Window, prompt.Length + most));
            session.Append(prompt);
            int token = LogSoftmax.ArgMax(session.ReadRows().Last);
            while (completion.Add(token))
            {
                session.Append([token]);
                token = LogSoftmax.ArgMax(session.ReadRows().Last);
            }

            Response response = completion.ToResponse(0);
            return (
                response.Text!,
                response.FinishReason == FinishReason.Length ? "length" : "stop",
                response.CompletionTokens,
                completion.Sequence[prompt.Length..]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _model.Dispose();
    }
}
