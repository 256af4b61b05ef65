using System.Text.Json;
using EvalHarness.OpenAI.Transport;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>What a server says of its models under <c>models</c>.</summary>
internal static class ServerModels
{
    private const int Named = 8;

    /// <summary>"; it has A, B" for a message; empty where the server does not say it.</summary>
    internal static async Task<string> DescribeAsync(HttpClient client, CancellationToken cancellationToken)
    {
        string[] names = [.. (await ReadAsync(client, cancellationToken).ConfigureAwait(false)).Select(m => m.Id)];
        return names.Length == 0 ? ""
            : $"; it has {string.Join(", ", names.Take(Named))}{(names.Length > Named ? ", ..." : "")}";
    }

    /// <summary>The most tokens that a model takes, as vLLM and SGLang say it; null where it is not known.</summary>
    internal static async Task<int?> WindowAsync(HttpClient client, string model, CancellationToken cancellationToken) =>
        (await ReadAsync(client, cancellationToken).ConfigureAwait(false)).FirstOrDefault(m => m.Id == model).Window;

    private static async Task<IReadOnlyList<(string Id, int? Window)>> ReadAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            byte[] body = await client.GetByteArrayAsync(new Uri("models", UriKind.Relative), cancellationToken).ConfigureAwait(false);
            using JsonDocument document = JsonDocument.Parse(body);
            return !document.RootElement.TryGetProperty("data", out JsonElement data) || data.ValueKind != JsonValueKind.Array
                ? []
                :
                [
                    .. data.EnumerateArray()
                        .Where(m => m.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String)
                        .Select(m => (m.GetProperty("id").GetString()!, Window(m))),
                ];
        }
        catch (Exception e) when (e is EndpointException or JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    private static int? Window(JsonElement model) =>
        model.TryGetProperty("max_model_len", out JsonElement length)
        && length.ValueKind == JsonValueKind.Number
        && length.TryGetInt32(out int tokens)
        && tokens > 1
            ? tokens
            : null;
}
