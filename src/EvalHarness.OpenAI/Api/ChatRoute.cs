using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatMessage = EvalHarness.Prompts.ChatMessage;
using ChatTurn = Microsoft.Extensions.AI.ChatMessage;

namespace EvalHarness.OpenAI.Api;

/// <summary><c>POST /chat/completions</c>: the answer to a conversation, whose turns go as they are.</summary>
internal sealed class ChatRoute : IDisposable
{
    /// <summary>The transport puts the real key into the request, or none.</summary>
    private const string NoKey = "none";

    private readonly HttpClient _http;
    private readonly IChatClient _chat;

    /// <param name="transport">Whole answers with a status of success only; it repeats what failed, so that the client does not.</param>
    /// <param name="address">The endpoint and the model.</param>
    internal ChatRoute(HttpClient transport, ModelAddress address)
    {
        _http = new HttpClient(new ChatAnswerHandler(new ToTransport(transport))) { Timeout = Timeout.InfiniteTimeSpan };
        var options = new OpenAIClientOptions
        {
            Endpoint = address.Url,
            Transport = new HttpClientPipelineTransport(_http),
            RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
            NetworkTimeout = Timeout.InfiniteTimeSpan,
        };
        _chat = new ChatClient(address.Model, new ApiKeyCredential(NoKey), options).AsIChatClient();
    }

    /// <param name="turns">At least one.</param>
    /// <param name="fields">All other fields but the model's name.</param>
    /// <param name="cancellationToken">Ends the wait for the answer.</param>
    /// <exception cref="AnswerException">The answer is no answer of a model.</exception>
    internal async Task<EndpointAnswer> AskAsync(
        IReadOnlyList<ChatMessage> turns, JsonObject fields, CancellationToken cancellationToken)
    {
        var options = new ChatOptions
        {
            RawRepresentationFactory = _ =>
            {
                var raw = new ChatCompletionOptions();
                foreach ((string name, JsonNode? value) in fields)
                    raw.Patch.Set(Encoding.UTF8.GetBytes($"$.{name}"), BinaryData.FromString(value?.ToJsonString() ?? "null"));
                return raw;
            },
        };
        ChatResponse response = await _chat
            .GetResponseAsync([.. turns.Select(t => new ChatTurn(new ChatRole(t.Role), t.Content))], options, cancellationToken)
            .ConfigureAwait(false);
        var completion = (ChatCompletion)response.RawRepresentation!;
        string reasoning = string.Concat(response.Messages.SelectMany(m => m.Contents).OfType<TextReasoningContent>().Select(c => c.Text));
        return new EndpointAnswer
        {
            Model = response.ModelId is { Length: > 0 } model ? model : null,
            Fingerprint = completion.SystemFingerprint,
            Text = response.Text,
            Reasoning = reasoning.Length > 0 ? reasoning : null,
            Refusal = completion.Refusal is { Length: > 0 } refusal ? refusal : null,
            End = response.FinishReason == Microsoft.Extensions.AI.ChatFinishReason.Length ? FinishReason.Length
                : response.FinishReason == Microsoft.Extensions.AI.ChatFinishReason.ContentFilter ? FinishReason.ContentFilter
                : null,
            Usage = UsageOf(response),
        };
    }

    private static AnswerUsage? UsageOf(ChatResponse response) => response.Usage is { } usage
        ? new AnswerUsage(
            Count(usage.InputTokenCount),
            Count(usage.OutputTokenCount),
            Count(usage.CachedInputTokenCount),
            Count(usage.ReasoningTokenCount))
        : null;

    private static int Count(long? tokens) => (int)Math.Clamp(tokens ?? 0, 0, int.MaxValue);

    public void Dispose()
    {
        _chat.Dispose();
        _http.Dispose();
    }

    /// <summary>Hands requests to the transport's client, which other routes use too and which is not disposed here.</summary>
    private sealed class ToTransport(HttpClient transport) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // A client refuses a request that another one has sent, as it thinks of this one.
            using var own = new HttpRequestMessage(request.Method, request.RequestUri)
            {
                Content = request.Content is null
                    ? null
                    : new ByteArrayContent(await request.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false)),
            };
            if (own.Content is not null)
                own.Content.Headers.ContentType = request.Content!.Headers.ContentType;
            return await transport.SendAsync(own, cancellationToken).ConfigureAwait(false);
        }
    }
}
