using EvalHarness.OpenAI.Api;
using EvalHarness.Prompts;
using EvalHarness.Tokens;

namespace EvalHarness.OpenAI.Engine;

/// <summary>Makes token ids of requests, with the model's tokenizer here or with the server's.</summary>
internal sealed class PromptTokens : IDisposable
{
    private readonly ModelTokenizer? _local;
    private readonly ServerTokenizer? _server;
    private readonly bool? _addBosToken;

    private PromptTokens(ModelTokenizer? local, ServerTokenizer? server, bool? addBosToken, string source) =>
        (_local, _server, _addBosToken, Source) = (local, server, addBosToken, source);

    /// <summary>Where the ids are from, for the manifest.</summary>
    internal string Source { get; }

    /// <summary>The tokenizer whose files are here; null where the server is asked.</summary>
    internal ModelTokenizer? Local => _local;

    internal static PromptTokens Of(ModelTokenizer local, string source) => new(local, server: null, addBosToken: null, source);

    internal static PromptTokens Of(ServerTokenizer server, bool? addBosToken) =>
        new(local: null, server, addBosToken, "the server's /tokenize");

    /// <summary>Encodes the requests of one document.</summary>
    /// <param name="requests">Their prompts are texts.</param>
    /// <param name="window">The most tokens that the model may see at once.</param>
    /// <param name="truncateLeft">Whether a prompt that is too long loses its beginning.</param>
    /// <param name="cancellationToken">Ends the wait for the server.</param>
    internal async Task<EncodedRequests> EncodeAsync(
        IReadOnlyList<Request> requests, int window, bool truncateLeft, CancellationToken cancellationToken)
    {
        if (_local is not null)
            return Encode(_local, requests, window, truncateLeft);
        var fetched = new FetchedTokens(_server!);
        using ModelTokenizer tokenizer = Create(fetched);
        while (true)
        {
            try
            {
                return Encode(tokenizer, requests, window, truncateLeft);
            }
            catch (MissingTokensException e)
            {
                await fetched.FetchAsync(e.Text, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The tokens of a text as a prompt.</summary>
    internal async Task<int[]> EncodeAsync(string text, CancellationToken cancellationToken)
    {
        if (_local is not null)
            return _local.EncodeProbe(text);
        var fetched = new FetchedTokens(_server!);
        await fetched.FetchAsync(text, cancellationToken).ConfigureAwait(false);
        using ModelTokenizer tokenizer = Create(fetched);
        return tokenizer.EncodePrompt(text);
    }

    /// <summary>The server names its beginning-of-text token by putting it before texts.</summary>
    private ModelTokenizer Create(FetchedTokens fetched) =>
        new(fetched, fetched.Prefix is [var first] ? first : null, LocalTokenizer.Unknown, _addBosToken);

    private static EncodedRequests Encode(ModelTokenizer tokenizer, IReadOnlyList<Request> requests, int window, bool truncateLeft)
    {
        var encoder = new RequestEncoder(tokenizer, window, truncateLeft);
        encoder.Add(requests);
        var encoded = new EncodedRequests();
        encoded.Add(encoder);
        return encoded;
    }

    public void Dispose() => _local?.Dispose();
}
