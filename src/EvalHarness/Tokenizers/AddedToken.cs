namespace EvalHarness.Tokenizers;

/// <summary>A token that is found in a text before the text is split into words, such as a special token.</summary>
internal sealed record AddedToken
{
    public required string Content { get; init; }

    /// <summary>
    /// The id that Hugging Face's library gives it: the vocabulary's, else the next one after the vocabulary's count. The library ignores
    /// the id that the file says.
    /// </summary>
    public required int Id { get; init; }

    /// <summary>The id beside the token in the file, which is that of the model's maker.</summary>
    public required int WrittenId { get; init; }

    /// <summary>Whether the token is left out of decoded texts.</summary>
    public required bool Special { get; init; }

    /// <summary>Whether the token is found in the normalized text, in its own normalized form.</summary>
    public required bool Normalized { get; init; }

    /// <summary>Whether the token swallows whitespace before it.</summary>
    public required bool StripsLeft { get; init; }

    /// <summary>Whether the token swallows whitespace behind it.</summary>
    public required bool StripsRight { get; init; }

    /// <summary>Whether the token is found between word boundaries alone.</summary>
    public required bool SingleWord { get; init; }
}
