using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace EvalHarness.OpenAI.Api;

/// <summary>Sends JSON to the routes of an endpoint, and reads the JSON that comes back.</summary>
/// <param name="http">Of the transport, which gives whole answers with a status of success only.</param>
/// <param name="address">The endpoint and the model.</param>
internal sealed class EndpointClient(HttpClient http, ModelAddress address)
{
    internal HttpClient Http => http;

    internal ModelAddress Address => address;

    internal async Task<JsonElement> PostAsync(Uri route, JsonObject body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using HttpResponseMessage response = await http.PostAsync(route, content, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, cancellationToken).ConfigureAwait(false);
    }

    internal async Task<JsonElement> GetAsync(Uri route, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await http.GetAsync(route, cancellationToken).ConfigureAwait(false);
        return await ReadAsync(response, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        JsonElement root = Parse(body);
        return Problem(root) is { } problem ? throw new AnswerException(problem) : root;
    }

    /// <exception cref="AnswerException">It is nested deeper than any answer.</exception>
    internal static JsonElement Parse(byte[] body)
    {
        try
        {
            return JsonElement.Parse(body);
        }
        catch (JsonException e)
        {
            throw new AnswerException($"the answer cannot be read: {EvalException.OneLine(e.Message)}");
        }
    }

    /// <summary>Servers that began to answer before they failed send an error with a status of success.</summary>
    internal static string? Problem(JsonElement root) => root.Member("error") is { } error
        ? $"the server answers with an error: {error.Text("message") ?? error.GetRawText()}"
        : null;
}
