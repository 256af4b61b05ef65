using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Prompts;
using EvalHarness.Tasks;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using FinishReason = EvalHarness.Engines.FinishReason;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>The route <c>chat/completions</c>: a conversation goes on, in the template that the server has.</summary>
internal sealed class ChatRoute : IDisposable
{
    private readonly IChatClient _client;
    private readonly RequestShape _shape;
    private readonly IReadOnlyDictionary<string, object?> _templateArguments;

    /// <param name="client">Sends the requests; it repeats them where that helps, and adds the key.</param>
    /// <param name="address">The address that "chat/completions" is appended to.</param>
    /// <param name="model">The name that the server is asked for.</param>
    /// <param name="shape">What the server takes.</param>
    /// <param name="templateArguments">Variables for the server's chat template; none for a server that takes none.</param>
    internal ChatRoute(
        HttpClient client, Uri address, string model, RequestShape shape, IReadOnlyDictionary<string, object?> templateArguments)
    {
        (_shape, _templateArguments) = (shape, templateArguments);
        var options = new OpenAIClientOptions
        {
            Endpoint = address,
            Transport = new HttpClientPipelineTransport(client),
            // The transport repeats requests itself.
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        // The transport puts the real key into the header, or none.
        _client = new ChatClient(model, new ApiKeyCredential("placeholder"), options).AsIChatClient();
    }

    internal async Task<ServerAnswer> GenerateAsync(
        Prompt prompt, GenerationOptions options, int seed, bool stops, CancellationToken cancellationToken)
    {
        ChatMessage[] messages = [.. prompt.Messages.Select(m => new ChatMessage(new Microsoft.Extensions.AI.ChatRole(m.Role), m.Content))];
        ChatResponse response;
        try
        {
            response = await _client
                .GetResponseAsync(messages, Settings(prompt.IsPrefilled, options, seed, stops), cancellationToken)
                .ConfigureAwait(false);
        }
        // The library throws these at an answer whose fields are missing, or of other types.
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or JsonException
            or KeyNotFoundException)
        {
            throw new UnreadableAnswerException($"the server's answer cannot be read: {EvalException.OneLine(e.Message)}", e);
        }

        return Read(response);
    }

    private ChatOptions Settings(bool isPrefilled, GenerationOptions options, int seed, bool stops)
    {
        var settings = new ChatOptions();
        if (_shape.SendsTemperature)
            settings.Temperature = options.Greedy ? 0 : (float)options.Temperature;
        if (stops && _shape.SendsStops && options.Until.Any(s => s.Length > 0))
            settings.StopSequences = [.. options.Until.Where(s => s.Length > 0).Take(CompletionsRoute.MostStops)];
        if (!options.Greedy)
        {
            settings.Seed = seed;
            settings.TopP = options.TopP < 1 ? (float)options.TopP : null;
        }

        settings.RawRepresentationFactory = _ => Raw(isPrefilled, options);
        return settings;
    }

#pragma warning disable SCME0001 // The library marks its way to fields that it does not know as experimental; there is no other.
    private ChatCompletionOptions Raw(bool isPrefilled, GenerationOptions options)
    {
        var raw = new ChatCompletionOptions();
        raw.Patch.Set(Path(_shape.TokensField), options.MaxTokens);
        foreach ((string name, JsonNode value) in CompletionsRoute.Extra(options))
            raw.Patch.Set(Path(name), BinaryData.FromString(value.ToJsonString()));
        if (_templateArguments.Count > 0)
        {
            string arguments = JsonSerializer.Serialize(_templateArguments);
            raw.Patch.Set(Path("chat_template_kwargs"), BinaryData.FromString(arguments));
        }

        if (isPrefilled)
        {
            raw.Patch.Set(Path("continue_final_message"), true);
            raw.Patch.Set(Path("add_generation_prompt"), false);
        }

        return raw;
    }

    private static byte[] Path(string field) => Encoding.UTF8.GetBytes($"$.{field}");

    private static ServerAnswer Read(ChatResponse response)
    {
        var raw = response.RawRepresentation as ChatCompletion;
        string reasoning = string.Concat(response.Messages.SelectMany(m => m.Contents).OfType<TextReasoningContent>().Select(c => c.Text));
        if (reasoning.Length == 0 && raw is not null)
        {
            // Newer vLLM, Ollama and OpenRouter.
            if (raw.Patch.TryGetValue("$.choices[0].message.reasoning"u8, out string? other))
                reasoning = other ?? "";
        }

        string? refusal = raw?.Refusal;
        return new ServerAnswer
        {
            Model = response.ModelId,
            Fingerprint = raw?.SystemFingerprint,
            Text = refusal is { Length: > 0 } ? refusal : response.Text,
            Reasoning = reasoning.Length > 0 ? reasoning : null,
            FinishReason = refusal is { Length: > 0 } ? FinishReason.Refusal : ReasonOf(response.FinishReason),
            PromptTokens = (int)(response.Usage?.InputTokenCount ?? 0),
            CachedTokens = (int)(response.Usage?.CachedInputTokenCount ?? 0),
            CompletionTokens = (int)(response.Usage?.OutputTokenCount ?? 0),
            ReasoningTokens = (int)(response.Usage?.ReasoningTokenCount ?? 0),
        };
    }
#pragma warning restore SCME0001

    private static FinishReason ReasonOf(Microsoft.Extensions.AI.ChatFinishReason? reason) =>
        reason == Microsoft.Extensions.AI.ChatFinishReason.Length ? FinishReason.Length
        : reason == Microsoft.Extensions.AI.ChatFinishReason.ContentFilter ? FinishReason.ContentFilter
        : FinishReason.EndOfText;

    public void Dispose() => _client.Dispose();
}
