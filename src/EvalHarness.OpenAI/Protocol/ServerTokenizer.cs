using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Tokenizers;

namespace EvalHarness.OpenAI.Protocol;

/// <summary>The tokenizer of a server that makes token ids of texts, as vLLM, SGLang, llama.cpp and TGI do under <c>/tokenize</c>.</summary>
/// <remarks>The interface of tokenizers is not asynchronous; each text is one request, and the calling thread waits for it.</remarks>
internal sealed class ServerTokenizer : ITokenizer
{
    private readonly HttpClient _client;
    private readonly Uri _address;
    private readonly Func<string, bool, JsonObject> _body;
    private readonly bool _putsPrefix;

    private ServerTokenizer(HttpClient client, Uri address, Func<string, bool, JsonObject> body, IReadOnlyList<int> prefix)
    {
        (_client, _address, _body, Prefix) = (client, address, body, prefix);
        // TGI always puts the tokens around a text, so they are taken off.
        _putsPrefix = body("", false).ContainsKey("inputs");
    }

    public string Name => "server";

    public IReadOnlyList<string> SpecialTokens => [];

    public IReadOnlyList<int> Prefix { get; }

    /// <summary>Finds out whether a server has a tokenizer, and in which form it takes texts.</summary>
    /// <returns>Null if it has none.</returns>
    internal static async Task<ServerTokenizer?> FindAsync(HttpClient client, Uri address, string model, CancellationToken cancellationToken)
    {
        Uri root = new(address, "/tokenize"), beside = new(address, "tokenize");
        Func<string, bool, JsonObject>[] forms =
        [
            (text, special) => new() { ["model"] = model, ["prompt"] = text, ["add_special_tokens"] = special },
            (text, special) => new() { ["content"] = text, ["add_special"] = special },
            (text, _) => new() { ["inputs"] = text },
        ];
        foreach (Uri place in (Uri[])[root, beside])
        {
            foreach (Func<string, bool, JsonObject> form in forms)
            {
                if (await TryAsync(client, place, form("a b", false), cancellationToken).ConfigureAwait(false) is not { } without)
                    continue;
                int[]? with = await TryAsync(client, place, form("a b", true), cancellationToken).ConfigureAwait(false);
                int before = with is null ? -1 : with.AsSpan().IndexOf(without);
                if (form("", false).ContainsKey("inputs"))
                    return new ServerTokenizer(client, place, form, await PrefixOfAsync(client, place, form, cancellationToken).ConfigureAwait(false));
                return new ServerTokenizer(client, place, form, before > 0 ? with![..before] : []);
            }
        }

        return null;
    }

    /// <summary>What stands before a text of two forms alike, where the server adds it in any case.</summary>
    private static async Task<int[]> PrefixOfAsync(
        HttpClient client, Uri place, Func<string, bool, JsonObject> form, CancellationToken cancellationToken)
    {
        int[]? one = await TryAsync(client, place, form("a b", true), cancellationToken).ConfigureAwait(false);
        int[]? other = await TryAsync(client, place, form("1;", true), cancellationToken).ConfigureAwait(false);
        return one is null || other is null ? [] : one[..one.AsSpan().CommonPrefixLength(other)];
    }

    private static async Task<int[]?> TryAsync(HttpClient client, Uri place, JsonObject body, CancellationToken cancellationToken)
    {
        try
        {
            using HttpResponseMessage response = await client.PostAsJsonAsync(place, body, cancellationToken).ConfigureAwait(false);
            return Read(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (EndpointException e) when (e.Status is HttpStatusCode.NotFound or HttpStatusCode.BadRequest
            or HttpStatusCode.MethodNotAllowed or HttpStatusCode.UnprocessableEntity or HttpStatusCode.NotImplemented)
        {
            return null;
        }
    }

    /// <summary>{"tokens": [1, 2]}, or TGI's [{"id": 1}, {"id": 2}].</summary>
    private static int[]? Read(byte[] body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            JsonElement list = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("tokens", out JsonElement tokens) ? tokens : root;
            return list.ValueKind != JsonValueKind.Array
                ? null
                : [.. list.EnumerateArray().Select(t => t.ValueKind == JsonValueKind.Object ? t.GetProperty("id").GetInt32() : t.GetInt32())];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="EndpointException">The server does not answer.</exception>
    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _address) { Content = JsonContent.Create(_body(text, addSpecialTokens)) };
#pragma warning disable CA1849 // The interface is not asynchronous.
        using HttpResponseMessage response = _client.SendAsync(request).GetAwaiter().GetResult();
        int[] tokens = Read(response.Content.ReadAsByteArrayAsync().GetAwaiter().GetResult())
            ?? throw new UnencodableTextException("the server's tokenizer gave no tokens for the text");
#pragma warning restore CA1849
        return _putsPrefix && !addSpecialTokens && tokens.AsSpan().StartsWith([.. Prefix]) ? tokens[Prefix.Count..] : tokens;
    }

    /// <summary>Texts of tokens are not asked for.</summary>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) => throw new NotSupportedException();

    /// <inheritdoc cref="Decode"/>
    public ITextStream CreateStream(bool skipSpecialTokens = true) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
