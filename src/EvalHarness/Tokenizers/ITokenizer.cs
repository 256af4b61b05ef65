namespace EvalHarness.Tokenizers;

/// <summary>
/// A model's tokenizer: texts to token ids and back. Several threads may encode and decode with one instance at the same time. One
/// contract test covers every implementation.
/// </summary>
internal interface ITokenizer : IDisposable
{
    /// <summary>What reads the model's files: "tokenizer.json", "genai" or "gguf".</summary>
    string Name { get; }

    /// <summary>The texts of the model's special tokens; none where the implementation does not tell them.</summary>
    IReadOnlyList<string> SpecialTokens { get; }

    /// <summary>
    /// The ids that the tokenizer puts before every text unless it is told otherwise: the beginning-of-text token, or none.
    /// </summary>
    IReadOnlyList<int> Prefix { get; }

    /// <summary>
    /// The token ids of a text. Where the text spells a special token, that is the special token's id, as in Hugging Face's library.
    /// </summary>
    /// <param name="text">The text, which may be empty.</param>
    /// <param name="addSpecialTokens">Whether the tokens that the tokenizer puts around a text are among the ids.</param>
    /// <exception cref="UnencodableTextException">The text is not valid UTF-16, or is one that this tokenizer would change.</exception>
    int[] Encode(string text, bool addSpecialTokens = false);

    /// <summary>
    /// The text of token ids as Hugging Face's library decodes them: without special tokens unless they are asked for, ids outside the
    /// vocabulary left out, and U+FFFD for bytes that are no UTF-8.
    /// </summary>
    string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = true);

    /// <summary>Begins a text that grows token by token.</summary>
    ITextStream CreateStream(bool skipSpecialTokens = true);
}

/// <summary>
/// A text that is decoded token by token. The parts together equal <see cref="ITokenizer.Decode"/> of all ids, and no part is ever taken
/// back. One thread may use an instance.
/// </summary>
internal interface ITextStream : IDisposable
{
    /// <summary>Adds a token, and returns the text that no later token can change any more. It is often empty.</summary>
    string Add(int id);

    /// <summary>Ends the text, and returns what was held back.</summary>
    string Finish();
}

/// <summary>A text that a tokenizer cannot encode without changing it.</summary>
internal sealed class UnencodableTextException(string message) : Exception(message);
