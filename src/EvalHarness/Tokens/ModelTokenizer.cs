using EvalHarness.Engines;
using EvalHarness.Tokenizers;

namespace EvalHarness.Tokens;

/// <summary>
/// A model's tokenizer as the engine uses it: prompts begin with the beginning-of-text token where that is wanted. Several threads may use
/// one instance.
/// </summary>
internal sealed class ModelTokenizer : IDisposable
{
    private readonly ITokenizer _tokenizer;
    private readonly Lazy<ReasoningMarkers?> _reasoning;
    private bool _disposed;

    /// <param name="tokenizer">The tokenizer of the model, which this object disposes.</param>
    /// <param name="beginOfText">The model's beginning-of-text token; null if it has none.</param>
    /// <param name="endOfText">The model's first end-of-text token.</param>
    /// <param name="addBosToken">Whether texts begin with the beginning-of-text token; null for what the tokenizer does by default.</param>
    /// <exception cref="EvalException"><see cref="ExitCode.Model"/>: the token was asked for, and the model has none.</exception>
    internal ModelTokenizer(ITokenizer tokenizer, int? beginOfText, int endOfText, bool? addBosToken)
    {
        (_tokenizer, FirstToken) = (tokenizer, beginOfText ?? endOfText);
        _reasoning = new Lazy<ReasoningMarkers?>(() => ReasoningChoice.Of(Tokenizer, ThinkEndToken));
        Prefix = addBosToken switch
        {
            null => tokenizer.Prefix,
            false => [],
            true =>
            [
                beginOfText ?? throw new EvalException(
                    ExitCode.Model, "--add-bos-token true: the model's configuration has no bos_token_id; leave the option out"),
            ],
        };
    }

    /// <summary>The value of <c>--think-end-token</c>; null where the tokenizer says whether completions have reasoning.</summary>
    internal string? ThinkEndToken { get; init; }

    /// <summary>What divides completions into reasoning and answer; null where they stay whole.</summary>
    /// <exception cref="EvalException"><see cref="ExitCode.Usage"/>: <see cref="ThinkEndToken"/> is no token.</exception>
    internal ReasoningMarkers? Reasoning => _reasoning.Value;

    /// <summary>What reads the model's files: "tokenizer.json", "genai" or "gguf".</summary>
    internal string Name => _tokenizer.Name;

    /// <summary>The texts of the model's special tokens; none where the runtime's tokenizer is used, which does not tell them.</summary>
    internal IReadOnlyList<string> SpecialTokens => _tokenizer.SpecialTokens;

    /// <summary>The tokens that every text begins with: the beginning-of-text token, or none.</summary>
    internal IReadOnlyList<int> Prefix { get; }

    /// <summary>The token ids of a text, without special tokens that the text itself does not contain.</summary>
    /// <exception cref="UnencodableTextException">The tokenizer would change the text, or has no token for a part of it.</exception>
    internal int[] Encode(string text)
    {
        if (Tokenizer is not JsonTokenizer json)
            return Tokenizer.Encode(text);
        int[] tokens = json.Encode(text, addSpecialTokens: false, out int dropped);
        // Hugging Face's library leaves such a part out without a word, and the model would be asked something else.
        return dropped > 0 ? throw new UnencodableTextException("the text has a part for which the tokenizer knows no token") : tokens;
    }

    /// <summary>The tokens of a text that the model is tried with: none if the tokenizer has no token for a part of it.</summary>
    internal int[] EncodeProbe(string text)
    {
        try
        {
            return EncodePrompt(text);
        }
        catch (UnencodableTextException)
        {
            return [FirstToken];
        }
    }

    internal string Decode(ReadOnlySpan<int> tokens) => Tokenizer.Decode(tokens);

    /// <summary>A special token with its text; null for none.</summary>
    internal SpecialToken? Special(int? id)
    {
        if (id is not { } token)
            return null;
        string text = Tokenizer.Decode([token], skipSpecialTokens: false);
        return new SpecialToken(token, text.Length == 0 ? null : text);
    }

    /// <summary>
    /// Begins a completion's text, in which stop strings are searched for. It has special tokens, which a task may name as stop strings;
    /// lm-evaluation-harness searches the same text.
    /// </summary>
    internal ITextStream CreateStream() => Tokenizer.CreateStream(skipSpecialTokens: false);

    /// <summary>The tokens of a prompt as the model sees it: the prefix, then the text. There is at least one token.</summary>
    internal int[] EncodePrompt(string text)
    {
        int[] tokens = WithPrefix(Encode(text));
        return tokens.Length > 0 ? tokens : [FirstToken];
    }

    /// <summary>Puts the prefix before the tokens, unless they already begin with it, as the text of a chat template may.</summary>
    internal int[] WithPrefix(int[] tokens) => tokens.AsSpan().StartsWith([.. Prefix]) ? tokens : [.. Prefix, .. tokens];

    /// <summary>
    /// The token that stands in for an empty context: the beginning-of-text token or, if the model has none, the end-of-text token, as in
    /// lm-evaluation-harness.
    /// </summary>
    internal int FirstToken { get; }

    /// <summary>
    /// The tokens of a text that is scored as a whole. If prompts have a beginning-of-text token, so has this text, and that token is
    /// scored too, as in lm-evaluation-harness.
    /// </summary>
    internal int[] EncodeText(string text) => text.Length == 0 ? [.. Prefix] : EncodePrompt(text);

    internal ITokenizer Tokenizer
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _tokenizer;
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _tokenizer.Dispose();
    }
}
