using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;

namespace EvalHarness.OpenAI.Api;

/// <summary>
/// Stands between OpenAI's client and the transport. It takes what other servers answer and hands on the same in OpenAI's own form, which
/// is the only one that the client reads: it fails on any word for the end of an answer that OpenAI does not have.
/// </summary>
internal sealed class ChatAnswerHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        // The client tells every server about the machine that it runs on.
        foreach (string name in request.Headers.Select(h => h.Key).Where(IsTelemetry).ToArray())
            request.Headers.Remove(name);
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            response.Content.Dispose();
            response.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(InOneForm(JsonElement.Parse(body))));
            response.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private static bool IsTelemetry(string header) => header.StartsWith("X-Stainless-", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="AnswerException">There is no message in the answer.</exception>
    internal static JsonObject InOneForm(JsonElement answer)
    {
        if (EndpointClient.Problem(answer) is { } problem)
            throw new AnswerException(problem);
        JsonElement choice = CompletionRoute.Choice(answer);
        if (choice.Member("message") is not { ValueKind: JsonValueKind.Object } message)
            throw new AnswerException("the answer has no choices[0].message");
        FinishReason? end = AnswerEnd.Of(choice);
        var form = new JsonObject
        {
            ["id"] = "",
            ["object"] = "chat.completion",
            ["created"] = 0,
            ["model"] = answer.Text("model") ?? "",
            ["system_fingerprint"] = answer.Text("system_fingerprint"),
            ["choices"] = new JsonArray(new JsonObject
            {
                ["index"] = 0,
                ["message"] = Message(message),
                ["finish_reason"] = AnswerEnd.Word(end),
            }),
        };
        if (AnswerUsage.Of(answer) is { } usage)
            form["usage"] = Usage(usage);
        return form;
    }

    private static JsonObject Message(JsonElement message)
    {
        string? reasoning = message.Text("reasoning_content") ?? message.Text("reasoning");
        string? content = message.Text("content");
        if (message.Member("content") is { ValueKind: JsonValueKind.Array } parts)
        {
            content = string.Concat(parts.EnumerateArray().Where(p => p.Text("type") == "text").Select(p => p.Text("text")));
            reasoning ??= Joined(parts.EnumerateArray().Where(p => p.Text("type") == "thinking").SelectMany(p => p.List("thinking")));
        }

        var form = new JsonObject { ["role"] = "assistant", ["content"] = content, ["refusal"] = message.Text("refusal") };
        if (reasoning is not null)
            form["reasoning_content"] = reasoning;
        return form;
    }

    private static string? Joined(IEnumerable<JsonElement> parts) =>
        string.Concat(parts.Select(p => p.Text("text"))) is { Length: > 0 } text ? text : null;

    private static JsonObject Usage(AnswerUsage usage) => new()
    {
        ["prompt_tokens"] = usage.Prompt,
        ["completion_tokens"] = usage.Completion,
        ["total_tokens"] = (long)usage.Prompt + usage.Completion > int.MaxValue ? int.MaxValue : usage.Prompt + usage.Completion,
        ["prompt_tokens_details"] = new JsonObject { ["cached_tokens"] = usage.Cached },
        ["completion_tokens_details"] = new JsonObject { ["reasoning_tokens"] = usage.Reasoning },
    };
}
