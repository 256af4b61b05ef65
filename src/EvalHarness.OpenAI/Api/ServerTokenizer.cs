using System.Text.Json;
using System.Text.Json.Nodes;
using EvalHarness.Engines;
using EvalHarness.OpenAI.Transport;
using EvalHarness.Tokenizers;

namespace EvalHarness.OpenAI.Api;

/// <summary>A server's own tokenizer, at its route /tokenize.</summary>
/// <remarks>
/// Source: vLLM and SGLang take {"model", "prompt", "add_special_tokens"}, llama.cpp takes {"content", "add_special"}; all answer with
/// {"tokens"}.
/// </remarks>
internal sealed class ServerTokenizer
{
    /// <summary>Two letters and a space: every tokenizer makes at least one token of it.</summary>
    private const string Probe = "a b";

    private readonly EndpointClient _client;
    private readonly bool _isLlama;

    private ServerTokenizer(EndpointClient client, bool isLlama) => (_client, _isLlama) = (client, isLlama);

    /// <summary>The tokens that the server puts before every text.</summary>
    internal IReadOnlyList<int> Prefix { get; private set; } = [];

    /// <summary>Asks which tokenizer the server has.</summary>
    /// <returns>Null where it has none at that route.</returns>
    internal static async Task<ServerTokenizer?> FindAsync(EndpointClient client, CancellationToken cancellationToken)
    {
        foreach (bool isLlama in (bool[])[false, true])
        {
            var tokenizer = new ServerTokenizer(client, isLlama);
            try
            {
                // Each form has an answer to the other's request too: no tokens.
                int[] plain = await tokenizer.EncodeAsync(Probe, special: false, cancellationToken).ConfigureAwait(false);
                if (plain.Length == 0)
                    continue;
                int[] special = await tokenizer.EncodeAsync(Probe, special: true, cancellationToken).ConfigureAwait(false);
                int at = special.AsSpan().IndexOf(plain);
                tokenizer.Prefix = at > 0 ? special[..at] : [];
                return tokenizer;
            }
            catch (EndpointException)
            {
                // There is no such route, or it takes another form.
            }
            catch (AnswerException)
            {
            }
        }

        return null;
    }

    /// <exception cref="AnswerException">The answer has no token ids.</exception>
    internal async Task<int[]> EncodeAsync(string text, bool special, CancellationToken cancellationToken)
    {
        JsonObject body = _isLlama
            ? new JsonObject { ["content"] = text, ["add_special"] = special }
            : new JsonObject { ["model"] = _client.Address.Model, ["prompt"] = text, ["add_special_tokens"] = special };
        JsonElement answer = await _client
            .PostAsync(_client.Address.Beside("/tokenize"), body, cancellationToken)
            .ConfigureAwait(false);
        if (answer.Member("tokens") is not { ValueKind: JsonValueKind.Array } tokens)
            throw new AnswerException("the answer of /tokenize has no tokens");
        return
        [
            .. tokens.EnumerateArray().Select(t => t.ValueKind == JsonValueKind.Number && t.TryGetInt32(out int id) && id >= 0
                ? id
                : throw new AnswerException("the answer of /tokenize has a token that is no id")),
        ];
    }
}

/// <summary>
/// The tokens of some texts, fetched before they are asked for: what asks for tokens cannot wait for a server. A text whose tokens are not
/// there yet is named, to be fetched.
/// </summary>
internal sealed class FetchedTokens(ServerTokenizer server) : ITokenizer
{
    private readonly Dictionary<string, int[]> _tokens = [];

    public string Name => "the server's /tokenize";

    public IReadOnlyList<string> SpecialTokens => [];

    public IReadOnlyList<int> Prefix => server.Prefix;

    internal async Task FetchAsync(string text, CancellationToken cancellationToken) =>
        _tokens[text] = await server.EncodeAsync(text, special: false, cancellationToken).ConfigureAwait(false);

    public int[] Encode(string text, bool addSpecialTokens = false)
    {
        if (text.Length == 0)
            return addSpecialTokens ? [.. Prefix] : [];
        UnicodeText.Check(text);
        int[] tokens = _tokens.TryGetValue(text, out int[]? known) ? known : throw new MissingTokensException(text);
        return addSpecialTokens ? [.. Prefix, .. tokens] : tokens;
    }

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true) =>
        throw new NotSupportedException("texts come from the server");

    public ITextStream CreateStream(bool skipSpecialTokens = true) => throw new NotSupportedException("texts come from the server");

    public void Dispose()
    {
    }
}

/// <summary>The tokens of a text are asked for and not there yet.</summary>
internal sealed class MissingTokensException(string text) : Exception("The tokens of a text are not fetched yet.")
{
    internal string Text => text;
}
