using System.Text.Json;
using System.Text.Json.Nodes;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>
/// Where servers differ from what the client library takes: puts the endpoint's query behind every path, and writes the words of other
/// servers for the end of a completion as OpenAI's, because the library refuses all others.
/// </summary>
/// <remarks>Source: TGI's finish reasons eos_token and stop_sequence; SGLang's abort; servers that leave the field out.</remarks>
internal sealed class ServerForms(string query, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private static readonly string[] Known = ["stop", "length", "content_filter", "tool_calls", "function_call"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (query.Length > 0 && request.RequestUri is { Query.Length: 0 } address)
            request.RequestUri = new UriBuilder(address) { Query = query }.Uri;
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (request.RequestUri?.AbsolutePath.EndsWith("/chat/completions", StringComparison.Ordinal) != true)
            return response;
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        if (JsonNode.Parse(body) is JsonObject answer && Correct(answer))
        {
            response.Content.Dispose();
            response.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(answer));
            response.Content.Headers.ContentType = new("application/json");
        }

        return response;
    }

    private static bool Correct(JsonObject answer)
    {
        if (answer["choices"] is not JsonArray choices)
            return false;
        bool changed = false;
        foreach (JsonObject choice in choices.OfType<JsonObject>())
        {
            string? reason = choice["finish_reason"] is JsonValue value && value.TryGetValue(out string? word) ? word : null;
            if (reason is not null && Known.Contains(reason))
                continue;
            choice["finish_reason"] = "stop";
            changed = true;
        }

        return changed;
    }
}
